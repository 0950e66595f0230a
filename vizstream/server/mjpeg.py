"""``GET /stream.mjpeg`` and ``GET /snapshot.png``: the picture for whatever can show an image.

Nobody acknowledges anything here, but the kernel knows what it still holds: a picture has left when that is
nothing, and only then is the next one begun.  There is no input, and no state.
"""

from __future__ import annotations

import array
import asyncio
import logging
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from vizstream.congestion.frames import FrameControl
from vizstream.media.codecs import JPEG
from vizstream.media.still import encode_png

from .problem import problem
from .split import BOUNDARY, SplitTransport, part
from .transport import TransportStats
from .websocket import Newest, bound_unsent

if TYPE_CHECKING:
    import socket

    from vizstream.media.rung import EncodedFrame

    from .hub import Hub
    from .session import Session
    from .transport import Viewer

logger = logging.getLogger(__name__)

#: Where viewers start: half a picture, ten times a second.
START_BPS = 3_000_000

#: Seconds between looks at what the kernel holds, and at whether the viewer is there while nothing is sent.
LOOK_S = 0.004
REST_S = 2.0

#: Seconds that a snapshot may take: a scene that nobody watched must draw first.
SNAPSHOT_S = 10.0
#: Snapshots at once: each holds a picture or two, 33 MB of a 4K one, and packs it for 0.1 s or more.
MAX_SNAPSHOTS = 4


class MjpegTransport:
    """Reach a viewer with one JPEG after the other.

    Parameters
    ----------
    viewer : Viewer
        Who is told what happens.
    """

    kind = "mjpeg"
    rank = 0
    codecs = (JPEG,)
    listens = False
    state_backlog = 0

    def __init__(self, viewer: Viewer) -> None:
        self.stats = TransportStats()
        self.control = FrameControl(start_bps=START_BPS)
        self._viewer = viewer
        self._number = 0
        self._frame: EncodedFrame | None = None
        self._newest = Newest()
        self._news = asyncio.Event()
        self._closing = False
        self._tcp: asyncio.Transport | None = None
        self._sending = False

    async def frame(self, timeout_s: float) -> EncodedFrame | None:
        """Wait for a frame; None where none comes in time, or none will come any more."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except asyncio.TimeoutError:
            return None
        self._news.clear()
        frame, self._frame = self._frame, None
        return frame

    async def pour(self, response: web.StreamResponse, request: web.Request) -> None:
        """Send frames, the newest each time, until either side has enough."""
        transport = self._tcp = request.transport
        sock = transport.get_extra_info("socket") if transport is not None else None
        if sock is not None:
            bound_unsent(sock)
        try:
            await response.write(f"--{BOUNDARY}\r\n".encode())
            while not self._closing and transport is not None and not transport.is_closing():
                frame = await self.frame(REST_S)
                self._viewer.heard()
                if frame is not None:
                    self._sending = True
                    await self._send(response, frame, sock)
                    self._sending = False
        except ConnectionError:
            logger.debug("a viewer of JPEGs has gone")

    async def _send(
        self, response: web.StreamResponse, frame: EncodedFrame, sock: socket.socket | None
    ) -> None:
        message = part(frame.data)
        self._number += 1
        self.control.on_sent(self._number, len(message), time.monotonic_ns())
        self.stats.frames += 1
        self.stats.bytes += len(frame.data)
        await response.write(message)
        # The kernel tells only who asks.
        while sock is not None and not self._closing and unsent_bytes(sock):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        self.control.on_acknowledged(self._number, time.monotonic_ns())

    # As a transport

    @property
    def lags(self) -> bool:
        """Whether the viewer does not keep up; from any thread."""
        return self.control.lags(time.monotonic_ns())

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:  # noqa: ARG002
        """Let a frame be the next one to be sent, in place of one that still waits."""
        if frame.codec == JPEG and not self._newest.is_older(frame.info):
            self._newest = Newest(frame.info.window_id, frame.info.seq)
            self._frame = frame
            self._news.set()
        return None

    def tell(self, text: str) -> None:
        """Drop a message: there is nobody who reads it."""

    def may_encode(self, lead_s: float) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon; from any thread."""
        return self.control.may_encode(time.monotonic_ns(), 1000 * lead_s)

    def tick(self) -> None:
        """Let time pass for the controller."""
        self.control.on_tick(time.monotonic_ns())

    def sound(self) -> None:
        """Stills are not for those who see JPEGs only."""

    def start_from(self, bps: int) -> None:
        """Nobody comes here from elsewhere."""

    async def close(self) -> None:
        """End; idempotent."""
        self._closing = True
        self._news.set()
        if self._sending and self._tcp is not None:
            self._tcp.abort()  # what a viewer does not take would wait for ever


class MjpegEndpoint:
    """Handlers of ``/stream.mjpeg`` and ``/snapshot.png``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._snapshots = 0

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send pictures for as long as the viewer takes them."""
        wanted = request.query.get("session", "")
        present = self._hub.sessions.get(wanted)
        apart = present.find("mjpeg") if present is not None else None
        if wanted and not isinstance(apart, SplitTransport):
            return problem(404, "nobody waits for pictures under that session")
        if not wanted and self._hub.full:
            return problem(503, "as many viewers as allowed are here already", {hdrs.RETRY_AFTER: "10"})
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store", "X-Accel-Buffering": "no"})
        response.content_type = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        await response.prepare(request)
        if isinstance(apart, SplitTransport):
            await apart.pour(response, request.transport)
            return response
        session, transport = self._join(request)
        try:
            await transport.pour(response, request)
        finally:
            session.close()
        return response

    async def snapshot(self, request: web.Request) -> web.StreamResponse:
        """Send the newest picture, exact."""
        if self._snapshots >= MAX_SNAPSHOTS:
            return problem(503, "too many snapshots are just being taken", {hdrs.RETRY_AFTER: "1"})
        self._snapshots += 1
        session, transport = self._join(request, fleeting=True)
        try:
            png = await asyncio.wait_for(self._png(session, transport), SNAPSHOT_S)
        except asyncio.TimeoutError:
            return problem(503, "the scene has not drawn a picture yet", {hdrs.RETRY_AFTER: "5"})
        finally:
            self._snapshots -= 1
            session.close()
        return web.Response(body=png, content_type="image/png", headers={hdrs.CACHE_CONTROL: "no-store"})

    async def _png(self, session: Session, transport: MjpegTransport) -> bytes:
        loop = asyncio.get_running_loop()
        while True:
            frame = await transport.frame(SNAPSHOT_S)
            source = self._hub.stills.source_of(self._hub.windows.seen_by(session.viewer))
            picture = None
            if frame is not None:
                newest = partial(source.still, frame.info.seq, or_newer=True)
                picture = await loop.run_in_executor(None, newest)
            if picture is not None:
                return await loop.run_in_executor(None, encode_png, picture.bgra)

    def _join(self, request: web.Request, *, fleeting: bool = False) -> tuple[Session, MjpegTransport]:
        # Whichever token it was: who cannot act must not come to own the scene.
        session = self._hub.join("view")
        session.tunnelled, session.fleeting = request["tunnelled"], fleeting
        window = request.query.get("window", "")
        if window.isascii() and window.isdigit():
            self._hub.windows.choose(session.viewer, int(window[:9]))
        transport = MjpegTransport(session)
        session.add(transport)
        session.opened(transport)
        return session, transport


def unsent_bytes(sock: socket.socket) -> int:
    """Return the bytes that the other end has not acknowledged; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    held = array.array("i", [0])
    try:
        fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, held)
    except (OSError, ValueError):  # closed meanwhile
        return 0
    return held[0]
