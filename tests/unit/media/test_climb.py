"""Going up the ladder, and what a viewer learns from having had to go down again."""

from __future__ import annotations

import pytest

from vizstream.media.climb import (
    CLEAR_MARGIN,
    DOWN_AFTER_S,
    HESITATION_S,
    MAX_HESITATION_S,
    REGRET_S,
    Climb,
)
from vizstream.media.ladder import DOWN_MARGIN, LEVELS, UP_AFTER_S, UP_MARGIN, floor_bps

PIXELS = 1280 * 720
#: What going up to the best level takes.
ENOUGH_BPS = 1.01 * UP_MARGIN * floor_bps(0, PIXELS)
TOO_LITTLE_BPS = 0.6 * floor_bps(0, PIXELS)
#: What is a little less than what staying there takes.
SLIGHTLY_LESS_BPS = 0.9 * DOWN_MARGIN * floor_bps(0, PIXELS)


class Viewer:
    """Asks ten times a second, and goes where it is told."""

    def __init__(self, level: int = 1, up_after_s: float = UP_AFTER_S) -> None:
        self.now, self.level = 100.0, level
        self.climb = Climb(self.now, up_after_s)

    def ask(self, line_bps: float) -> int:
        self.now += 0.1
        level = self.climb.next(self.level, line_bps, PIXELS, "auto", self.now)
        if level != self.level:
            self.climb.moved(self.level, level, self.now)
            self.level = level
        return level

    def rises_after(self, line_bps: float = ENOUGH_BPS) -> float:
        """Return the seconds of a line that is good enough after which it is on the best level."""
        began = self.now
        while self.ask(line_bps) != 0:
            assert self.now - began < 100
        return self.now - began

    def falls(self, after_s: float = 1.0) -> None:
        self.now += after_s
        assert self.ask(TOO_LITTLE_BPS) == 1


@pytest.mark.parametrize("up_after_s", [1.0, UP_AFTER_S])
def test_it_goes_up_when_the_line_has_carried_more_for_a_while(up_after_s: float) -> None:
    assert Viewer(up_after_s=up_after_s).rises_after() == pytest.approx(up_after_s, abs=0.2)


def test_who_regrets_going_up_hesitates_longer_each_time_up_to_a_limit() -> None:
    viewer = Viewer()
    waits = []
    for _time in range(5):
        waits.append(viewer.rises_after())
        viewer.falls()
    hesitations = [0.0, HESITATION_S, 2 * HESITATION_S, MAX_HESITATION_S, MAX_HESITATION_S]
    assert waits == [pytest.approx(UP_AFTER_S + one, abs=0.2) for one in hesitations]


def test_a_line_that_carries_far_more_makes_nobody_hesitate() -> None:
    viewer = Viewer()
    viewer.rises_after()
    viewer.falls()
    assert viewer.rises_after(CLEAR_MARGIN * ENOUGH_BPS) == pytest.approx(UP_AFTER_S, abs=0.2)


def test_a_level_that_was_good_for_long_is_not_regretted() -> None:
    viewer = Viewer()
    viewer.rises_after()
    viewer.falls()
    viewer.rises_after()
    viewer.falls(after_s=REGRET_S + 1)
    assert viewer.rises_after() == pytest.approx(UP_AFTER_S, abs=0.2)


def test_another_codec_on_the_same_level_is_no_regret_but_begins_the_wait_anew() -> None:
    viewer = Viewer()
    for _ask in range(15):
        viewer.ask(ENOUGH_BPS)
    viewer.climb.moved(1, 1, viewer.now)
    assert viewer.rises_after() == pytest.approx(UP_AFTER_S, abs=0.2)


def test_a_dip_is_waited_for_and_a_fall_is_not() -> None:
    viewer = Viewer(level=0)
    viewer.ask(ENOUGH_BPS)
    for _time in range(3):
        began = viewer.now
        while viewer.now - began < DOWN_AFTER_S - 0.2:
            assert viewer.ask(SLIGHTLY_LESS_BPS) == 0
        viewer.ask(ENOUGH_BPS)
    assert viewer.ask(TOO_LITTLE_BPS) == 1


def test_who_is_a_little_below_for_long_goes_down() -> None:
    viewer = Viewer(level=0)
    viewer.ask(ENOUGH_BPS)
    began = viewer.now
    while viewer.ask(SLIGHTLY_LESS_BPS) == 0:
        assert viewer.now - began < 10
    assert viewer.now - began == pytest.approx(DOWN_AFTER_S, abs=0.2)


def test_a_level_that_is_not_in_the_ladder_is_left_at_once() -> None:
    """As when somebody who preferred pixels does so no more."""
    viewer = Viewer(level=len(LEVELS) - 1)
    assert viewer.ask(ENOUGH_BPS) == 0
