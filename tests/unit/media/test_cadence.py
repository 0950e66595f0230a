"""When an unchanged picture is encoded again."""

from __future__ import annotations

import pytest

from vizstream.media.cadence import (
    JOIN_KEYFRAME_INTERVAL_S,
    KEEPALIVE_S,
    KEYFRAME_INTERVAL_S,
    REFINE_AT_S,
    keyframe_due,
    repeat_due,
)


def test_a_picture_is_sharpened_and_then_only_kept_alive() -> None:
    encoded, times = 100.0, []
    for _repeat in range(len(REFINE_AT_S) + 2):
        encoded = repeat_due(100.0, encoded)
        times.append(encoded - 100.0)
    assert times[:-2] == pytest.approx(REFINE_AT_S)
    assert times[-2:] == pytest.approx([REFINE_AT_S[-1] + KEEPALIVE_S, REFINE_AT_S[-1] + 2 * KEEPALIVE_S])


def test_a_late_repeat_skips_what_it_missed() -> None:
    assert repeat_due(0.0, 0.3) == REFINE_AT_S[2]


def test_browsers_ask_for_a_keyframe_after_three_seconds_of_silence() -> None:
    assert KEEPALIVE_S < 3


def test_keyframes_are_rare_but_not_for_somebody_who_joins() -> None:
    assert keyframe_due(10.0, joining=False) == 10.0 + KEYFRAME_INTERVAL_S
    assert keyframe_due(10.0, joining=True) == 10.0 + JOIN_KEYFRAME_INTERVAL_S
