"""A queue's height and owner outweigh the trend of the delay."""

from __future__ import annotations

from typing import Any

import pytest

from vizstream.congestion.delay import Signal
from vizstream.congestion.verdict import EMPTY_QUEUE_MS, STANDING_QUEUE_MS, verdict

CALM: dict[str, Any] = {"stepped": False, "waits": False, "queue_ms": 50.0, "jitter_ms": 5.0}


@pytest.mark.parametrize("signal", list(Signal))
def test_a_moderate_queue_of_ours_leaves_the_signal_as_it_is(signal: Signal) -> None:
    assert verdict(signal, **CALM) is signal


@pytest.mark.parametrize(
    ("signal", "change", "found"),
    [
        (Signal.NORMAL, {"queue_ms": STANDING_QUEUE_MS + 11}, Signal.OVERUSE),
        (Signal.NORMAL, {"queue_ms": STANDING_QUEUE_MS + 9}, Signal.NORMAL),  # jitter may be as much
        (Signal.OVERUSE, {"queue_ms": EMPTY_QUEUE_MS}, Signal.UNDERUSE),  # one frame's burst
        (Signal.NORMAL, {"stepped": True}, Signal.OVERUSE),
        (Signal.OVERUSE, {"waits": True}, Signal.UNDERUSE),
        (Signal.NORMAL, {"waits": True, "stepped": True}, Signal.NORMAL),
    ],
)
def test_the_queue_corrects_the_signal(signal: Signal, change: dict[str, Any], found: Signal) -> None:
    assert verdict(signal, **CALM | change) is found
