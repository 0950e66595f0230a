"""How many connections there may be, and for how long those that say nothing.

aiohttp takes any number of connections and reads their heads for as long as they like.  `KEEPALIVE_S` ends
those that do not finish a request; this bounds how many there are meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .hosts import is_loopback

if TYPE_CHECKING:
    from aiohttp.web import Server

    from .budget import Line, TunnelMeter

#: Seconds for a request's head to arrive, the first one or the next.  Browsers send theirs at once, and open
#: another connection where they find one closed.
KEEPALIVE_S = 10.0

#: Seconds for which a body that nobody reads any more is still taken in before its connection is closed.
LINGER_S = 2.0

#: Connections for each viewer that may be there: a browser opens six at most, one stays after it has loaded.
PER_VIEWER = 8
#: Connections beside those of viewers.
SPARE = 64
#: Connections from one address of another machine.  Through a tunnel or proxy on this one, all come from it.
PER_ADDRESS = 64

_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Doorman:
    """A protocol factory that refuses connections beyond what `server` may have at once.

    Parameters
    ----------
    server : aiohttp.web.Server
        Makes the protocols of those let in, and counts them.
    max_viewers : int
        Viewers that may be there at once.
    meter : TunnelMeter
        Counts what connections from this machine carry: a tunnel comes from here.
    """

    def __init__(self, server: Server, max_viewers: int, meter: TunnelMeter) -> None:
        self.refused = 0
        self.meter = meter
        self._server = server
        self._most = SPARE + PER_VIEWER * max_viewers

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of one new connection."""
        return _Door(self)

    def admit(self, transport: asyncio.Transport) -> asyncio.Protocol | None:
        """Return the protocol that goes on with a connection, or None where there is no place for it."""
        peers = [_peer(protocol.transport) for protocol in self._server.connections]
        peer = _peer(transport)
        if len(peers) >= self._most or (peers.count(peer) >= PER_ADDRESS and not is_loopback(peer)):
            self.refused += 1
            return None
        return self._server()


class _Door(asyncio.Protocol):
    """Stands in until it is known whose connection this is, which a factory is not told.

    On connections from this machine it stays, and counts what comes.
    """

    def __init__(self, doorman: Doorman) -> None:
        self._doorman = doorman
        self._behind: asyncio.Protocol | None = None
        self._line: Line | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a listening socket of TCP makes transports of TCP")
        protocol = self._doorman.admit(transport)
        if protocol is None:
            transport.write(_REFUSAL)
            transport.close()
            return
        if is_loopback(_peer(transport)):
            self._behind = protocol
            self._line = self._doorman.meter.watch(transport)
        else:
            transport.set_protocol(protocol)
        protocol.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._line is not None and self._behind is not None:
            self._line.add(len(data))
            self._behind.data_received(data)

    def eof_received(self) -> bool | None:
        return self._behind.eof_received() if self._behind is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        behind, self._behind = self._behind, None
        if behind is not None:
            behind.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._behind is not None:
            self._behind.pause_writing()

    def resume_writing(self) -> None:
        if self._behind is not None:
            self._behind.resume_writing()


def _peer(transport: asyncio.BaseTransport | None) -> str:
    address = transport.get_extra_info("peername") if transport is not None else None
    return str(address[0]) if address else ""
