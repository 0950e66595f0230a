"""The leaky bucket."""

from __future__ import annotations

import pytest

from vizstream.server.pacer import MIN_BURST_BYTES, Pacer, Packet

MS = 1_000_000


def _fill(pacer: Pacer, count: int, size: int = 1000) -> None:
    for index in range(count):
        pacer.add(Packet(index, False, bytes(size)))


def _run(pacer: Pacer, rate_bps: float, until_ms: int, step_ms: int = 1) -> list[int]:
    """Return the milliseconds at which packets leave."""
    left = []
    for now in range(0, until_ms, step_ms):
        while pacer.take(now * MS, rate_bps) is not None:
            left.append(now)
    return left


@pytest.mark.parametrize("rate_bps", [150_000, 1_000_000, 20_000_000])
@pytest.mark.parametrize("step_ms", [1, 4])
def test_packets_leave_at_the_rate(rate_bps: int, step_ms: int) -> None:
    pacer = Pacer()
    _fill(pacer, 10_000)
    left = _run(pacer, rate_bps, 2000, step_ms)
    assert len(left) * 8000 / 2 == pytest.approx(rate_bps, rel=0.1, abs=2 * MIN_BURST_BYTES * 8)


def test_no_burst_after_a_pause() -> None:
    pacer = Pacer()
    assert pacer.take(0, 1_000_000) is None
    _fill(pacer, 100)
    left = pacer.take_all(10_000 * MS, 1_000_000)
    assert len(left) == -(-MIN_BURST_BYTES // 1000)
    assert pacer.take(10_000 * MS, 1_000_000) is None


def test_repeats_go_first_and_media_stay_in_order() -> None:
    pacer = Pacer()
    _fill(pacer, 3)
    pacer.add(Packet(99, True, b"again", repeats=7))
    taken = [pacer.take(0, 1e9) for _packet in range(5)]
    assert [packet and packet.stamp for packet in taken] == [99, 0, 1, 2, None]


def test_what_leaves_costs_what_it_has_on_the_wire() -> None:
    pacer = Pacer(overhead=200)
    _fill(pacer, 100)
    assert len(pacer.take_all(0, 1_000_000)) == -(-MIN_BURST_BYTES // 1200)
    assert pacer.delay_s(1_000_000) == 0
    pacer.spend(125)
    assert pacer.delay_s(1_000_000) == pytest.approx(0.001)


def test_what_waits_is_counted() -> None:
    pacer = Pacer()
    _fill(pacer, 3, 100)
    assert (len(pacer), pacer.queued_bytes) == (3, 300)
    pacer.take(0, 1e9)
    assert (len(pacer), pacer.queued_bytes) == (2, 200)
    pacer.clear()
    assert (len(pacer), pacer.queued_bytes) == (0, 0)


def test_the_delay_is_what_the_debt_takes() -> None:
    pacer = Pacer()
    pacer.spend(MIN_BURST_BYTES + 1000)
    assert pacer.delay_s(1_000_000) == pytest.approx(0.008)
    assert Pacer().delay_s(1_000_000) == 0


def test_what_waits_to_be_repeated_is_counted_apart() -> None:
    pacer = Pacer()
    _fill(pacer, 3)
    for _repeat in range(3):
        pacer.add(Packet(9, False, bytes(1000), repeats=7))
    assert (pacer.queued_bytes, pacer.repeated_bytes) == (6000, 3000)
    pacer.take(0, 1e9)
    assert (pacer.queued_bytes, pacer.repeated_bytes) == (5000, 2000)
    pacer.take_all(10_000 * MS, 1e9)
    assert (pacer.queued_bytes, pacer.repeated_bytes) == (0, 0)
    pacer.add(Packet(9, False, bytes(1000), repeats=7))
    pacer.clear()
    assert pacer.repeated_bytes == 0
