"""``GET /ws``: a WebSocket, opened by a message that says what the viewer decodes.

The token is in a subprotocol (`auth.presented`), so that it is looked at before anything else.  A connection
that is refused later is closed with a code that begins with 4 and ends with the HTTP status that says the
same.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from vizstream.errors import ProtocolError
from vizstream.media.codecs import JPEG, named

from . import framing
from .problem import problem
from .split import PICTURES_APART, SplitTransport
from .websocket import WebSocketTransport
from .whep import MAX_HANDSHAKES

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

logger = logging.getLogger(__name__)

#: What we answer of the subprotocols that a viewer names: one must be answered.
SUBPROTOCOL = "vizstream"

#: Seconds for the first message, and for a refused viewer to close.
OPENING_S = 5.0
REFUSED_S = 1.0


class _RefusedError(Exception):
    """Close with this status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class WebSocketEndpoint:
    """The handler of ``/ws``; the role stands in the request under ``"role"``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._opening = 0

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Take a connection, and serve it until it ends."""
        if self._opening >= MAX_HANDSHAKES:
            return problem(503, "too many viewers are just connecting", {hdrs.RETRY_AFTER: "1"})
        ws = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            max_msg_size=framing.MAX_MESSAGE_BYTES,
            compress=False,
            timeout=REFUSED_S,
        )
        if not ws.can_prepare(request):
            return problem(426, "this is for WebSockets", {hdrs.UPGRADE: "websocket"})
        self._opening += 1
        try:
            await ws.prepare(request)
            transport = await self._open(request, ws)
        except _RefusedError as refused:
            with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
                closing = ws.close(code=4000 + refused.status, message=str(refused).encode())
                await asyncio.wait_for(closing, REFUSED_S)
            return ws
        finally:
            self._opening -= 1
        await transport.run()
        return ws

    async def _open(self, request: web.Request, ws: web.WebSocketResponse) -> WebSocketTransport:
        try:
            first = await asyncio.wait_for(ws.receive(), OPENING_S)
            opening = framing.read_opening(first.data)
        except asyncio.TimeoutError as error:
            raise _RefusedError(408, "the first message did not come") from error
        except ProtocolError as error:
            raise _RefusedError(400, str(error)) from error
        apart = opening.codecs == (PICTURES_APART,)
        codecs = (JPEG,) if apart else named(opening.codecs, self._hub.config.codec)
        if not codecs:
            raise _RefusedError(406, "no codec in common")
        session = self._session(opening.session, request["role"])
        session.tunnelled = request["tunnelled"]
        places = {codec: 0 if apart else opening.codecs.index(codec.name) for codec in codecs}
        sock = request.transport.get_extra_info("socket") if request.transport is not None else None
        kind = SplitTransport if apart else WebSocketTransport
        transport = kind(session, ws, codecs, places, self._hub.rtp_offset, sock)
        session.add(transport)
        return transport

    def _session(self, wanted: str, role: str) -> Session:
        """Return the session that a viewer has, or a new one."""
        session = self._hub.sessions.get(wanted)
        if session is not None and session.belongs_to(role):
            return session
        if self._hub.full:
            raise _RefusedError(503, "as many viewers as allowed are here already")
        return self._hub.join(role)
