"""Trains of packets: when, how fast, and what they tell."""

from __future__ import annotations

import pytest
from results import paced, result

from vizstream.congestion.history import PacketResult
from vizstream.congestion.probing import RETRIES, Probe, Prober

MS = 1_000_000


class Driver:
    """Send each train through a bottleneck."""

    def __init__(self, capacity_bps: float) -> None:
        self.prober = Prober(400_000)
        self.capacity_bps = capacity_bps
        self.now_ms = 0.0
        self.seq = 0

    def ask(self, target_bps: float = 400_000, **given: float | bool) -> Probe | None:
        settings = {"max_bps": 20e6, "calm": True, "sent_bps": target_bps, "jitter_ms": 0.0} | given
        return self.prober.next_probe(round(self.now_ms * MS), target_bps=target_bps, **settings)

    def send(self, probe: Probe, sizes: list[int] | None = None) -> list[PacketResult]:
        """Send a train of these sizes, or of equal packets; return its results."""
        sizes = sizes or [max(200, probe.bytes // 5 + 1)] * 5
        results, send_ms, free_ms = [], self.now_ms, 0.0
        for size in sizes:
            free_ms = max(free_ms, send_ms) + size * 8000 / self.capacity_bps
            results.append(result(self.seq, send_ms, free_ms + 25, size, probe=probe.cluster))
            self.prober.on_sent(probe.cluster)
            self.seq += 1
            send_ms += size * 8000 / probe.bps
        return results

    def train(
        self, target_bps: float = 400_000, sizes: list[int] | None = None
    ) -> tuple[Probe, float | None]:
        probe = self.ask(target_bps)
        assert probe is not None
        fits_bps = self.prober.on_results(self.send(probe, sizes), round((self.now_ms + 100) * MS))
        self.now_ms += 100
        return probe, fits_bps


def test_the_first_trains_are_three_and_six_times_the_start() -> None:
    driver = Driver(20e6)
    one, fits_bps = driver.train()
    assert one.bps == 1_200_000
    assert fits_bps == pytest.approx(1_200_000, rel=0.01)
    two, fits_bps = driver.train(1_200_000)
    assert two.bps == pytest.approx(2_400_000, rel=0.01)
    three, _fits_bps = driver.train(2_400_000)
    assert three.bps == pytest.approx(4_800_000, rel=0.01)
    assert driver.ask(4_800_000) is None, "from now on traffic comes between"
    driver.now_ms += 400
    assert driver.ask(4_800_000).bps == pytest.approx(9_600_000, rel=0.01)


def test_a_train_is_long_enough_to_measure() -> None:
    probe = Driver(1e6).ask()
    assert probe.packets == 5
    assert probe.bytes * 8 / probe.bps >= 0.025
    shaky = Driver(1e6).ask(jitter_ms=15.0)
    assert shaky.bytes * 8 / shaky.bps == pytest.approx(0.06, rel=0.01)
    assert Driver(1e6).ask(jitter_ms=900.0).bytes * 8 / shaky.bps <= 0.1001


@pytest.mark.parametrize("capacity_bps", [150_000, 300_000, 600_000])
@pytest.mark.parametrize(
    "sizes", [None, [1200, 1200, 1200, 700], [1200, 290, 290, 290, 290], [290, 1200, 290, 1200]]
)
def test_a_bottleneck_is_measured(capacity_bps: float, sizes: list[int] | None) -> None:
    driver = Driver(capacity_bps)
    if sizes is not None:
        sizes = [*sizes, 290, 290]
    _probe, fits_bps = driver.train(sizes=sizes)
    assert fits_bps == pytest.approx(0.95 * capacity_bps, rel=0.05)
    assert driver.ask() is None, "there is no more to be found"


def test_a_bottleneck_a_little_too_narrow_is_measured() -> None:
    _probe, fits_bps = Driver(1_000_000).train()
    assert fits_bps == pytest.approx(950_000, rel=0.02)


@pytest.mark.parametrize("sizes", [[1200, 290, 290, 290, 290], [290, 290, 290, 290, 1200]])
def test_packets_of_different_sizes_do_not_look_stretched(sizes: list[int]) -> None:
    driver = Driver(10e6)
    _probe, fits_bps = driver.train(sizes=sizes)
    assert fits_bps == pytest.approx(1_200_000, rel=0.05)


def test_between_trains_it_waits() -> None:
    driver = Driver(500_000)
    driver.train(450_000)
    driver.now_ms += 1500
    assert driver.ask(450_000) is None
    driver.now_ms += 1000
    assert driver.ask(450_000).bps == 900_000


def test_it_waits_longer_while_little_is_needed() -> None:
    driver = Driver(3_000_000)
    driver.train(2_900_000)
    driver.prober.decreased(2_900_000, round(driver.now_ms * MS))
    driver.now_ms += 8000
    assert driver.ask(2_900_000, sent_bps=300_000) is None
    driver.now_ms += 3000
    assert driver.ask(2_900_000, sent_bps=300_000) is not None, "18 kB in 10 s are 5 %"


def test_on_a_slow_line_a_train_is_cheap() -> None:
    driver = Driver(300_000)
    driver.train(280_000)
    driver.now_ms += 2600
    assert driver.ask(280_000, sent_bps=90_000) is not None


def test_it_does_not_probe_when_it_should_not() -> None:
    driver = Driver(1e6)
    assert driver.ask(calm=False) is None
    assert driver.ask(400_000, max_bps=410_000) is None
    assert driver.ask(400_000, max_bps=600_000).bps == 600_000
    assert driver.ask() is None, "one is under way"
    assert driver.prober.active


def test_a_train_without_a_result_is_forgotten() -> None:
    driver = Driver(1e6)
    assert driver.ask() is not None
    driver.now_ms += 3000
    assert driver.ask() is not None


def test_a_train_that_was_read_all_at_once_is_sent_again_soon_and_not_for_ever() -> None:
    driver = Driver(20e6)
    for attempt in range(1 + RETRIES):
        probe = driver.ask(sent_bps=20_000)
        assert probe is not None
        assert probe.bps == 1_200_000
        bunched = [one._replace(arrival_us=9_000_000) for one in driver.send(probe)]
        assert driver.prober.on_results(bunched, round((driver.now_ms + 100) * MS)) is None
        assert driver.ask(sent_bps=20_000) is None
        assert driver.prober.unanswered == (attempt < RETRIES)
        driver.now_ms += 300
    assert driver.ask(sent_bps=20_000) is None


def test_a_lost_packet_is_forgiven_and_two_are_not() -> None:
    for lost, known in ((1, True), (2, False)):
        driver = Driver(10e6)
        results = driver.send(driver.ask())
        for index in range(1, 1 + lost):
            results[index] = results[index]._replace(arrival_us=None)
        assert (driver.prober.on_results(results, 0) is not None) == known


def test_a_train_is_judged_when_all_of_it_is_known() -> None:
    driver = Driver(10e6)
    results = driver.send(driver.ask())
    assert driver.prober.on_results(results[:4], 0) is None
    assert driver.prober.on_results(paced(5, bps=1e6), 0) is None, "others do not count"
    assert driver.prober.on_results(results[4:], 0) is not None


def test_packets_held_back_and_released_together_tell_nothing() -> None:
    driver = Driver(10e6)
    results = [one._replace(arrival_us=90_000) for one in driver.send(driver.ask())]
    assert driver.prober.on_results(results, 0) is None


def test_raises_that_prove_wrong_make_it_wait() -> None:
    driver = Driver(1e9)
    driver.prober.on_results(driver.send(driver.ask()), 0)
    for _mistake in range(3):
        driver.now_ms += 20_000
        probe = driver.ask(1_000_000)
        driver.prober.on_results(driver.send(probe), round(driver.now_ms * MS))
        driver.prober.raised(2_000_000, round(driver.now_ms * MS))
        driver.prober.decreased(850_000, round((driver.now_ms + 500) * MS))
    sent_ms = driver.now_ms
    while (probe := driver.ask(1_000_000)) is None:
        driver.now_ms += 100
    # 2, 4, 8, 16 s
    assert driver.now_ms - sent_ms > 7000
    # One that proves right ends that.
    driver.prober.on_results(driver.send(probe), round(driver.now_ms * MS))
    driver.prober.raised(2_000_000, round(driver.now_ms * MS))
    driver.prober.decreased(1_700_000, round((driver.now_ms + 500) * MS))
    begin_ms = driver.now_ms
    while (probe := driver.ask(1_700_000)) is None:
        driver.now_ms += 100
    driver.prober.on_results(driver.send(probe), round(driver.now_ms * MS))
    assert driver.now_ms - begin_ms < 17_000


def test_a_known_rate_is_tried_at_once() -> None:
    driver = Driver(500_000)
    driver.train(450_000)
    driver.prober.request(2_000_000)
    assert driver.ask(450_000).bps == 2_000_000


def test_whether_it_is_time_is_told_cheaply() -> None:
    driver = Driver(5e6)
    due = driver.prober.due
    assert due(0, 400_000, 20e6)
    assert not due(0, 19.5e6, 20e6), "nothing is left to find out"
    driver.ask()
    assert not due(0, 400_000, 20e6), "a train is under way"
    assert due(1_100_000_000 + 3_000_000_000, 400_000, 20e6), "the train is forgotten"
