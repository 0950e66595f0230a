"""Keep encoders from taking the processors for themselves.

SVT-AV1, run by root, raises the thread that opens it and all of its own to ``SCHED_FIFO`` at the highest
priority, and leaves them there.  Two such processes on two cores were seen to spin for minutes while nothing
else ran, not even what would have stopped them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TASKS = Path("/proc/self/task")


@contextlib.contextmanager
def keep_scheduling() -> Iterator[None]:
    """Give the threads that turned into real-time ones meanwhile back to the ordinary scheduler.

    Only Linux lets root's threads be raised so; elsewhere nothing is done.
    """
    before = _realtime_threads()
    try:
        yield
    finally:
        for thread in _realtime_threads() - before:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _realtime_threads() -> set[int]:
    """Return the threads of this process that run before all ordinary ones."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return set()
    found = set()
    for task in _TASKS.iterdir():
        thread = int(task.name)
        with contextlib.suppress(ProcessLookupError):
            if os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(thread)
    return found
