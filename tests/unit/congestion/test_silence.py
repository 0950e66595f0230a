"""Our own silence, and the receiver's."""

from __future__ import annotations

import pytest

from vizstream.congestion.silence import IDLE_NS, RETRY_NS, TIMEOUT_NS, TIMEOUT_PACKETS, Stillness, Watchdog

S = 1_000_000_000


def still(stillness: Stillness, begin_s: float, end_s: float) -> float:
    """Let time pass in which nothing is sent; return what is left of the target."""
    left = 1.0
    for tenth in range(round(10 * begin_s), round(10 * end_s)):
        decay, resume_bps = stillness.update(0.0, 2_000_000, tenth * S // 10)
        left *= decay
        assert resume_bps is None
    return left


def test_a_target_stands_for_some_seconds_and_then_fades() -> None:
    stillness = Stillness()
    stillness.update(1_500_000, 2_000_000, 0)
    assert still(stillness, 0.1, IDLE_NS / S) == 1.0
    assert stillness.idle
    assert still(stillness, IDLE_NS / S, IDLE_NS / S + 60) == pytest.approx(0.5, rel=0.01)


def test_motion_after_a_long_rest_asks_for_a_probe() -> None:
    stillness = Stillness()
    stillness.update(1_500_000, 2_000_000, 0)
    still(stillness, 0.1, 30)
    assert stillness.update(500_000, 1_600_000, 30 * S) == (1.0, 2_000_000)
    assert not stillness.idle
    assert stillness.update(500_000, 1_600_000, 31 * S) == (1.0, None)


def test_a_short_rest_asks_for_nothing() -> None:
    stillness = Stillness()
    stillness.update(1_500_000, 2_000_000, 0)
    still(stillness, 0.1, 3)
    assert stillness.update(500_000, 2_000_000, 3 * S) == (1.0, None)


def test_the_start_is_no_rest() -> None:
    stillness = Stillness()
    still(stillness, 0, 1)
    assert not stillness.idle


def test_a_receiver_that_is_heard_of_is_well() -> None:
    watchdog = Watchdog()
    for tenth in range(100):
        watchdog.heard(tenth * S // 10)
        assert watchdog.update((tenth - 3) * S // 10, 20, TIMEOUT_NS, tenth * S // 10) == (False, False)
    assert not watchdog.starved


def test_silence_cuts_again_and_again_and_lets_frames_out_between() -> None:
    watchdog = Watchdog()
    watchdog.heard(10 * S)
    begin_ns = 10 * S
    events = []
    oldest_ns = begin_ns
    for ms in range(0, 2000, 10):
        now_ns = begin_ns + ms * 1_000_000
        give_up, cut = watchdog.update(oldest_ns, 20, TIMEOUT_NS, now_ns)
        if give_up:
            events.append((ms, cut))
            oldest_ns = now_ns  # one more frame
    assert [ms for ms, cut in events if cut] == [500, 1000, 1500]
    assert [ms for ms, _cut in events] == list(range(500, 2000, RETRY_NS // 1_000_000))
    assert watchdog.starved
    assert watchdog.heard(13 * S)
    assert not watchdog.starved
    assert not watchdog.heard(14 * S)


def test_a_few_packets_may_be_lost_without_a_cut() -> None:
    watchdog = Watchdog()
    watchdog.heard(10 * S)
    assert watchdog.update(10 * S, TIMEOUT_PACKETS - 1, TIMEOUT_NS, 11 * S) == (True, False)
    assert not watchdog.starved


def test_a_pause_of_ours_is_no_silence_of_theirs() -> None:
    watchdog = Watchdog()
    watchdog.heard(10 * S)
    assert watchdog.update(60 * S, 20, TIMEOUT_NS, 60 * S + TIMEOUT_NS // 2) == (False, False)
