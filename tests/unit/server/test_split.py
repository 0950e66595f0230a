"""Messages over a WebSocket, pictures over a stream: where each goes, and what ends which."""

from __future__ import annotations

import asyncio
from typing import Any

from ws_fakes import Socket, Viewer

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.codecs import JPEG
from vizstream.media.rung import EncodedFrame
from vizstream.server.split import BOUNDARY, SplitTransport, part


class Stream:
    """What a transport needs of aiohttp's response and of the connection under it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.aborted = self.broken = False

    async def write(self, data: bytes) -> None:
        if self.broken:
            raise ConnectionResetError
        self.sent.append(data)

    def abort(self) -> None:
        self.aborted = True

    def get_extra_info(self, _name: str) -> None:
        return None


def frame(seq: int) -> EncodedFrame:
    return EncodedFrame([], 3000 * seq, True, FrameInfo(seq, 64, 64, 1, 0, 0, 0, 0), 0, 0, JPEG, b"picture")


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_part_says_how_long_it_is_and_ends_with_the_boundary() -> None:
    assert part(b"abc", "X-Number: 1") == (
        b"Content-Type: image/jpeg\r\nContent-Length: 3\r\nX-Number: 1\r\n\r\nabc\r\n--vizstream\r\n"
    )


def test_pictures_go_into_the_newest_stream_and_the_rest_over_the_websocket() -> None:
    async def scenario() -> None:
        viewer, socket = Viewer(), Socket()
        transport = SplitTransport(viewer, socket, (JPEG,), {JPEG: 0}, 7)
        running = asyncio.create_task(transport.run())
        assert transport.push(frame(1)) is None, "there is no stream yet"
        assert not transport.may_encode(0.0)
        assert transport.lags, "nobody waits for it"
        first, second, third = Stream(), Stream(), Stream()
        pouring = [asyncio.create_task(transport.pour(first, first))]  # type: ignore[arg-type]
        await until(lambda: first.sent)
        assert viewer.calls.count("keyframe") == 1, "a scene at rest draws none by itself"
        stamp = transport.push(frame(2))
        await until(lambda: len(first.sent) == 2)
        assert first.sent[1] == part(b"picture", "X-Number: 2", f"X-Stamp: {stamp}")
        transport.tell("news")
        await until(lambda: "news" in socket.sent)
        assert socket.pictures == []
        pouring.append(asyncio.create_task(transport.pour(second, second)))  # type: ignore[arg-type]
        await pouring[0]
        assert first.aborted
        transport.push(frame(3))
        await until(lambda: len(second.sent) == 2)
        second.broken = True
        transport.push(frame(4))
        await pouring[1]
        assert transport.push(frame(5)) is None
        assert not running.done(), "another stream may be asked for"
        pouring.append(asyncio.create_task(transport.pour(third, third)))  # type: ignore[arg-type]
        await until(lambda: third.sent == [f"--{BOUNDARY}\r\n".encode()])
        await socket.close()
        await running
        await pouring[2]
        assert third.aborted
        late = Stream()
        await transport.pour(late, late)  # type: ignore[arg-type]
        assert late.sent == []

    asyncio.run(asyncio.wait_for(scenario(), 20))
