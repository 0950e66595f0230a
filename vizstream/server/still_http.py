"""Sending stills: ``GET /stills/{session}/{seq}``, paced so that nothing waits behind them.

A viewer that sees the video at rest asks for ``/stills/{session}/next``, which is answered once there is a
still: a round trip earlier than one that waits until it is told of it.

TCP would fill whatever queue stands before the viewer's line, and input would be answered behind it.  So
bytes are handed to it at the rate that the viewer's own sender believes its line to carry, and not at all
while somebody steers.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from .problem import problem
from .still import Pace, still_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from .hub import Hub
    from .session import Session
    from .still import Body

#: Seconds between looks at a transfer that pauses.
LOOK_S = 0.02

#: Bytes of a body that may wait in this process.  What waits in the kernel is bounded by the pace.
WRITE_BUFFER_BYTES = 64 * 1024

#: Seconds for which a request for the next still waits.  A scene at rest has its still after 0.2 to 0.4 s.
EXPECT_S = 2.0


class StillEndpoint:
    """Handlers of ``/stills/{id}/{seq}``, ``/stills/{id}/{seq}/draft``, and ``/stills/{id}/next``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def exact(self, request: web.Request) -> web.StreamResponse:
        """Send the lossless still."""
        return await self._find(request, draft=False)

    async def draft(self, request: web.Request) -> web.StreamResponse:
        """Send the lossy one."""
        return await self._find(request, draft=True)

    async def next(self, request: web.Request) -> web.StreamResponse:
        """Send the lossless still that the viewer is told of next, or nothing where that stays out."""
        session = self._hub.sessions.get(request.match_info["id"])
        if session is None:
            return problem(404, "no such session, or no longer")
        still = await self._hub.stills.expect(session, EXPECT_S)
        if still is None:
            return web.Response(status=204)
        return await self._send(request, session, still.exact, still.info.seq)

    async def _find(self, request: web.Request, *, draft: bool) -> web.StreamResponse:
        session = self._hub.sessions.get(request.match_info["id"])
        seq = int(request.match_info["seq"])
        body = self._hub.stills.find(session, seq, draft=draft) if session is not None else None
        if session is None or body is None:
            return problem(404, "no such still, or no longer")
        return await self._send(request, session, body, seq, draft=draft)

    async def _send(
        self, request: web.Request, session: Session, body: Body, seq: int, *, draft: bool = False
    ) -> web.StreamResponse:
        stills = self._hub.stills
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store"})
        response.content_type = "application/octet-stream"
        response.headers[hdrs.CONTENT_LOCATION] = still_url(session.id, seq, draft=draft)
        if body.complete:
            response.content_length = body.size
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        transfer, whole = stills.begin(session), False
        try:
            whole = await _pour(
                response,
                request,
                lambda now: stills.rate_bps(session, transfer, now),
                lambda size: stills.sent(session, transfer, size, draft=draft),
                body,
                stills.bytes_at_once(session),
            )
            stills.bytes_sent += body.size if whole else 0
        finally:
            stills.end(session, transfer, seq, draft=draft, whole=whole)
        if not whole:
            _break_off(request)
        return response


async def _pour(
    response: web.StreamResponse,
    request: web.Request,
    rate: Callable[[float], float | None],
    sent: Callable[[int], None],
    body: Body,
    bytes_at_once: float,
) -> bool:
    """Write a body at the pace of the viewer's line; return whether it was written to its end."""
    if request.transport is not None:
        request.transport.set_write_buffer_limits(WRITE_BUFFER_BYTES)
    pace = Pace(time.monotonic(), bytes_at_once)
    async for part in body.parts():
        rest = memoryview(part)
        while rest:
            now = time.monotonic()
            rate_bps = rate(now)
            if rate_bps is None or body.void or request.transport is None:
                return False
            size = min(pace.allows(now, rate_bps), len(rest))
            if size:
                await response.write(rest[:size])
                pace.spend(size)
                sent(size)
                rest = rest[size:]
            else:
                await asyncio.sleep(pace.delay_s(rate_bps) if rate_bps else LOOK_S)
    return body.complete and not body.void


def _break_off(request: web.Request) -> None:
    """End the connection, and drop what the kernel still holds of it: it is in the way."""
    transport = request.transport
    if transport is None:
        return
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
