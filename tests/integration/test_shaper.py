"""The shaper with real sockets, in its own process: what a line is set to is what goes through it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import statistics
import struct
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from serving import Viewer, rendering
from shaper import LinkSettings, ShapedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

#: An answer that aiortc's would be but for its candidate.
ANSWER = "v=0\r\nm=video {port} UDP/TLS/RTP/SAVPF 97\r\na=candidate:1 1 udp 1 127.0.0.1 {port} typ host\r\n"

#: Sequence number and time of sending, then filler.
STAMP = struct.Struct("!Id")
PACKET_BYTES = 1172
WIRE_BYTES = PACKET_BYTES + 28


def run(scenario: Any) -> None:
    """Run a coroutine with a deadline of its own."""
    asyncio.run(asyncio.wait_for(scenario, 45))


async def _until(condition: Callable[[], Any], timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.bind(("127.0.0.1", 0))
    return made


class Ends:
    """A server that answers with a socket of the test's, and a browser that is one."""

    def __init__(self) -> None:
        self.server, self.browser = _udp(), _udp()
        self.offers: list[str] = []
        self.http: aiohttp.ClientSession
        self.shaped: ShapedServer
        self._loop = asyncio.get_running_loop()
        self.arrived: list[tuple[int, float, float]] = []

    async def join(self) -> None:
        """Negotiate; afterwards the two are connected over the line."""
        async with self.http.post(
            f"{self.shaped.url}/whep",
            data="v=0\r\nm=video 9 X\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=mid:0\r\n",
            headers={"Content-Type": "application/sdp"},
        ) as response:
            assert response.status == 201
            answer = await response.text()
        (port,) = [int(line.split()[5]) for line in answer.splitlines() if line.startswith("a=candidate:")]
        assert port != self.server.getsockname()[1]
        self.browser.connect(("127.0.0.1", port))
        self.browser.send(b"hello")
        _data, address = await self._loop.sock_recvfrom(self.server, 100)
        self.server.connect(address)

    async def blast(self, rate_bps: float, seconds: float, *, up: bool = False) -> None:
        """Send at a rate, and gather what arrives until a second after."""
        sender, receiver = (self.browser, self.server) if up else (self.server, self.browser)
        self.arrived = []
        self._loop.add_reader(receiver, self._receive, receiver)
        filler = b"\0" * (PACKET_BYTES - STAMP.size)
        begin = time.monotonic()
        sent = 0
        while (now := time.monotonic()) < begin + seconds:
            while sent < (now - begin) * rate_bps / 8 / WIRE_BYTES:
                with contextlib.suppress(BlockingIOError):
                    sender.send(STAMP.pack(sent, time.monotonic()) + filler)
                sent += 1
            await asyncio.sleep(0.002)
        counted = "up" if up else "down"
        await _until(lambda: getattr(self.shaped.read(), counted).queue_ms == 0)
        await asyncio.sleep(0.2)
        self._loop.remove_reader(receiver)

    def _receive(self, receiver: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                number, sent_at = STAMP.unpack_from(receiver.recv(2048))
                self.arrived.append((number, sent_at, time.monotonic()))

    @property
    def delays_ms(self) -> list[float]:
        return [1000 * (at - sent_at) for _number, sent_at, at in self.arrived]


@contextlib.asynccontextmanager
async def ends(**line: LinkSettings) -> AsyncIterator[Ends]:
    """Connect a fake server and a fake browser over a shaped line."""
    made = Ends()

    async def whep(request: web.Request) -> web.Response:
        made.offers.append(await request.text())
        return web.Response(
            status=201,
            text=ANSWER.format(port=made.server.getsockname()[1]),
            content_type="application/sdp",
            headers={"Location": "/whep/1"},
        )

    async def delete(_request: web.Request) -> web.Response:
        return web.Response()

    async def blob(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for number in range(int(request.query["kb"])):
            await response.write(b"%04d" % (number % 10_000) * 256)
        return response

    async def echo(request: web.Request) -> web.WebSocketResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        async for message in channel:
            await channel.send_bytes(message.data)
        return channel

    async def host(request: web.Request) -> web.Response:
        return web.json_response(dict(request.headers))

    app = web.Application()
    app.router.add_post("/whep", whep)
    app.router.add_delete("/whep/1", delete)
    app.router.add_get("/blob", blob)
    app.router.add_get("/echo", echo)
    app.router.add_get("/host", host)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        with ShapedServer(f"http://127.0.0.1:{port}", **line) as shaped:
            made.shaped = shaped
            async with aiohttp.ClientSession() as http:
                made.http = http
                yield made
    finally:
        made.server.close()
        made.browser.close()
        await runner.cleanup()


def test_a_viewer_sees_frames_and_all_of_them_took_the_line() -> None:
    async def scenario() -> None:
        line = LinkSettings(rate_bps=3_000_000, delay_ms=20)
        with rendering() as running, ShapedServer(running.url, up=line, down=line) as shaped:
            async with aiohttp.ClientSession() as http:
                viewer = Viewer(http, shaped.url, running.config.control_token)
                assert await viewer.join() == 201
                await viewer.until(lambda: len(viewer.numbers) > 30)
                pair = viewer.pc.sctp.transport.transport._connection._nominated[1]
                ports = {
                    line.split()[5]
                    for line in viewer.pc.remoteDescription.sdp.splitlines()
                    if "typ host" in line
                }
                assert {str(pair.remote_addr[1])} == ports, "the only way is the relay"
                reading = shaped.read()
                assert reading.relays == 1
                assert reading.down.delivered_packets > 30
                viewer.input.send('{"type":"pointer_move","id":1,"x":1,"y":2,"buttons":[],"modifiers":[]}')
                await viewer.until(lambda: running.events)
                assert await viewer.leave() == 200
                await viewer.close()
                await _until(lambda: shaped.read().relays == 0)

    run(scenario())


@pytest.mark.parametrize(
    ("direction", "rate_bps"), [("down", 300_000), ("up", 1_000_000), ("down", 10_000_000)]
)
def test_the_rate_is_the_one_that_was_set(direction: str, rate_bps: int) -> None:
    async def scenario() -> None:
        async with ends(**{direction: LinkSettings(rate_bps=rate_bps, delay_ms=10, queue_ms=100)}) as line:
            await line.join()
            await line.blast(1.3 * rate_bps, 1.0, up=direction == "up")
            times = [at for _number, _sent_at, at in line.arrived]
            measured = 8 * WIRE_BYTES * (len(times) - 1) / (times[-1] - times[0])
            assert measured == pytest.approx(rate_bps, rel=0.1)
            counters = getattr(line.shaped.read(), direction)
            assert counters.overflowed_packets > 0
            assert statistics.median(line.delays_ms[len(times) // 2 :]) == pytest.approx(110, abs=20), (
                "its queue is full"
            )

    run(scenario())


def test_the_delay_is_the_one_that_was_set_in_both_directions() -> None:
    async def scenario() -> None:
        async with ends(up=LinkSettings(delay_ms=30), down=LinkSettings(delay_ms=80)) as line:
            await line.join()
            for up, delay_ms in ((True, 30), (False, 80)):
                await line.blast(1_000_000, 0.5, up=up)
                assert min(line.delays_ms) > delay_ms - 1.5
                assert statistics.median(line.delays_ms) == pytest.approx(delay_ms, abs=4)
                numbers = [number for number, _sent_at, _at in line.arrived]
                assert numbers == list(range(len(numbers))), "nothing lost, nothing overtaken"

    run(scenario())


def test_losses_have_their_share() -> None:
    async def scenario() -> None:
        async with ends(down=LinkSettings(loss=0.05)) as line:
            await line.join()
            before = line.shaped.read().down
            await line.blast(20_000_000, 1.0)
            after = line.shaped.read().down
            offered = after.offered_packets - before.offered_packets
            assert offered > 1000
            lost = 1 - len(line.arrived) / offered
            assert lost == pytest.approx(0.05, abs=0.02)
            assert after.lost_packets == offered - len(line.arrived)

    run(scenario())


def test_a_script_changes_the_line_over_time() -> None:
    async def scenario() -> None:
        fast, slow = LinkSettings(rate_bps=3_000_000), LinkSettings(rate_bps=300_000)
        async with ends() as line:
            await line.join()
            begin = time.monotonic()
            line.shaped.play(down=[(0, fast), (0.7, slow), (1.7, fast)])
            await line.blast(4_000_000, 2.4)
            times = [at - begin for _number, _sent_at, at in line.arrived]
            for second, rate_bps in ((0.05, 3e6), (1.05, 0.3e6), (1.75, 3e6)):
                packets = sum(second <= at < second + 0.6 for at in times)
                # At the slow rate a packet takes 32 ms.
                assert packets * 8 * WIRE_BYTES / 0.6 == pytest.approx(rate_bps, rel=0.12)
            line.shaped.set(down=LinkSettings(loss=1))
            await line.blast(1_000_000, 0.2)
            assert line.arrived == []

    run(scenario())


def test_the_offer_names_no_candidate_and_headers_pass() -> None:
    async def scenario() -> None:
        async with ends() as line:
            await line.join()
            assert line.offers == ["v=0\r\nm=video 9 X\r\na=mid:0\r\n"]
            async with line.http.get(f"{line.shaped.url}/host") as response:
                assert (await response.json())["Host"] == line.shaped.url.removeprefix("http://")
            async with line.http.delete(f"{line.shaped.url}/whep/1") as response:
                assert response.status == 200
            await _until(lambda: line.shaped.read().relays == 0)

    run(scenario())


def test_a_download_takes_the_time_of_the_line() -> None:
    async def scenario() -> None:
        async with ends(
            down=LinkSettings(rate_bps=2_000_000, delay_ms=20), up=LinkSettings(delay_ms=20)
        ) as line:
            begin = time.monotonic()
            async with line.http.get(f"{line.shaped.url}/blob?kb=400") as response:
                body = await response.read()
            seconds = time.monotonic() - begin
            assert body == b"".join(b"%04d" % number * 256 for number in range(400))
            # 1500 bytes on the line for 1448, and two round trips before the first of them.
            assert seconds == pytest.approx(8 * 400 * 1024 * 1500 / 1448 / 2e6 + 0.08, rel=0.1)

    run(scenario())


def test_a_websocket_has_the_line_s_round_trip_and_ends_with_the_line() -> None:
    async def scenario() -> None:
        async with ends(up=LinkSettings(delay_ms=15), down=LinkSettings(delay_ms=25)) as line:
            async with line.http.ws_connect(f"{line.shaped.url}/echo") as channel:
                trips_ms = []
                for number in range(20):
                    begin = time.monotonic()
                    await channel.send_bytes(b"%d\r\n\r\n" % number)
                    assert (await channel.receive()).data == b"%d\r\n\r\n" % number
                    trips_ms.append(1000 * (time.monotonic() - begin))
                assert statistics.median(trips_ms) == pytest.approx(40, abs=5)
                assert line.shaped.read().connections == 1
                line.shaped.close()
                message = await channel.receive(5)
                assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            with pytest.raises(RuntimeError, match="closed"):
                line.shaped.read()

    run(scenario())


def test_a_server_that_does_not_read_is_waited_for() -> None:
    async def scenario() -> None:
        silent = socket.create_server(("127.0.0.1", 0))
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with silent, ShapedServer(url) as shaped, socket.socket() as browser:
            browser.setblocking(False)
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(browser, ("127.0.0.1", int(shaped.url.rsplit(":", 1)[1])))
            await loop.sock_sendall(browser, b"POST /x HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(loop.sock_sendall(browser, bytes(50_000_000)), 0.5)
            assert shaped.read().up.offered_bytes < 10_000_000

    run(scenario())


def test_a_killed_server_closes_what_it_had() -> None:
    async def scenario() -> None:
        with rendering() as running, ShapedServer(running.url) as shaped:
            async with aiohttp.ClientSession() as http:
                viewer = Viewer(http, shaped.url, running.config.control_token)
                assert await viewer.join() == 201
                await viewer.until(lambda: viewer.numbers)
                reading = shaped.read()
                assert (reading.connections, reading.relays) == (1, 1)
                running.supervisor.stop()
                running.listener.close()
                await _until(lambda: shaped.read().connections == 0)
                await _until(lambda: shaped.read().relays == 0)
                with pytest.raises(aiohttp.ClientError):
                    await http.get(f"{shaped.url}/healthz")
                await viewer.close()

    run(scenario())


def test_what_it_cannot_do_is_said_at_once() -> None:
    with pytest.raises(RuntimeError, match="http://"):
        ShapedServer("https://127.0.0.1:1")
    with ShapedServer("http://127.0.0.1:1/x?y=1#token=z") as shaped:
        assert shaped.url.endswith("/x?y=1#token=z")
        with pytest.raises(RuntimeError, match="script"):
            shaped.play(up=[(-1.0, LinkSettings())])
        os.kill(shaped._child.pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match="died"):
            shaped.read()
        shaped.close()
        shaped.close()
