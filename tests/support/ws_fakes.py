"""A WebSocket that only takes notes, and a viewer that does, for the transports over one."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any

from vizstream.server import framing

if TYPE_CHECKING:
    from collections.abc import Callable


class Socket:
    """What a transport needs of aiohttp's WebSocket: an iterator over what the test says."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.close_code = 0
        self.replies: asyncio.Queue[Any] = asyncio.Queue()

    async def send_str(self, text: str) -> None:
        self.sent.append(text)

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    async def close(self, *, code: int = 1000, message: bytes = b"") -> None:
        self.close_code = self.close_code or code
        self.replies.put_nowait(None)

    def get_extra_info(self, _name: str) -> None:
        return None

    def __aiter__(self) -> Socket:
        return self

    async def __anext__(self) -> Any:
        reply = await self.replies.get()
        if reply is None:
            raise StopAsyncIteration
        return reply

    @property
    def pictures(self) -> list[tuple[int, int, int]]:
        """Kind, place of the codec and number of each frame that was sent."""
        frames = [struct.unpack_from("!BBxxI", data) for data in self.sent if isinstance(data, bytes)]
        return [frame for frame in frames if frame[0] != framing.PING]


class Viewer:
    """Whom a transport tells what happens."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_options: self.calls.append(name)
