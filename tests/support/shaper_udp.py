"""A relay between the browser and the server's ICE candidate, which behaves like a NAT in between.

    browser 192.0.2.2:5000 ──▶ relay :6000 ─up─▶ flow :7000 ──▶ server's candidate :8000
                           ◀──             ◀down─           ◀──

The browser is known only once its first check arrives, and may check from several sockets: each of its
addresses gets a flow, that is a socket of its own towards the server.  The server sees the flow's address as
peer-reflexive, so neither side needs to know of the relay.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from shaper_trace import FrameTrace
    from shaper_wire import Wire

#: Bytes of IPv4 and UDP headers, which take their time on the line as well.
HEADER_BYTES = 28

#: Addresses of one browser: it has a socket a network interface.
MAX_FLOWS = 8

#: Datagrams read before others get their turn.
BATCH = 64

#: More than a datagram of WebRTC has: SRTP and DTLS keep below the usual MTU of 1500.
DATAGRAM_BYTES = 4096

#: Seconds without a packet after which a relay is given up.  ICE asks for consent every 5 s.
IDLE_S = 60.0


class UdpRelay:
    """Relay one session's datagrams.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Runs it.
    up, down : Wire
        The line, which other sessions may share.
    server : (str, int)
        The server's candidate.
    on_close : callable, optional
        Called once with the relay when it closes, whoever closes it.
    trace : FrameTrace, optional
        Told of all that goes down.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        up: Wire,
        down: Wire,
        server: tuple[str, int],
        on_close: Callable[[UdpRelay], None] | None = None,
        trace: FrameTrace | None = None,
    ) -> None:
        self._loop = loop
        self._trace = trace
        self._up, self._down = up, down
        self._server = server
        self._on_close = on_close
        self._family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self._flows: dict[tuple, _Flow] = {}
        self.closed = False
        # The address from which the server is reached is one that the browser on this machine reaches.
        with socket.socket(self._family, socket.SOCK_DGRAM) as probe:
            probe.connect(server)
            host = probe.getsockname()[0]
        self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        loop.add_reader(self._socket, self._from_browser)
        self._heard_at = loop.time()
        self._idle = loop.call_later(IDLE_S, self._check_idle)

    def close(self) -> None:
        """Close all sockets; what is on its way is dropped.  Idempotent."""
        if self.closed:
            return
        self.closed = True
        self._idle.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for flow in self._flows.values():
            self._loop.remove_reader(flow.socket)
            flow.socket.close()
        self._flows.clear()
        if self._on_close is not None:
            self._on_close(self)

    def _from_browser(self) -> None:
        self._heard_at = self._loop.time()
        for _datagram in range(BATCH):
            try:
                data, address = self._socket.recvfrom(DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                # The browser has closed its socket; its other one may live.
                continue
            flow = self._flows.get(address)
            if flow is None:
                if len(self._flows) >= MAX_FLOWS:
                    continue
                flow = self._flows[address] = self._open(address)
            self._up.send(len(data) + HEADER_BYTES, flow.to_server, data)

    def _from_server(self, flow: _Flow) -> None:
        self._heard_at = self._loop.time()
        for _datagram in range(BATCH):
            try:
                data = flow.socket.recv(DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                # Nobody has the server's candidate any more: the session, or the server, has ended.
                self.close()
                return
            due_s = self._down.send(len(data) + HEADER_BYTES, flow.to_browser, data)
            if self._trace is not None:
                self._trace.note(data, len(data) + HEADER_BYTES, self._heard_at, due_s)

    def _open(self, address: tuple) -> _Flow:
        upstream = socket.socket(self._family, socket.SOCK_DGRAM)
        upstream.setblocking(False)
        upstream.connect(self._server)
        flow = _Flow(upstream, self._socket, address)
        self._loop.add_reader(upstream, self._from_server, flow)
        return flow

    def _check_idle(self) -> None:
        left_s = self._heard_at + IDLE_S - self._loop.time()
        if left_s <= 0:
            self.close()
        else:
            self._idle = self._loop.call_later(left_s, self._check_idle)


class _Flow:
    """One address of the browser, and the socket that stands for it towards the server."""

    def __init__(self, upstream: socket.socket, relay: socket.socket, address: tuple) -> None:
        self.socket = upstream
        self._relay = relay
        self._address = address

    def to_server(self, data: bytes) -> None:
        # Refused or closed meanwhile: reading notices what matters.  Full: a datagram may get lost.
        with contextlib.suppress(OSError):
            self.socket.send(data)

    def to_browser(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._relay.sendto(data, self._address)
