"""The line in front of a server: one TCP relay for what the browser asks, a UDP relay for each session.

    browser ──TCP──▶ Connection: HTTP read, SDP changed ─up───▶ server
            ◀──────                                     ◀─down─
            ──UDP──▶ UdpRelay, made by an answer        ─up───▶ server's candidate
            ◀──────                                     ◀─down─

All of it shares the two wires: it is one household's line.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import urlsplit

from shaper_http import Exchange
from shaper_link import Link
from shaper_sdp import through_relays, without_candidates
from shaper_tcp import HIGH_WATER_BYTES, MSS_BYTES, TcpFlow
from shaper_trace import FrameTrace
from shaper_udp import UdpRelay
from shaper_wire import Wire

#: Connections at once.  A browser opens six, and one for each WebSocket.
MAX_CONNECTIONS = 256

#: Relays at once, ended sessions that were not taken leave of included.
MAX_RELAYS = 64

#: Seconds that a relay stays after its session has ended, for the last words of DTLS.
LINGER_S = 1.0


class Proxy:
    """Serve a server's content over a shaped line.

    Parameters
    ----------
    upstream_url : str
        The server, ``http`` only.
    up, down : Link
        The line, as the browser sees it.
    """

    def __init__(self, upstream_url: str, up: Link, down: Link) -> None:
        parts = urlsplit(upstream_url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"can only stand in front of http://…, not {upstream_url}")
        self.host, self.port = parts.hostname, parts.port or 80
        self._loop = asyncio.get_running_loop()
        self.up, self.down = Wire(self._loop, up), Wire(self._loop, down)
        self.trace = FrameTrace()
        self.connections: set[Connection] = set()
        self._relays: dict[UdpRelay, str] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1") -> int:
        """Listen; return the port."""
        listener = _make_socket(socket.AF_INET)
        listener.bind((host, 0))
        self._server = await self._loop.create_server(lambda: Connection(self), sock=listener)
        return listener.getsockname()[1]

    def close(self) -> None:
        """Close everything at once."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.close()
        for relay in list(self._relays):
            relay.close()
        self.up.close()
        self.down.close()

    def read(self) -> dict[str, Any]:
        """Return the counters."""
        now = self._loop.time()
        reading: dict[str, Any] = {
            "cpu_s": time.process_time(),
            "connections": len(self.connections),
            "relays": len(self._relays),
        }
        for name, wire in (("up", self.up), ("down", self.down)):
            gauges = {"at_s": now, "queue_ms": 1000 * wire.link.wait_s(now)}
            reading[name] = asdict(wire.link.counters) | gauges
        return reading

    def change_answer(self, sdp: str, location: str) -> str:
        """Make the relays of a new session."""
        # One for each transport: media sections that are bundled have the same candidates.
        made: dict[tuple[str, int], UdpRelay] = {}

        def relay_for(server: tuple[str, int]) -> tuple[str, int]:
            if server not in made:
                if len(self._relays) >= MAX_RELAYS:
                    next(iter(self._relays)).close()
                made[server] = UdpRelay(self._loop, self.up, self.down, server, self._forget, self.trace)
                self._relays[made[server]] = urlsplit(location).path
            return made[server].address

        return through_relays(sdp, relay_for)

    def session_ended(self, path: str) -> None:
        """Close the relays of a session, a little later."""
        for relay, of_path in self._relays.items():
            if of_path == path:
                self._loop.call_later(LINGER_S, relay.close)

    def _forget(self, relay: UdpRelay) -> None:
        self._relays.pop(relay, None)


class _Side(asyncio.Protocol):
    """One of the two real connections."""

    def __init__(self, connection: Connection, is_browser: bool) -> None:
        self._connection, self._is_browser = connection, is_browser

    def data_received(self, data: bytes) -> None:
        self._connection.received(data, from_browser=self._is_browser)

    def eof_received(self) -> bool:
        self._connection.ended(from_browser=self._is_browser)
        return True

    def pause_writing(self) -> None:
        self._connection.flow_to(self._is_browser).open(False)

    def resume_writing(self) -> None:
        self._connection.flow_to(self._is_browser).open()

    def connection_lost(self, error: Exception | None) -> None:
        self._connection.lost()


class Connection(_Side):
    """A browser's connection, and the one to the server that stands for it."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(self, is_browser=True)
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._exchange = Exchange(without_candidates, proxy.change_answer, proxy.session_ended)
        self._browser: asyncio.Transport | None = None
        self._server: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._up = self._flow(is_up=True)
        self._down = self._flow(is_up=False)
        self._ended = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._browser = cast("asyncio.Transport", transport)
        if len(self._proxy.connections) >= MAX_CONNECTIONS:
            transport.close()
            return
        self._proxy.connections.add(self)
        self._connecting = self._loop.create_task(self._connect())
        self._down.open()

    def received(self, data: bytes, *, from_browser: bool) -> None:
        try:
            if from_browser:
                self._up.feed(self._exchange.from_browser(data))
            else:
                self._down.feed(self._exchange.from_server(data))
        except (ValueError, OSError) as error:
            print(f"shaper: {error!r}", file=sys.stderr, flush=True)
            self.close()

    def ended(self, *, from_browser: bool) -> None:
        if from_browser:
            self._up.end()
        else:
            self._down.feed(self._exchange.server_ended())
            self._down.end()

    def flow_to(self, browser: bool) -> TcpFlow:
        """Return the flow that writes to one of the sides."""
        return self._down if browser else self._up

    def lost(self) -> None:
        """One of the two is gone without taking leave."""
        self.close()

    def close(self) -> None:
        """Close both at once; idempotent."""
        self._proxy.connections.discard(self)
        if self._connecting is not None:
            self._connecting.cancel()
        self._up.close()
        self._down.close()
        for transport in (self._browser, self._server):
            if transport is not None and not transport.is_closing():
                transport.close()

    async def _connect(self) -> None:
        # The browser's handshake with us takes no time, but would take a round trip on the line.
        handshake = asyncio.ensure_future(asyncio.sleep(self._up.round_trip_s()))
        try:
            infos = await self._loop.getaddrinfo(self._proxy.host, self._proxy.port, type=socket.SOCK_STREAM)
            for family, _kind, _protocol, _name, address in infos:
                connecting = _make_socket(family)
                try:
                    await self._loop.sock_connect(connecting, address)
                    break
                except OSError:
                    connecting.close()
                except asyncio.CancelledError:
                    connecting.close()
                    raise
            else:
                self.close()
                return
            transport, _side = await self._loop.create_connection(
                lambda: _Side(self, is_browser=False), sock=connecting
            )
            self._server = transport
            await handshake
        finally:
            handshake.cancel()
        self._up.open()

    def _flow(self, *, is_up: bool) -> TcpFlow:
        wires = (self._proxy.up, self._proxy.down) if is_up else (self._proxy.down, self._proxy.up)

        def target() -> asyncio.Transport | None:
            return self._server if is_up else self._browser

        def write(data: bytes) -> None:
            transport = target()
            if transport is not None:
                transport.write(data)

        def finish() -> None:
            transport = target()
            self._ended += 1
            if transport is not None and not transport.is_closing():
                with contextlib.suppress(OSError):  # reset meanwhile
                    transport.write_eof()
            if self._ended == 2 and self._browser is not None:
                self._browser.close()

        def on_room(room: bool) -> None:
            source = self._browser if is_up else self._server
            if source is None or source.is_closing():
                return
            if room:
                source.resume_reading()
            else:
                source.pause_reading()

        return TcpFlow(self._loop, *wires, write, finish, on_room)


def _make_socket(family: int) -> socket.socket:
    """Make a socket whose kernel buffers are those of a line, not those of the loopback device.

    There the kernel would hold megabytes for both sides (segments of 64 kB, ten of them at once), and a
    server that watches its own backlog would see none.
    """
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HIGH_WATER_BYTES)
    if hasattr(socket, "TCP_MAXSEG"):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MSS_BYTES)
    return made
