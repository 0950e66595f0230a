"""The rate: up slowly, down at once, and never up without evidence."""

from __future__ import annotations

import pytest

from vizstream.congestion.delay import Signal
from vizstream.congestion.rate import BETA, Phase, RateControl


class Driver:
    def __init__(self, start_bps: int = 400_000) -> None:
        self.rate = RateControl(start_bps, 60_000, 20_000_000)
        self.ms = 0

    def run(self, signal: Signal, ms: int = 100, **given: float | bool | None) -> bool:
        self.ms += ms
        settings = {
            "acknowledged_bps": self.rate.bps,
            "busy_bps": None,
            "rtt_ms": 50.0,
            "may_grow": True,
        } | given
        return self.rate.update(signal, now_ns=self.ms * 1_000_000, **settings)


def test_far_from_the_capacity_it_grows_by_eight_per_cent_a_second() -> None:
    driver = Driver()
    for _round in range(11):
        driver.run(Signal.NORMAL)
    assert driver.rate.bps == pytest.approx(400_000 * 1.08, rel=1e-3)
    assert driver.rate.phase is Phase.INCREASE


def test_near_the_capacity_it_grows_slower() -> None:
    driver = Driver(2_000_000)
    driver.run(Signal.OVERUSE, busy_bps=2_000_000.0)
    driver.run(Signal.NORMAL)
    before_bps = driver.rate.bps
    for _round in range(10):
        driver.run(Signal.NORMAL)
    # A packet of 1200 bytes in 150 ms.
    assert driver.rate.bps - before_bps == pytest.approx(64_000, rel=0.05)


def test_past_the_capacity_it_forgets_it() -> None:
    driver = Driver(2_000_000)
    driver.run(Signal.OVERUSE, busy_bps=2_000_000.0)
    assert driver.rate.capacity_bps == 2_000_000
    driver.run(Signal.NORMAL)
    driver.run(Signal.NORMAL, acknowledged_bps=2_300_000.0)
    assert driver.rate.capacity_bps is None


def test_overuse_goes_to_what_the_line_carries() -> None:
    driver = Driver(2_500_000)
    assert driver.run(Signal.OVERUSE, acknowledged_bps=1_600_000.0, busy_bps=300_000.0)
    assert driver.rate.bps == pytest.approx(BETA * 300_000)
    assert driver.rate.phase is Phase.DECREASE


def test_a_decrease_is_given_time_to_show() -> None:
    driver = Driver(1_000_000)
    assert driver.run(Signal.OVERUSE, busy_bps=1_000_000.0)
    assert not driver.run(Signal.OVERUSE, busy_bps=900_000.0)
    assert driver.run(Signal.OVERUSE, busy_bps=400_000.0), "unless it was far from enough"
    assert driver.run(Signal.OVERUSE, ms=200, busy_bps=390_000.0)


def test_overuse_while_little_is_sent_does_not_collapse() -> None:
    driver = Driver(2_000_000)
    driver.run(Signal.OVERUSE, acknowledged_bps=5_000.0)
    assert driver.rate.bps == BETA * 2_000_000


def test_it_waits_while_the_queue_drains() -> None:
    driver = Driver()
    driver.run(Signal.UNDERUSE)
    driver.run(Signal.UNDERUSE)
    assert driver.rate.bps == 400_000
    assert driver.rate.phase is Phase.HOLD


@pytest.mark.parametrize(
    "given", [{"may_grow": False}, {"acknowledged_bps": None}, {"acknowledged_bps": 100_000.0}]
)
def test_without_evidence_it_does_not_grow(given: dict[str, float | bool | None]) -> None:
    driver = Driver()
    for _round in range(20):
        driver.run(Signal.NORMAL, **given)
    assert driver.rate.bps == 400_000


def test_a_silence_is_not_made_up_for() -> None:
    driver = Driver()
    driver.run(Signal.NORMAL)
    driver.run(Signal.NORMAL, ms=60_000)
    assert driver.rate.bps < 400_000 * 1.03


def test_probes_only_raise() -> None:
    driver = Driver()
    assert not driver.rate.raise_to(300_000)
    assert driver.rate.raise_to(900_000)
    assert driver.rate.raise_to(1e9)
    assert driver.rate.bps == 20_000_000


def test_loss_goes_below_what_arrives_but_not_to_nothing() -> None:
    driver = Driver(1_000_000)
    assert driver.rate.lost(800_000)
    assert driver.rate.bps == 720_000
    assert driver.rate.lost(10_000)
    assert driver.rate.bps == 360_000


def test_the_minimum_holds() -> None:
    driver = Driver(70_000)
    driver.run(Signal.OVERUSE, busy_bps=10_000.0)
    assert driver.rate.bps == 60_000
    assert not driver.rate.lower_to(1)
