"""A viewer's messages over a WebSocket, its pictures over ``GET /stream.mjpeg?session=…``.

The page takes this where it is told to, and then shows and measures the stream that OBS and VLC get.  But for
where the pictures go all is as with JPEGs over the WebSocket: acknowledgements tell what the line carries.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from . import framing
from .websocket import WebSocketTransport, bound_unsent

if TYPE_CHECKING:
    from aiohttp import web

    from vizstream.media.rung import EncodedFrame

#: What a viewer names in place of codecs when it asks for its pictures itself.
PICTURES_APART = "mjpeg"

BOUNDARY = "vizstream"


def part(picture: bytes, *more: str) -> bytes:
    """Return one part of a stream of pictures.

    Parameters
    ----------
    picture : bytes
        A JFIF file.
    *more : str
        Further header lines.
    """
    lines = ("Content-Type: image/jpeg", f"Content-Length: {len(picture)}", *more, "", "")
    # The boundary that ends a picture goes with it: browsers show one when they have seen its end.
    return "\r\n".join(lines).encode() + picture + f"\r\n--{BOUNDARY}\r\n".encode()


class SplitTransport(WebSocketTransport):
    """Reach a viewer over a WebSocket and a stream of pictures that it asks for by itself."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.kind = "mjpeg"
        self._stream: web.StreamResponse | None = None
        self._poured = asyncio.Event()

    async def run(self) -> None:
        """Serve the connection until it ends, and the stream with it."""
        try:
            await super().run()
        finally:
            self._poured.set()

    async def pour(self, response: web.StreamResponse, transport: asyncio.Transport | None) -> None:
        """Send the pictures there from now on, until either side has enough or asks anew."""
        if self._closing or transport is None:
            return
        sock = transport.get_extra_info("socket")
        if sock is not None:
            bound_unsent(sock)
        self._poured.set()
        poured = self._poured = asyncio.Event()
        try:
            await response.write(f"--{BOUNDARY}\r\n".encode())
            self._stream = response
            # The scene may be at rest, and what was drawn before had nowhere to go.
            self._viewer.keyframe(self, joining=True)
            await poured.wait()
        except ConnectionError:
            pass
        finally:
            if self._stream is response:
                self._stream = None
            transport.abort()  # what a viewer does not take would wait for ever

    # As a transport

    @property
    def lags(self) -> bool:
        """Whether the viewer does not keep up; from any thread."""
        return self._stream is None or super().lags

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:
        """Send one frame, if there is a stream to send it in; see `VideoSender.push`."""
        return None if self._stream is None else super().push(frame, again=again)

    def may_encode(self, lead_s: float) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon; from any thread."""
        return self._stream is not None and super().may_encode(lead_s)

    def _packed(self, kind: int, codec: int, stamp: int, data: bytes) -> bytes:
        if kind == framing.PING:
            return super()._packed(kind, codec, stamp, data)
        return part(data, f"X-Number: {self._number}", f"X-Stamp: {stamp}")

    async def _send(self, kind: int, message: bytes) -> None:
        if kind == framing.PING:
            await super()._send(kind, message)
        elif self._stream is not None:
            try:
                await self._stream.write(message)
            except ConnectionError:
                self._poured.set()
