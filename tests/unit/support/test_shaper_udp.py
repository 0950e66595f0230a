"""The UDP relay between sockets of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import shaper_udp
from shaper_link import Link, LinkSettings
from shaper_udp import MAX_FLOWS, UdpRelay
from shaper_wire import Wire


class Setup:
    """A relay in front of a server's socket, and browsers."""

    def __init__(self, up=None, down=None) -> None:
        self.loop = asyncio.get_running_loop()
        self.server = self.socket()
        self.server.bind(("127.0.0.1", 0))
        self.up, self.down = (
            Wire(self.loop, Link(up or LinkSettings())),
            Wire(self.loop, Link(down or LinkSettings())),
        )
        self.closed = []
        self.relay = UdpRelay(self.loop, self.up, self.down, self.server.getsockname(), self.closed.append)

    def socket(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        return made

    async def at_server(self):
        return await asyncio.wait_for(_receive(self.server), 5)


async def _receive(at):
    while True:
        try:
            return at.recvfrom(4096)
        except BlockingIOError:
            await asyncio.sleep(0.001)


async def _until(condition):
    while not condition():
        await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def setup(browsers=1, **links):
    made = Setup(**links)
    crowd = [made.socket() for _browser in range(browsers)]
    try:
        yield made, *crowd
    finally:
        made.relay.close()
        for one in (made.server, *crowd):
            one.close()


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 20))


def test_datagrams_go_both_ways_and_the_server_sees_one_address_a_browser_socket() -> None:
    async def scenario():
        async with setup(browsers=2) as (made, one, other):
            addresses = {}
            for _round in range(2):
                for name, browser in ((b"one", one), (b"other", other)):
                    browser.sendto(name, made.relay.address)
                    data, address = await made.at_server()
                    assert data == name
                    assert addresses.setdefault(name, address) == address
                    made.server.sendto(b"for " + name, address)
                    assert await _receive(browser) == (b"for " + name, made.relay.address)
            assert len(set(addresses.values())) == 2
            counters = made.up.link.counters
            assert counters.delivered_packets == 4
            assert counters.delivered_bytes == 2 * (3 + 28) + 2 * (5 + 28), "headers count"

    run(scenario())


def test_only_the_server_is_heard_on_its_side() -> None:
    async def scenario():
        async with setup(browsers=2) as (made, browser, stranger):
            browser.sendto(b"x", made.relay.address)
            _data, flow = await made.at_server()
            stranger.bind(("127.0.0.1", 0))
            stranger.sendto(b"evil", flow)
            made.server.sendto(b"good", flow)
            assert (await _receive(browser))[0] == b"good"

    run(scenario())


def test_the_number_of_browser_addresses_is_bounded() -> None:
    async def scenario():
        async with setup(browsers=MAX_FLOWS + 3) as (made, *browsers):
            for browser in browsers:
                browser.sendto(b"x", made.relay.address)
            seen = {(await made.at_server())[1] for _flow in range(MAX_FLOWS)}
            assert len(seen) == MAX_FLOWS
            browsers[0].sendto(b"again", made.relay.address)
            assert (await made.at_server())[0] == b"again", "nothing of the others came before"

    run(scenario())


def test_it_closes_when_the_server_has_left() -> None:
    async def scenario():
        async with setup() as (made, browser):
            browser.sendto(b"x", made.relay.address)
            await made.at_server()
            made.server.close()
            while not made.relay.closed:
                browser.sendto(b"x", made.relay.address)
                await asyncio.sleep(0.01)
            assert made.closed == [made.relay]
            made.relay.close()
            assert made.closed == [made.relay], "once"

    run(scenario())


def test_it_survives_a_browser_that_leaves() -> None:
    async def scenario():
        async with setup(browsers=2) as (made, leaver, stayer):
            leaver.sendto(b"x", made.relay.address)
            _data, gone = await made.at_server()
            leaver.close()
            for _packet in range(3):
                made.server.sendto(b"nobody there", gone)
                await asyncio.sleep(0.01)
            stayer.sendto(b"y", made.relay.address)
            _data, address = await made.at_server()
            made.server.sendto(b"z", address)
            assert (await _receive(stayer))[0] == b"z"

    run(scenario())


def test_it_closes_after_a_long_silence(monkeypatch) -> None:
    monkeypatch.setattr(shaper_udp, "IDLE_S", 0.1)

    async def scenario():
        async with setup() as (made, browser):
            for _packet in range(5):
                browser.sendto(b"x", made.relay.address)
                await made.at_server()
                await asyncio.sleep(0.04)
                assert not made.relay.closed
            await _until(lambda: made.relay.closed)

    run(scenario())


def test_datagrams_on_their_way_when_it_closes_are_dropped() -> None:
    async def scenario():
        async with setup(up=LinkSettings(delay_ms=20)) as (made, browser):
            browser.sendto(b"x", made.relay.address)
            await _until(lambda: made.up.link.counters.offered_packets)
            made.relay.close()
            await _until(lambda: made.up.link.counters.delivered_packets)
            with pytest.raises(BlockingIOError):
                made.server.recv(1)

    run(scenario())
