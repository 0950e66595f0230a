"""Bits for a frame."""

from __future__ import annotations

import pytest

from vizstream.media.budget import INTERVAL_SLACK, MAX_EXCESS, MAX_INTERVAL_S, NOMINAL_FPS, FrameBudget


def test_before_any_frame_the_rate_that_is_meant_counts() -> None:
    budget = FrameBudget(600_000)
    assert budget.bits == pytest.approx(600_000 / NOMINAL_FPS)
    budget.aim(600_000, 10)
    assert budget.bits == pytest.approx(60_000)
    budget.aim(600_000, 60)
    assert budget.bits <= 600_000 / NOMINAL_FPS


@pytest.mark.parametrize("fps", [10, 25, 50])
def test_a_frame_gets_what_its_interval_is_worth(fps: int) -> None:
    budget = FrameBudget(1_000_000)
    for frame in range(60):
        budget.passed(frame * 90_000 // fps)
    assert budget.bits == pytest.approx(1_000_000 / fps, rel=0.01)


def test_bits_are_not_saved_up_on_a_full_line() -> None:
    budget = FrameBudget(1_000_000)
    budget.aim(1_000_000, 25)
    for frame in range(60):
        budget.passed(frame * 90_000 // 5)
    assert budget.bits == pytest.approx(1_000_000 / 25 * INTERVAL_SLACK)


def test_frames_of_a_fixed_size_are_reckoned_by_the_rate_at_which_they_are_meant_to_come() -> None:
    """A line narrows, and the frames before came fast: theirs is not the size for all that follow."""
    budget = FrameBudget(300_000)
    budget.aim(300_000, 30)
    for frame in range(60):
        budget.passed(frame * 90_000 // 30)
    assert budget.steady_bits == pytest.approx(budget.bits) == pytest.approx(10_000, rel=0.01)
    budget.aim(120_000, 12)
    assert budget.bits == pytest.approx(4_000, rel=0.01), "the queue is to empty itself"
    assert budget.steady_bits == pytest.approx(10_000, rel=0.01), "as large as before, and fewer"


def test_a_long_rest_counts_as_one_long_interval() -> None:
    budget = FrameBudget(1_000_000)
    budget.passed(0)
    budget.passed(90_000 * 3600)
    assert budget.bits < 1_000_000 * MAX_INTERVAL_S


def test_what_comes_beyond_what_was_asked_for_is_learnt_and_rest_teaches_nothing() -> None:
    budget = FrameBudget(1_000_000)
    for _group in range(30):
        budget.came(145_000, 100_000)
    assert budget.excess == pytest.approx(1.45, abs=0.02)
    budget.came(100, 100_000)
    assert budget.excess == pytest.approx(1.45, abs=0.02)
    for _group in range(30):
        budget.came(80_000, 100_000)
    assert budget.excess == 1, "more is never asked for than there is"
    for _group in range(60):
        budget.came(1e9, 100_000)
    assert budget.excess <= MAX_EXCESS
