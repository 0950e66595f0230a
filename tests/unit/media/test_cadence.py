"""When an unchanged picture is encoded again."""

from __future__ import annotations

import pytest

from vizstream.media.cadence import (
    JOIN_KEYFRAME_INTERVAL_S,
    KEEPALIVE_S,
    KEYFRAME_INTERVAL_S,
    REFINE_AT_S,
    REFINE_BESIDE_STILL_S,
    STILL_AGE_S,
    keyframe_due,
    refine_steps,
    refined,
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
    assert repeat_due(0.0, 0.17) == REFINE_AT_S[2]


def test_what_comes_after_the_last_step_keeps_the_picture_as_it_is() -> None:
    encoded = 100.0
    for _step in REFINE_AT_S:
        assert not refined(100.0, encoded)
        encoded = repeat_due(100.0, encoded)
    assert refined(100.0, encoded)


def test_beside_a_still_one_step_is_left() -> None:
    steps = refine_steps(REFINE_AT_S, beside_still=True)
    assert refine_steps(REFINE_AT_S, beside_still=False) == REFINE_AT_S
    first = repeat_due(100.0 - STILL_AGE_S, 100.0, steps)
    assert first == pytest.approx(100.0 - STILL_AGE_S + REFINE_BESIDE_STILL_S)
    assert repeat_due(100.0 - STILL_AGE_S, first, steps) == first + KEEPALIVE_S
    assert refined(100.0 - STILL_AGE_S, first, steps)


def test_browsers_ask_for_a_keyframe_after_three_seconds_of_silence() -> None:
    assert KEEPALIVE_S < 3


def test_keyframes_are_rare_but_not_for_somebody_who_joins() -> None:
    assert keyframe_due(10.0, joining=False) == 10.0 + KEYFRAME_INTERVAL_S
    assert keyframe_due(10.0, joining=True) == 10.0 + JOIN_KEYFRAME_INTERVAL_S
