"""A viewer's WebSocket as a transport: the same frames and messages as over WebRTC, through the HTTP port.

TCP would queue whatever it is given, in the kernel and at the bottleneck.  So a frame is only begun when
those before it have been acknowledged by the page, but for what the round trip holds (`congestion.frames`),
the kernel is told to take no more than it can send, and a viewer who does not keep up is sent nothing until
it does, and then begins at a keyframe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import WSMsgType

from vizstream.congestion.frames import FrameControl
from vizstream.errors import ProtocolError

from . import framing
from .transport import TransportStats

if TYPE_CHECKING:
    from aiohttp import web

    from vizstream.ipc.frame_ring import FrameInfo
    from vizstream.media.codecs import Codec
    from vizstream.media.rung import EncodedFrame

    from .transport import Viewer

logger = logging.getLogger(__name__)

#: Where viewers start: the first keyframe of half a picture is there in half a second at 400 kbit/s.
START_BPS = 1_000_000

#: Bytes around a message: WebSocket's header and TCP's and IP's of its segments.
SEGMENT_BYTES, SEGMENT_OVERHEAD_BYTES = 1400, 52

#: Bytes that the kernel may hold unsent.  More would only grow old there; less than some segments would let
#: the line fall idle until this process runs again.
UNSENT_BYTES = 16 * 1024
#: ``TCP_NOTSENT_LOWAT``, which Python does not name.
_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}

#: Seconds without a message to the viewer after which it is pinged.  An idle page costs this much: 81 bytes
#: there and 68 back.
PING_INTERVAL_S = 2.0

#: State messages that may wait; a viewer who takes fewer is gone.
MAX_STATE_BYTES = 1024 * 1024

#: Messages a second that are read from a viewer, and the burst above it: the most that is honest are 500
#: inputs and 100 acknowledgements.
MAX_RATE_HZ = 1000.0
RATE_BURST = 2000.0

#: How long closing may take, in seconds.
CLOSE_S = 1.0


#: Seconds without a message after which `sound` sends one.
SOUND_S = 0.15


class WebSocketTransport:
    """Reach a viewer over a WebSocket.

    Parameters
    ----------
    viewer : Viewer
        Who is told what happens.
    ws : aiohttp.web.WebSocketResponse
        Prepared; its first message has been read.
    codecs : tuple of Codec
        What the viewer decodes.
    places : dict of Codec to int
        Where each stands in the viewer's list.
    rtp_offset : int
        Origin of the RTP time stamps.
    sock : socket, optional
        Beneath it.
    """

    rank = 1

    def __init__(
        self,
        viewer: Viewer,
        ws: web.WebSocketResponse,
        codecs: tuple[Codec, ...],
        places: dict[Codec, int],
        rtp_offset: int,
        sock: socket.socket | None = None,
    ) -> None:
        #: Whether each picture stands for itself.
        self._stills = codecs[0].family == "jpeg"
        self.kind = "jpeg" if self._stills else "websocket"
        self.codecs = codecs
        self.stats = TransportStats()
        self.control = FrameControl(start_bps=START_BPS)
        self._viewer = viewer
        self._ws = ws
        self._places = places
        self._rtp_offset = rtp_offset
        self._needs_keyframe = True
        self._newest = Newest()
        self._rtp_time = 0
        self._number = 0
        self._frames: deque[tuple[int, bytes]] = deque()  # kind and message
        self._texts: deque[str] = deque()
        self._text_bytes = 0
        self._news = asyncio.Event()
        self._sent_at = 0.0
        self._closing = False
        self._tokens = RATE_BURST
        self._refilled_at = time.monotonic()
        if sock is not None:
            bound_unsent(sock)

    async def run(self) -> None:
        """Serve the connection until it ends."""
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._keep_alive())]
        try:
            self._ping()
            self._viewer.opened(self)
            self._viewer.listening(self)
            await self._read()
        finally:
            self._closing = True
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._viewer.closed(self)

    async def close(self) -> None:
        """Close the connection; idempotent, and bounded in time."""
        self._closing = True
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError, RuntimeError):
            await asyncio.wait_for(self._ws.close(), CLOSE_S)

    # Towards the viewer

    @property
    def listens(self) -> bool:
        """Whether state messages arrive."""
        return not self._closing

    @property
    def state_backlog(self) -> int:
        """Bytes of state that wait."""
        return self._text_bytes

    @property
    def lags(self) -> bool:
        """Whether the viewer does not keep up, so that nobody should wait for it; from any thread."""
        return self.control.lags(time.monotonic_ns())

    def tell(self, text: str) -> None:
        """Send one state message."""
        self._texts.append(text)
        self._text_bytes += len(text)
        if self._text_bytes > MAX_STATE_BYTES:
            logger.info("a viewer takes no messages any more")
            self._drop()
        self._news.set()

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:
        """Send one frame; see `VideoSender.push`."""
        if self._closing or frame.codec not in self._places or (self._needs_keyframe and not frame.keyframe):
            return None
        if self._stills and self._newest.is_older(frame.info):
            return None
        lags = self.lags or self.control.full
        # JPEGs come at the pace of the fastest; one that this viewer has no room for may be left out.
        if lags or (self._stills and not self.may_encode(0.0)):
            self.stats.overflows += lags and not self._needs_keyframe
            self._needs_keyframe = True
            return None
        self._needs_keyframe = False
        self._newest = Newest(frame.info.window_id, frame.info.seq)
        self._rtp_time = max(self._rtp_time + 2, frame.rtp_time)
        stamp = (self._rtp_time + self._rtp_offset) & 0xFFFFFFFE | again
        if self.control.wants_ping(time.monotonic_ns()):
            self._ping()
        kind = framing.KEY if frame.keyframe else framing.DELTA
        self._queue(kind, self._places[frame.codec], stamp, frame.data)
        self.stats.frames += 1
        self.stats.bytes += len(frame.data)
        return stamp

    def may_encode(self, lead_s: float) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon; from any thread."""
        return self.control.may_encode(time.monotonic_ns(), 1000 * lead_s)

    def tick(self) -> None:
        """Let time pass for the controller."""
        self.control.on_tick(time.monotonic_ns())

    def sound(self) -> None:
        """Ping now and then: the answer tells how long the queue is."""
        if time.monotonic() - self._sent_at > SOUND_S and not self.control.in_flight_bytes:
            self._ping()

    def start_from(self, bps: int) -> None:
        """Begin with a rate that another transport found the line to carry."""
        if not self.stats.frames:
            self.control = FrameControl(start_bps=max(bps, START_BPS))

    def _ping(self) -> None:
        self._queue(framing.PING, 0, 0, b"")

    def _queue(self, kind: int, codec: int, stamp: int, data: bytes) -> None:
        self._number += 1
        message = self._packed(kind, codec, stamp, data)
        size = len(message) + SEGMENT_OVERHEAD_BYTES * (1 + len(message) // SEGMENT_BYTES)
        self.control.on_sent(self._number, size, time.monotonic_ns())
        self._frames.append((kind, message))
        self._news.set()

    def _packed(self, kind: int, codec: int, stamp: int, data: bytes) -> bytes:
        """Return the message of the present number as it will be sent."""
        return framing.pack(kind, codec, self._number, stamp, data)

    async def _send(self, kind: int, message: bytes) -> None:  # noqa: ARG002 - for who sends some elsewhere
        """Hand one message to TCP."""
        await self._ws.send_bytes(message)

    async def _write(self) -> None:
        """Hand to TCP what waits, messages first; the only one who writes."""
        try:
            while True:
                while self._texts or self._frames:
                    if self._texts:
                        text = self._texts.popleft()
                        self._text_bytes -= len(text)
                        await self._ws.send_str(text)
                    else:
                        await self._send(*self._frames.popleft())
                    self._sent_at = time.monotonic()
                self._news.clear()
                await self._news.wait()
        except (ConnectionError, RuntimeError):  # aiohttp's for a connection that is closing
            self._drop()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(PING_INTERVAL_S)
            # Nothing is piled up for a viewer who answers nothing.
            if time.monotonic() - self._sent_at > 0.9 * PING_INTERVAL_S and not self.control.in_flight_bytes:
                self._ping()

    def _drop(self) -> None:
        """End the connection at once."""
        self._closing = True
        transport = self._ws.get_extra_info("transport")
        if transport is not None:
            transport.abort()

    # From the viewer

    async def _read(self) -> None:
        async for message in self._ws:
            if not self._within_rate():
                logger.info("a viewer sends too many messages")
                await asyncio.wait_for(self._ws.close(code=4429, message=b"too many messages"), CLOSE_S)
                return
            if message.type is WSMsgType.TEXT:
                self._viewer.message(message.data)
            elif message.type is WSMsgType.BINARY:
                self._viewer.heard()
                with contextlib.suppress(ProtocolError):
                    self._take(*framing.read_reply(message.data))

    def _take(self, kind: int, number: int) -> None:
        if kind == framing.NEED_KEYFRAME:
            self.stats.keyframe_requests += 1
            self._needs_keyframe = True
            self._viewer.keyframe(self, joining=False)
            return
        known = self.control.on_acknowledged(number, time.monotonic_ns())
        if known and self._needs_keyframe and self.stats.frames and not self.control.congested:
            self._viewer.keyframe(self, joining=False)

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self._tokens = min(RATE_BURST, self._tokens + (now - self._refilled_at) * MAX_RATE_HZ)
        self._refilled_at = now
        self._tokens -= 1
        return self._tokens >= 0


class Newest(NamedTuple):
    """The newest picture that a viewer was sent.

    While it moves from one rung to another, the one may be a picture behind the other.  JPEGs stand for
    themselves, so none needs to be shown late.
    """

    window: int = -1
    seq: int = 0

    def is_older(self, info: FrameInfo) -> bool:
        """Say whether a picture is older than this one."""
        return info.window_id == self.window and info.seq < self.seq


def bound_unsent(sock: socket.socket) -> None:
    """Let a connection's kernel buffer hold no more than it is about to send, where the system can."""
    option = _NOTSENT_LOWAT.get(sys.platform)
    if option is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)
