"""Which rung fits a line."""

from __future__ import annotations

from itertools import pairwise

import pytest

from vizstream.media.ladder import (
    DOWN_MARGIN,
    LADDERS,
    LEVELS,
    SAVE_BPS,
    UP_AFTER_S,
    UP_MARGIN,
    first_level,
    floor_bps,
    frame_rate,
    next_level,
    payload_bps,
    scaled,
    wants_up,
)

HD = 1280 * 720


def test_the_ladder_gives_up_frames_before_pixels() -> None:
    levels = LEVELS[:3]
    assert LADDERS["auto"] == tuple((place, level.floor_bps) for place, level in enumerate(levels))
    for upper, lower in pairwise(levels):
        assert lower.scale < upper.scale
        at_change = floor_bps(LEVELS.index(upper), HD)
        assert frame_rate(upper, at_change, HD) < frame_rate(lower, at_change, HD), "frames went first"


@pytest.mark.parametrize(
    ("level", "rate", "low", "high"),
    [(0, 6e6, 60, 60), (0, 1e6, 24, 42), (1, 300e3, 15, 20), (2, 150e3, 8, 16), (2, 1, 5, 5)],
)
def test_frame_rates(level: int, rate: float, low: float, high: float) -> None:
    assert low <= frame_rate(LEVELS[level], rate, HD) <= high


@pytest.mark.parametrize(
    ("target", "level"), [(10e6, 0), (1e6, 0), (550e3, 0), (400e3, 1), (220e3, 1), (150e3, 2), (0, 2)]
)
def test_the_first_level(target: float, level: int) -> None:
    assert first_level(target, HD) == level


@pytest.mark.parametrize("quality", LADDERS)
def test_every_ladder_has_a_rung_for_every_line(quality: str) -> None:
    floors = [floor for _level, floor in LADDERS[quality]]
    assert floors == sorted(floors, reverse=True)
    assert floors[-1] == 0
    for target in (10e6, 1e6, 600e3, 300e3, 100e3, 0):
        assert next_level(0, target, HD, 0, quality) in dict(LADDERS[quality])


def test_who_prefers_a_smooth_picture_has_frames_on_each_level_but_the_lowest() -> None:
    for level, floor in LADDERS["smooth"][:-1]:
        assert frame_rate(LEVELS[level], floor, HD) >= 30
    assert first_level(600e3, HD, "smooth") > first_level(600e3, HD)


def test_who_prefers_a_sharp_picture_has_all_pixels_on_every_line() -> None:
    assert {LEVELS[level].scale for level, _floor in LADDERS["sharp"]} == {1.0}
    level = next_level(0, 300e3, HD, 0, "sharp")
    assert frame_rate(LEVELS[level], 300e3, HD) == 5
    assert level != first_level(1e6, HD), "nobody else is slowed by that"
    for target in (1e6, 2e6):
        assert next_level(level, target, HD, UP_AFTER_S, "sharp") == level
        assert frame_rate(LEVELS[level], target, HD) < frame_rate(LEVELS[0], target, HD)
    assert next_level(level, 3e6, HD, UP_AFTER_S, "sharp") == 0, "with everybody else, and all the frames"


def test_who_saves_data_is_with_those_who_have_no_more() -> None:
    assert next_level(0, 10e6, HD, 0, "save") == first_level(SAVE_BPS, HD) == 2
    assert not wants_up(2, 10e6, HD, "save")


def test_who_has_to_move_down_moves_further_than_who_comes() -> None:
    assert first_level(250e3, HD) == 1
    assert next_level(0, 250e3, HD, 0) == 2
    assert next_level(1, 250e3, HD, 0) == 1
    assert next_level(2, 260e3, HD, UP_AFTER_S) == 1


def test_another_preference_is_another_level_at_once() -> None:
    assert next_level(3, 300e3, HD, 0, "auto") == 1
    assert next_level(1, 300e3, HD, 0, "sharp") == 3
    assert not wants_up(3, 10e6, HD, "auto")


def test_down_at_once_and_as_far_as_needed() -> None:
    assert next_level(0, 100e3, HD, 0) == 2
    assert next_level(0, 0.99 * DOWN_MARGIN * LEVELS[0].floor_bps, HD, 0) == 1


def test_a_dip_is_tolerated() -> None:
    assert next_level(0, 1.01 * DOWN_MARGIN * LEVELS[0].floor_bps, HD, 0) == 0


def test_up_one_by_one_and_only_after_a_while() -> None:
    assert next_level(2, 20e6, HD, UP_AFTER_S - 0.1) == 2
    assert next_level(2, 20e6, HD, UP_AFTER_S) == 0, "all the way, for one keyframe"
    assert next_level(2, UP_MARGIN * LEVELS[1].floor_bps, HD, UP_AFTER_S) == 1
    assert next_level(1, 1.01 * UP_MARGIN * LEVELS[0].floor_bps, HD, UP_AFTER_S) == 0
    assert next_level(1, 0.99 * UP_MARGIN * LEVELS[0].floor_bps, HD, 60) == 1
    assert not wants_up(0, 1e9, HD)


def test_no_target_flips_between_two_levels() -> None:
    for target in range(50_000, 3_000_000, 10_000):
        for level in range(len(LEVELS)):
            settled = level
            for _step in range(len(LEVELS) + 1):
                settled = next_level(settled, target, HD, 60)
            assert next_level(settled, target, HD, 60) == settled


def test_floors_grow_with_the_picture_but_more_slowly() -> None:
    assert floor_bps(1, HD) < floor_bps(1, 1920 * 1080) < 2.25 * floor_bps(1, HD)


@pytest.mark.parametrize(
    ("size", "scale", "expected"),
    [
        ((1280, 720), 1.0, (1280, 720)),
        ((1280, 720), 0.75, (960, 540)),
        ((1282, 722), 0.5, (640, 360)),
        ((100, 66), 0.5, (64, 64)),
        ((64, 64), 0.5, (64, 64)),
    ],
)
def test_scaled_sizes_are_even_and_not_tiny(
    size: tuple[int, int], scale: float, expected: tuple[int, int]
) -> None:
    assert scaled(*size, scale) == expected


def test_headers_come_off_what_a_line_has_for_frames() -> None:
    # 1250 bytes a frame, in one packet and a half.
    assert payload_bps(100_000, 10, 1180, 70) == 8 * 10 * (1250 - 1.5 * 70)
    assert payload_bps(1_000_000, 25, 1150, 72) == pytest.approx(925_000, rel=0.01)
    assert payload_bps(10_000, 30, 1150, 72) == 5_000, "never less than half"
