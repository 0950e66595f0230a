"""What a tunnel carries is counted, slowed, and ended in time."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from vizstream.server.budget import TunnelMeter, cap_bps


@pytest.mark.parametrize(
    ("carried", "budget", "rate"),
    [
        (10**12, 0, 0),
        (0, 1000, 0),
        (499, 1000, 0),
        (500, 1000, 2_000_000),
        (800, 1000, 500_000),
        (950, 1000, 150_000),
        (2000, 1000, 150_000),
    ],
)
def test_the_rate_falls_before_nothing_is_left(carried: int, budget: int, rate: int) -> None:
    assert cap_bps(carried, budget) == rate


class Wire(asyncio.Transport):
    """Notes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def writelines(self, parts: object) -> None:
        self.written += b"".join(parts)  # type: ignore[call-overload]

    def abort(self) -> None:
        self.aborted = True


def test_both_ways_are_counted_once_it_is_known_for_a_tunnel() -> None:
    meter, wire, other = TunnelMeter(100), Wire(), Wire()
    line = meter.watch(wire)
    meter.watch(other)
    line.add(10)
    wire.write(b"x" * 20)
    other.write(b"x" * 1000)
    assert (line.carried, meter.carried) == (30, 0)
    assert meter.admit(wire)
    assert meter.admit(wire)
    assert meter.carried == 30
    wire.writelines(part for part in (b"y" * 20, memoryview(b"z" * 5)))
    assert meter.carried == 55
    assert wire.written == b"x" * 20 + b"y" * 20 + b"z" * 5
    assert not meter.exhausted
    assert meter.cap_bps == 2_000_000
    assert meter.admit(None)
    assert meter.admit(Wire())
    wire.write(b"x" * 45)
    assert meter.exhausted
    assert wire.aborted
    assert not other.aborted


def test_a_refusal_gets_through() -> None:
    meter, wire = TunnelMeter(100), Wire()
    meter.watch(wire).add(100)
    assert not meter.admit(wire)
    wire.write(b"503")
    assert wire.written == b"503"
    assert not wire.aborted


def test_a_budget_of_nothing_has_no_end() -> None:
    meter, wire = TunnelMeter(0), Wire()
    meter.watch(wire)
    assert meter.admit(wire)
    wire.write(b"x" * 10**6)
    assert (meter.carried, meter.exhausted, meter.cap_bps, wire.aborted) == (10**6, False, 0, False)


def test_a_connection_that_is_gone_is_forgotten() -> None:
    meter, wire = TunnelMeter(0), Wire()
    meter.watch(wire)
    gone = weakref.ref(wire)
    del wire
    gc.collect()
    assert gone() is None
