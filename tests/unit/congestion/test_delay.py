"""Is the queue growing, how long is it, and what is only jitter."""

from __future__ import annotations

import random

import pytest
from results import paced, result

from vizstream.congestion.delay import (
    CLOCK_JUMP_US,
    MIN_THRESHOLD_MS,
    DelayDetector,
    OveruseDetector,
    QueueDelay,
    Signal,
    TrendLine,
)


def feed(detector: DelayDetector, results: list, batch: int = 8) -> list[Signal]:
    return [detector.update(results[begin : begin + batch]) for begin in range(0, len(results), batch)]


def test_a_line_wide_enough_is_normal() -> None:
    detector = DelayDetector()
    signals = feed(detector, paced(300, bps=900_000, capacity_bps=1_000_000))
    assert set(signals) == {Signal.NORMAL}
    assert detector.queue_ms < 1


def test_a_line_too_narrow_is_overused_within_a_second() -> None:
    detector = DelayDetector()
    packets = paced(200, bps=1_200_000, capacity_bps=1_000_000)
    for begin in range(0, 200, 8):
        if detector.update(packets[begin : begin + 8]) is Signal.OVERUSE:
            break
    else:
        raise AssertionError("never")
    assert packets[begin].send_ns < 1e9
    assert detector.queue_ms > 10


def test_a_queue_that_drains_is_underuse() -> None:
    detector = DelayDetector()
    feed(detector, paced(100, bps=1_500_000, capacity_bps=1_000_000))
    full_ms = detector.queue_ms
    # 0.3 s of queue, drained by sending at half the capacity.
    drained = []
    for index in range(60):
        send_ms = 640 + index * 19.2
        drained.append(result(100 + index, send_ms, send_ms + 25 + max(0.0, 320 - 9.6 * index)))
    assert Signal.UNDERUSE in feed(detector, drained)
    assert detector.queue_ms < full_ms


@pytest.mark.parametrize("jitter_ms", [5, 20])
def test_jitter_alone_is_not_overuse_for_long(jitter_ms: float) -> None:
    rng = random.Random(4)  # noqa: S311 - repeatable noise
    detector = DelayDetector()
    packets, last_ms = [], 0.0
    for index in range(1500):
        send_ms = index * 10.0
        last_ms = max(last_ms, send_ms + 25 + rng.uniform(0, 2 * jitter_ms))
        packets.append(result(index, send_ms, last_ms))
    signals = feed(detector, packets)
    assert signals.count(Signal.OVERUSE) < 0.1 * len(signals)
    assert 0.3 * jitter_ms < detector.jitter_ms < jitter_ms


def test_a_growing_queue_does_not_pass_for_jitter() -> None:
    detector = DelayDetector()
    feed(detector, paced(100, bps=1_000_000, capacity_bps=2_000_000))
    before_ms = detector.jitter_ms
    late = [result(100 + index, 960 + 2 * index, 1000 + 32 * index) for index in range(20)]
    feed(detector, late)
    assert detector.jitter_ms < before_ms + 8


def test_a_step_is_seen_before_the_trend() -> None:
    detector = DelayDetector()
    feed(detector, paced(200, bps=2_000_000, capacity_bps=3_000_000))
    # From now on each packet takes 32 ms (300 kbit/s); feedback has one or two of them.
    begin_ms = 200 * 4.8
    late = [result(200 + index, begin_ms + 5 * index, begin_ms + 25 + 32 * index) for index in range(4)]
    seen = []
    for one in late:
        detector.update([one])
        seen.append(detector.stepped)
    assert seen == [False, False, True, True]
    assert detector.signal is Signal.NORMAL


def test_a_stall_is_not_a_step() -> None:
    detector = DelayDetector()
    feed(detector, paced(200, bps=2_000_000, capacity_bps=3_000_000))
    begin_ms = 200 * 4.8
    # The receiver slept for 150 ms and then read all at once: the later it was sent, the less late it is.
    detector.update([result(200 + index, begin_ms + 5 * index, begin_ms + 175) for index in range(20)])
    assert not detector.stepped


def test_packets_released_together_are_one_group() -> None:
    detector = DelayDetector()
    # A radio that sends every 40 ms what has gathered.
    packets = [
        result(index, 10 * index, 40 * (index * 10 // 40 + 1) + 0.1 * (index % 4)) for index in range(400)
    ]
    signals = feed(detector, packets)
    assert Signal.OVERUSE not in signals


def test_the_receivers_clock_may_jump() -> None:
    detector = DelayDetector()
    feed(detector, paced(100, bps=1_000_000))
    packets = paced(100, bps=1_000_000, begin_ms=960, delay_ms=25 + 2 * CLOCK_JUMP_US / 1000, first_seq=100)
    assert set(feed(detector, packets)) == {Signal.NORMAL}
    assert detector.queue_ms < 1


def test_the_base_follows_a_longer_path() -> None:
    queue = QueueDelay()
    assert queue.base_us is None
    queue.update(0, 1000)
    for second in range(1, 31):
        queue.update(second * 1_000_000, 51_000)
        if second == 9:
            assert queue.base_us == 1000
    assert queue.base_us == 51_000


def test_the_trend_is_the_slope() -> None:
    line = TrendLine()
    for index in range(2000):
        line.update(0.5, 10_000 * index)
    assert line.slope == pytest.approx(0.05, rel=1e-6)
    for index in range(2000, 2100):
        line.update(0.0, 10_000 * index)
    assert line.slope == pytest.approx(0.0, abs=1e-5)


def test_groups_that_arrive_at_once_have_no_slope() -> None:
    line = TrendLine()
    for _group in range(40):
        line.update(1.0, 5_000)
    assert line.slope == 0


def test_the_threshold_follows_noise_and_not_steps() -> None:
    detector = OveruseDetector()
    for index in range(200):
        detector.update(0.0, 5.0, 5000 * index)
    assert detector.threshold_ms == MIN_THRESHOLD_MS
    for index in range(200, 400):
        detector.update(15.0 if index % 2 else -15.0, 5.0, 5000 * index)
    assert detector.threshold_ms > 9
    before_ms = detector.threshold_ms
    detector.update(200.0, 5.0, 5000 * 400)
    assert detector.threshold_ms == before_ms


def test_one_group_is_no_overuse() -> None:
    detector = OveruseDetector()
    assert detector.update(20.0, 30.0, 0) is Signal.NORMAL
    assert detector.update(21.0, 30.0, 30_000) is Signal.OVERUSE
    assert detector.update(0.0, 30.0, 60_000) is Signal.NORMAL
    assert detector.update(-20.0, 30.0, 90_000) is Signal.UNDERUSE
