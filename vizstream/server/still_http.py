"""Sending stills: ``GET /stills/{session}/{seq}``, paced so that nothing waits behind them.

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
from .still import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from .hub import Hub
    from .still import Body

#: Seconds between looks at a transfer that pauses.
LOOK_S = 0.02

#: Bytes of a body that may wait in this process.  What waits in the kernel is bounded by the pace.
WRITE_BUFFER_BYTES = 64 * 1024


class StillEndpoint:
    """Handlers of ``/stills/{id}/{seq}`` and ``/stills/{id}/{seq}/draft``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def exact(self, request: web.Request) -> web.StreamResponse:
        """Send the lossless still."""
        return await self._send(request, draft=False)

    async def draft(self, request: web.Request) -> web.StreamResponse:
        """Send the lossy one."""
        return await self._send(request, draft=True)

    async def _send(self, request: web.Request, *, draft: bool) -> web.StreamResponse:
        session = self._hub.sessions.get(request.match_info["id"])
        seq = int(request.match_info["seq"])
        stills = self._hub.stills
        body = stills.find(session, seq, draft=draft) if session is not None else None
        if session is None or body is None:
            return problem(404, "no such still, or no longer")
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store"})
        response.content_type = "application/octet-stream"
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
