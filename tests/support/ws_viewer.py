"""A viewer over ``/ws``, made of aiohttp and libav: what docs/protocol.md says, and nothing of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import av
from serving import number_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PING, DELTA, KEY = 0, 1, 2
_DECODERS = {"h264": "h264", "av1": "libdav1d", "vp9": "vp9", "vp8": "vp8", "jpeg": "mjpeg"}


class WsViewer:
    """Open, read, acknowledge.

    Parameters
    ----------
    http : aiohttp.ClientSession
        To connect with.
    url : str
        Of the server.
    token : str
        As in the page's address.
    codecs : sequence of str
        What it claims to decode.
    session : str
        The session that it joins; empty for a new one.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        token: str,
        codecs: tuple[str, ...] = ("h264-high",),
        session: str = "",
    ) -> None:
        self.numbers: list[int] = []
        self.messages: list[dict[str, Any]] = []
        self.pings = 0
        self.keys = 0
        self.bytes = 0
        self.codec = ""
        #: Whether frames are acknowledged.
        self.acknowledges = True
        self.close_code: int | None = None
        self.number = 0
        self.stamps: list[int] = []
        self._http, self._url = http, url
        self._protocols = ("vizstream", f"bearer.{token}")
        self._opening = {"type": "open", "session": session, "codecs": list(codecs)}
        self._codecs = codecs
        self._decoders: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Connect and send the first message."""
        self.ws = await self._http.ws_connect(f"{self._url}/ws", protocols=self._protocols, max_msg_size=0)
        await self.ws.send_json(self._opening)
        self._task = asyncio.create_task(self._read())

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Return the state messages of one type."""
        return [message for message in self.messages if message["type"] == kind]

    async def say(self, **message: Any) -> None:
        """Send an input message."""
        await self.ws.send_json(message)

    async def until(self, condition: Callable[[], Any], timeout: float = 20.0) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.close_code=} {self.numbers[-5:]=} {self.messages[-5:]=}")
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Leave."""
        await self.ws.close()
        if self._task is not None:
            await self._task

    async def _read(self) -> None:
        async for message in self.ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.messages.append(json.loads(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                await self._take(message.data)
        self.close_code = self.ws.close_code

    async def _take(self, data: bytes) -> None:
        kind, codec, number, stamp = struct.unpack_from("!BBxxII", data)
        self.bytes += len(data)
        self.number = number
        if kind == PING:
            self.pings += 1
        else:
            self.keys += kind == KEY
            self.codec = self._codecs[codec]
            self.stamps.append(stamp)
            self.numbers += [number_of(frame) for frame in self._decode(data[12:])]
        if self.acknowledges:
            await self.acknowledge(number)

    async def acknowledge(self, number: int) -> None:
        """Say that a message and all before it have come."""
        with contextlib.suppress(ConnectionError):
            await self.ws.send_bytes(struct.pack("!BI", 1, number))

    def _decode(self, picture: bytes) -> list[Any]:
        family = self.codec.split("-")[0]
        if family not in self._decoders:
            decoder = self._decoders[family] = av.CodecContext.create(_DECODERS[family], "r")
            decoder.thread_count = 1
            decoder.options = {"flags": "low_delay"}
        frames: list[Any] = self._decoders[family].decode(av.Packet(picture))
        return frames


@contextlib.asynccontextmanager
async def ws_viewer(url: str, token: str, *codecs: str, session: str = "") -> AsyncIterator[WsViewer]:
    """Join, and leave at the end."""
    async with aiohttp.ClientSession() as http:
        viewer = WsViewer(http, url, token, codecs or ("h264-high",), session)
        await viewer.join()
        try:
            yield viewer
        finally:
            await viewer.close()
