"""Rates of what was sent and of what arrived."""

from __future__ import annotations

import pytest
from results import paced, result

from vizstream.congestion.throughput import Acknowledged, RateMeter


def test_the_meter_forgets_after_a_second() -> None:
    meter = RateMeter()
    for ms in range(0, 2000, 10):
        meter.add(1250, ms * 1_000_000)
    assert meter.bps(1_999_000_000) == pytest.approx(1_000_000, rel=0.06)
    assert meter.bps(2_500_000_000) == pytest.approx(500_000, rel=0.12)
    assert meter.bps(3_100_000_000) == 0
    meter.add(1250, 10**15)
    assert meter.bps(10**15) == 10_000


def test_what_arrives_is_measured_by_the_receivers_clock() -> None:
    acknowledged = Acknowledged()
    assert acknowledged.bps() is None
    packets = paced(200, bps=2_000_000, capacity_bps=1_000_000)
    for begin in range(0, 200, 10):
        acknowledged.update(packets[begin : begin + 10])
    assert acknowledged.bps() == pytest.approx(1_000_000, rel=0.01)


def test_too_little_is_no_rate() -> None:
    acknowledged = Acknowledged()
    acknowledged.update([result(0, 0, 30), result(1, 1, 31), result(2, 2, 300)])
    assert acknowledged.bps() is None
    acknowledged.update([result(3, 3, 5000)])
    assert acknowledged.bps() is None


def test_packets_in_one_result_count_as_many() -> None:
    """Four packets in 100 ms make a rate, as one by one."""
    together, single = Acknowledged(), Acknowledged()
    pairs = [result(2 * index, 60 * index, 60 * index + 25, 2400)._replace(packets=2) for index in range(3)]
    together.update(pairs)
    single.update([result(index, 60 * (index // 2), 60 * (index // 2) + 25) for index in range(6)])
    # One by one, the first packet alone is not counted.
    assert together.bps() == pytest.approx(4800 * 8 / 0.12)
    assert single.bps() == pytest.approx(6000 * 8 / 0.12)
    together.update([result(9, 5000, 5025)])
    assert together.bps() is None, "all that was before has been forgotten"


def test_a_busy_line_is_measured_whatever_came_before() -> None:
    acknowledged = Acknowledged()
    acknowledged.update(paced(100, bps=2_500_000, capacity_bps=3_000_000))
    # The line narrows to 300 kbit/s: 1200 bytes every 32 ms.
    begin_ms = 100 * 3.84
    acknowledged.update(
        [result(100 + index, begin_ms + 4 * index, begin_ms + 25 + 32 * (index + 1)) for index in range(6)]
    )
    assert acknowledged.bps() > 1_000_000
    assert acknowledged.busy_bps(25_000, 8_000) == pytest.approx(300_000, rel=0.02)


def test_a_line_that_was_idle_between_is_measured_from_then_on() -> None:
    acknowledged = Acknowledged()
    early = [result(index, 0, 45 + 10 * index) for index in range(4)]
    late = [result(4 + index, 160 + index, 205 + 10 * index) for index in range(8)]
    acknowledged.update(early + late)
    assert acknowledged.busy_bps(25_000, 8_000) == pytest.approx(960_000, rel=0.02)


def test_an_idle_line_has_no_measurable_capacity() -> None:
    acknowledged = Acknowledged()
    acknowledged.update(paced(100, bps=2_500_000, capacity_bps=3_000_000))
    assert acknowledged.busy_bps(25_000, 8_000) is None


def _busy_after_a_steady_line(gap_ms: float, missing: int | None) -> Acknowledged:
    """0.6 s at 1 Mbit/s, and six packets that queued, so far apart when they arrived; one may be lost."""
    acknowledged = Acknowledged()
    acknowledged.update(paced(60, bps=1_000_000, capacity_bps=1_000_000))
    begin_ms = 60 * 9.6
    burst = [result(60 + index, begin_ms, begin_ms + 70 + gap_ms * index) for index in range(6)]
    acknowledged.update([one for index, one in enumerate(burst) if index != missing])
    return acknowledged


def test_one_of_a_few_that_is_lost_does_not_make_a_lossy_line_narrow() -> None:
    acknowledged = _busy_after_a_steady_line(9.6, missing=2)
    assert acknowledged.busy_bps(35_000, 8_000) == pytest.approx(800_000, rel=0.01)
    assert acknowledged.busy_bps(35_000, 8_000, lossy=True) == acknowledged.bps()
    assert acknowledged.bps() > 900_000


def test_a_lossy_line_that_narrows_is_measured_by_what_it_does_now() -> None:
    acknowledged = _busy_after_a_steady_line(32, missing=None)
    assert acknowledged.busy_bps(35_000, 8_000, lossy=True) == pytest.approx(300_000, rel=0.01)
