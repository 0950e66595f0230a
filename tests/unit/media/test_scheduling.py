"""What encoders may not do to the scheduler."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from vizstream.media.codecs import CODECS
from vizstream.media.encoders import open_encoder

linux = pytest.mark.skipif(sys.platform != "linux", reason="device: a Linux kernel")
REALTIME = ("SCHED_FIFO", "SCHED_RR")


def _policies() -> set[int]:
    return {os.sched_getscheduler(int(task)) for task in os.listdir("/proc/self/task")}


@linux
@pytest.mark.parametrize("family", ["h264", "av1", "vp9", "vp8"])
def test_no_encoder_leaves_a_thread_with_realtime_priority(family: str) -> None:
    codec = next(codec for codec in CODECS if codec.family == family)
    seen: set[int] = set()

    def open_one() -> None:
        encoder = open_encoder(codec, (320, 192))
        seen.update(_policies())
        del encoder
        seen.update(_policies())

    thread = threading.Thread(target=open_one)
    thread.start()
    thread.join()
    assert not seen & {getattr(os, policy) for policy in REALTIME}
