"""The model of a link: no clock, no sockets."""

from __future__ import annotations

import itertools

import pytest
from shaper_link import Counters, Link, LinkSettings


def _arrivals(link: Link, times, size=1000):
    return [link.send(now, size) for now in times]


def test_without_limits_a_packet_is_there_at_once() -> None:
    assert _arrivals(Link(), [1.0, 1.0, 2.5]) == [1.0, 1.0, 2.5]


def test_delay_is_added_to_each_packet() -> None:
    link = Link(LinkSettings(delay_ms=40))
    assert _arrivals(link, [1.0, 1.01]) == pytest.approx([1.04, 1.05])


def test_the_rate_spaces_what_comes_in_a_burst() -> None:
    link = Link(LinkSettings(rate_bps=800_000, delay_ms=100))
    # 1000 bytes take 10 ms.
    assert _arrivals(link, [0.0] * 4) == pytest.approx([0.11, 0.12, 0.13, 0.14])
    assert link.wait_s(0.0) == pytest.approx(0.04)
    assert link.send(5.0, 1000) == pytest.approx(5.11), "an idle line has no memory"


def test_an_overloaded_line_delivers_its_rate_and_drops_the_rest() -> None:
    link = Link(LinkSettings(rate_bps=1_000_000, queue_ms=100))
    # 2 Mbit/s for 10 s.
    times = [n * 0.004 for n in range(2500)]
    waits = [at - sent for sent, at in zip(times, _arrivals(link, times), strict=True) if at is not None]
    assert len(waits) * 8000 == pytest.approx(1_000_000 * 10.1, rel=0.01)
    assert link.counters.overflowed_packets == 2500 - len(waits)
    assert link.counters.offered_packets == 2500
    assert link.counters.offered_bytes == 2_500_000
    assert 0.09 < max(waits) <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("settings", "fits"),
    [
        (LinkSettings(rate_bps=80_000, queue_bytes=3500), 3),
        (LinkSettings(rate_bps=80_000, queue_ms=500), 5),
        (LinkSettings(rate_bps=80_000), 3),
        (LinkSettings(rate_bps=80_000, queue_bytes=0), 1),
        (LinkSettings(queue_bytes=0), 10),
    ],
)
def test_the_queue_holds_what_it_is_given(settings, fits) -> None:
    link = Link(settings)
    assert sum(at is not None for at in _arrivals(link, [0.0] * 10)) == fits


def test_the_queue_drains_as_packets_leave() -> None:
    link = Link(LinkSettings(rate_bps=80_000, queue_bytes=2000))
    assert _arrivals(link, [0.0, 0.0, 0.0]) == [pytest.approx(0.1), pytest.approx(0.2), None]
    assert (link.queued_bytes(0.05), link.queued_bytes(0.1), link.queued_bytes(0.2)) == (2000, 1000, 0)
    assert link.send(0.2, 1000) == pytest.approx(0.3)


def test_losses_have_their_share_and_take_their_time_on_the_line() -> None:
    link = Link(LinkSettings(rate_bps=8_000_000, loss=0.05), seed=7)
    arrivals = _arrivals(link, (n * 0.001 for n in range(20_000)))
    lost = arrivals.count(None)
    assert lost == link.counters.lost_packets
    assert 0.045 < lost / 20_000 < 0.055
    assert link.counters.overflowed_packets == 0
    runs = [len(list(group)) for isnone, group in itertools.groupby(at is None for at in arrivals) if isnone]
    assert max(runs) > 1, "losses are independent, not every twentieth packet"
    assert Link(LinkSettings(loss=1)).send(0.0, 1) is None


def test_the_seed_repeats_a_run() -> None:
    settings = LinkSettings(delay_ms=50, jitter_ms=10, loss=0.2)
    times = [n * 0.01 for n in range(200)]
    assert _arrivals(Link(settings, seed=3), times) == _arrivals(Link(settings, seed=3), times)
    assert _arrivals(Link(settings, seed=3), times) != _arrivals(Link(settings, seed=4), times)


@pytest.mark.parametrize("keep_order", [True, False])
def test_jitter_spreads_arrivals_and_overtakes_only_if_allowed(keep_order) -> None:
    link = Link(LinkSettings(delay_ms=50, jitter_ms=20, keep_order=keep_order))
    times = [n * 0.005 for n in range(2000)]
    arrivals = _arrivals(link, times)
    delays = [arrival - sent for sent, arrival in zip(times, arrivals, strict=True)]
    assert 0.03 <= min(delays) < 0.035
    assert 0.068 < max(delays) <= 0.07
    assert (arrivals == sorted(arrivals)) == keep_order


def test_jitter_does_not_go_back_in_time() -> None:
    link = Link(LinkSettings(delay_ms=1, jitter_ms=50, keep_order=False))
    times = [n * 1.0 for n in range(200)]
    assert all(at >= sent for sent, at in zip(times, _arrivals(link, times), strict=True))


def test_a_shorter_delay_does_not_overtake() -> None:
    link = Link(LinkSettings(delay_ms=100))
    first = link.send(0.0, 100)
    link.set(0.01, LinkSettings(delay_ms=10))
    assert link.send(0.02, 100) == first
    assert link.send(0.2, 100) == pytest.approx(0.21)


def test_a_script_changes_the_line_over_time() -> None:
    fast, slow = LinkSettings(rate_bps=3_000_000), LinkSettings(rate_bps=300_000)
    link = Link()
    link.play(100.0, [(0, fast), (20, slow), (40, fast)])
    # 4 Mbit/s for a minute; what has arrived in each third is the line's rate.
    arrivals = [at for at in _arrivals(link, (100 + n * 0.002 for n in range(30_000))) if at is not None]
    for begin, rate_bps in ((101, 3e6), (122, 0.3e6), (141, 3e6)):
        arrived = sum(begin <= at < begin + 18 for at in arrivals)
        assert arrived * 8000 / 18 == pytest.approx(rate_bps, rel=0.01)


def test_a_packet_that_waits_across_a_change_takes_both_rates() -> None:
    link = Link()
    link.play(0.0, [(0, LinkSettings(rate_bps=8_000)), (1, LinkSettings(rate_bps=80_000, delay_ms=5))])
    # Half of it in the first half second of waiting, the rest ten times as fast.
    assert link.send(0.5, 1000) == pytest.approx(1.0 + 0.05 + 0.005)


def test_an_outage_ends_with_its_step() -> None:
    link = Link()
    link.play(0.0, [(2, LinkSettings(loss=1)), (3, LinkSettings())])
    times = [0.0, 1.9, 2.0, 2.9, 3.0]
    assert _arrivals(link, times) == [0.0, 1.9, None, None, 3.0]


def test_what_was_announced_is_forgotten_when_another_script_begins() -> None:
    link = Link()
    link.play(0.0, [(0, LinkSettings(delay_ms=1)), (10, LinkSettings(delay_ms=999))])
    link.play(5.0, [(1, LinkSettings(delay_ms=2))])
    assert link.send(5.5, 1) == pytest.approx(5.501), "until its first step all stays as it was"
    assert link.send(6.5, 1) == pytest.approx(6.502)
    assert link.send(20.0, 1) == pytest.approx(20.002)


def test_a_set_rate_holds_for_what_comes_after() -> None:
    link = Link(LinkSettings(rate_bps=80_000))
    promised = link.send(0.0, 1000)
    link.set(0.05, LinkSettings(rate_bps=800_000))
    assert promised == pytest.approx(0.1)
    assert link.send(0.06, 1000) == pytest.approx(0.11)


def test_an_unlimited_line_after_a_slow_one_waits_for_its_queue() -> None:
    link = Link()
    link.play(0.0, [(0, LinkSettings(rate_bps=8_000)), (10, LinkSettings())])
    assert link.send(9.9, 1000) == pytest.approx(10.0)
    assert link.send(9.95, 1000) is None, "300 ms at 8 kbit/s are less than the packet in service"
    assert link.send(10.0, 1000) == 10.0


def test_rates_are_told_from_two_readings() -> None:
    earlier = Counters(offered_bytes=1000, delivered_bytes=500, at_s=10)
    later = Counters(offered_bytes=3000, delivered_bytes=1500, at_s=12)
    assert (later.offered_bps(earlier), later.delivered_bps(earlier)) == (8000, 4000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_bps": 0},
        {"rate_bps": float("inf")},
        {"loss": 1.1},
        {"loss": -0.1},
        {"delay_ms": -1},
        {"jitter_ms": float("nan")},
        {"queue_bytes": 1, "queue_ms": 1},
        {"queue_ms": -1},
    ],
)
def test_settings_without_sense_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LinkSettings(**wrong)


@pytest.mark.parametrize("script", [[], [(-1, LinkSettings())], [(2, LinkSettings()), (1, LinkSettings())]])
def test_scripts_without_sense_are_refused(script) -> None:
    with pytest.raises(ValueError, match="script"):
        Link().play(0.0, script)
