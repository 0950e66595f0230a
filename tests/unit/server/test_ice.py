"""How aioice gathers here: within a range of ports, never for long, and only where it helps."""

from __future__ import annotations

import asyncio
import socket
import time

import aioice
import pytest

from vizstream.config import Config
from vizstream.server.ice import GATHER_S, IceServers, bind_within, bound_gathering, is_near


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.1.2", True),
        ("fe80::1%eth0", True),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
        ("", False),
        ("no address", False),
    ],
)
def test_who_is_near(address: str, near: bool) -> None:
    assert is_near(address) is near


def free_range(count: int) -> int:
    """Return the first of some UDP ports in a row that are free."""
    for first in range(40_000, 60_000, count):
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                sockets[-1].bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no free ports")


def test_sockets_come_from_the_range_until_it_is_used_up() -> None:
    first = free_range(3)

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        bind_within(loop, first, first + 2)
        opened = [
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
            for _socket in range(3)
        ]
        ports = {transport.get_extra_info("sockname")[1] for transport, _protocol in opened}
        assert ports == {first, first + 1, first + 2}
        with pytest.raises(OSError, match="in use"):
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        other, _protocol = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", 9)
        )
        for transport in (other, *(transport for transport, _protocol in opened)):
            transport.close()

    asyncio.run(scenario())


def test_a_stun_server_that_is_silent_costs_a_second() -> None:
    bound_gathering()
    bound_gathering()

    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            connection = aioice.Connection(ice_controlling=False, stun_server=silent.getsockname())
            began = time.monotonic()
            await connection.gather_candidates()
            assert GATHER_S - 0.1 < time.monotonic() - began < 4.5, "aioice itself waits for 5"
            assert connection.local_candidates
            await connection.close()

    asyncio.run(scenario())


def test_after_that_nobody_waits_for_it_again() -> None:
    servers = IceServers(Config(ice_servers=("stun:s.example", "turn:u:p@t.example")))
    far = servers.for_viewer(1, "8.8.8.8")
    assert servers.to_ask(far) == ["stun:s.example"]
    assert servers.to_ask(servers.for_viewer(1, "192.168.1.2")) == []
    servers.note("a=candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr 0.0.0.0 rport 0")
    assert servers.to_ask(far) == ["stun:s.example"]
    servers.note("a=candidate:1 1 udp 1 10.0.0.1 9 typ host")
    assert servers.to_ask(far) == []
