"""Through a real TURN server, and within a range of UDP ports."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aioice import Candidate, Connection
from aioice.ice import TransportPolicy
from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection
from serving import Viewer, rendering
from turn import SECRET, turn_server

from vizstream.sharing.ice import mint

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with turn_server(tmp_path_factory.mktemp("turn")) as address:
        yield address


async def relayed(turn: str, username: str, password: str) -> list[Candidate]:
    """Return the candidates that a TURN server gives for some credentials."""
    host, _colon, port = turn.rpartition(":")
    connection = Connection(
        ice_controlling=True,
        turn_server=(host, int(port)),
        turn_username=username,
        turn_password=password,
        transport_policy=TransportPolicy.RELAY,
    )
    await connection.gather_candidates()
    found = connection.local_candidates
    await connection.close()
    return found


@pytest.mark.parametrize(
    ("left_s", "secret", "taken"), [(60, SECRET, True), (-60, SECRET, False), (60, "another", False)]
)
def test_credentials_hold_until_they_expire(turn: str, left_s: int, secret: str, taken: bool) -> None:
    username, password = mint(secret, "viewer-1", int(time.time()) + left_s)
    found = asyncio.run(asyncio.wait_for(relayed(turn, username, password), 30))
    assert [candidate.type for candidate in found] == ["relay"] * taken


def test_a_viewer_that_only_the_relay_reaches_sees_the_scene(turn: str) -> None:
    async def scenario(running: Any) -> None:
        async with aiohttp.ClientSession() as http:
            scout = Viewer(http, running.url, running.config.view_token)
            assert await scout.join() == 201
            links = scout.headers.getall("Link")  # type: ignore[attr-defined]
            await scout.leave()
            await scout.close()
            (found,) = (re.fullmatch(_LINK, link) for link in links)
            assert found
            assert found["url"] == f"turn:{turn}?transport=udp"
            until, _colon, name = found["username"].partition(":")
            assert name == "viewer-1"
            assert 0 < int(until) - time.time() <= 3600
            viewer = Viewer(http, running.url, running.config.view_token, by_relay(found))
            assert await viewer.join(without_candidates) == 201
            await viewer.until(lambda: len(viewer.numbers) > 5, 30)
            pair = viewer.pc.sctp.transport.transport._connection._nominated[1]
            assert pair.local_candidate.type == "relay"
            await viewer.leave()
            await viewer.close()

    with rendering(ice_servers=(f"turn:{turn}?transport=udp",), turn_secret=SECRET) as running:
        asyncio.run(asyncio.wait_for(scenario(running), 60))


_LINK = (
    r'<(?P<url>[^>]+)>; rel="ice-server"; username="(?P<username>[^"]+)"; '
    r'credential="(?P<credential>[^"]+)"; credential-type="password"'
)


def by_relay(link: re.Match[str]) -> RTCPeerConnection:
    server = RTCIceServer(urls=link["url"], username=link["username"], credential=link["credential"])
    policy = RTCIceTransportPolicy.RELAY
    return RTCPeerConnection(RTCConfiguration(iceServers=[server], iceTransportPolicy=policy))


def without_candidates(offer: str) -> str:
    """Leave it to the checks to tell the server where the viewer is, as our page does."""
    return re.sub(r"a=(candidate:|end-of-candidates).*\r\n", "", offer)


def test_video_comes_from_the_ports_that_were_asked_for() -> None:
    async def scenario(running: Any) -> None:
        async with aiohttp.ClientSession() as http:
            viewer = Viewer(http, running.url, running.config.view_token)
            assert await viewer.join() == 201
            ports = re.findall(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+) ", viewer.pc.remoteDescription.sdp)
            assert ports
            assert all(41_800 <= int(port) <= 41_840 for port in ports)
            await viewer.until(lambda: viewer.numbers)
            await viewer.leave()
            await viewer.close()

    with rendering(udp_ports=(41_800, 41_840)) as running:
        asyncio.run(asyncio.wait_for(scenario(running), 60))
