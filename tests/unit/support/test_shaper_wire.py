"""The wire under a real loop: order, time, one timer, and bounds."""

from __future__ import annotations

import asyncio

import shaper_wire
from shaper_link import Link, LinkSettings
from shaper_wire import Wire


def test_packets_come_in_their_order_and_time() -> None:
    async def scenario():
        loop = asyncio.get_running_loop()
        wire = Wire(loop, Link(LinkSettings(rate_bps=800_000, delay_ms=20)))
        arrived = []
        dues = [wire.send(1000, lambda n: arrived.append((n, loop.time())), number) for number in range(5)]
        while len(arrived) < 5:
            await asyncio.sleep(0.001)
        assert [number for number, _at in arrived] == [0, 1, 2, 3, 4]
        assert all(at >= due - shaper_wire.SLACK_S for due, (_number, at) in zip(dues, arrived, strict=True))
        counters = wire.link.counters
        assert (counters.delivered_packets, counters.delivered_bytes) == (5, 5000)

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_an_earlier_packet_is_not_kept_by_a_later_one() -> None:
    async def scenario():
        wire = Wire(asyncio.get_running_loop(), Link(LinkSettings(delay_ms=60_000, keep_order=False)))
        arrived = asyncio.Event()
        wire.send(100, lambda _packet: None, b"late")
        wire.link.set(asyncio.get_running_loop().time(), LinkSettings(delay_ms=5, keep_order=False))
        wire.send(100, lambda _packet: arrived.set(), b"early")
        await arrived.wait()
        wire.close()

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_without_delay_a_packet_is_handed_on_before_send_returns() -> None:
    async def scenario():
        wire = Wire(asyncio.get_running_loop())
        arrived = []
        wire.send(100, arrived.append, b"x")
        assert arrived == [b"x"]

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_what_is_on_its_way_is_bounded(monkeypatch) -> None:
    async def scenario():
        monkeypatch.setattr(shaper_wire, "MAX_BYTES", 10_000)
        wire = Wire(asyncio.get_running_loop(), Link(LinkSettings(delay_ms=60_000)))
        sent = [wire.send(1000, lambda _packet: None, b"") for _packet in range(15)]
        assert sum(due is not None for due in sent) == 10
        assert wire.link.counters.overflowed_packets == 5
        wire.close()

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_a_closed_wire_hands_nothing_on() -> None:
    async def scenario():
        wire = Wire(asyncio.get_running_loop(), Link(LinkSettings(delay_ms=5)))
        arrived = []
        wire.send(100, arrived.append, b"x")
        wire.close()
        marker = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, marker.set)
        await marker.wait()
        assert arrived == []

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_who_fails_to_take_a_packet_does_not_stop_the_line() -> None:
    """A connection that was reset did, and all that crossed the line, video as well, stood still for ever."""

    def fail(_packet: bytes) -> None:
        raise OSError("reset")

    async def scenario():
        loop = asyncio.get_running_loop()
        failures = []
        loop.set_exception_handler(lambda _loop, context: failures.append(str(context["exception"])))
        wire = Wire(loop, Link(LinkSettings(delay_ms=5)))
        arrived = asyncio.Event()
        wire.send(100, fail, b"")
        await asyncio.sleep(0.002)
        wire.send(100, lambda _packet: arrived.set(), b"")
        await arrived.wait()
        assert failures == ["reset"]
        wire.close()

    asyncio.run(asyncio.wait_for(scenario(), 10))
