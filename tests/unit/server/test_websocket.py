"""A WebSocket as a transport, over one that only takes notes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from ws_fakes import Socket, Viewer

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.codecs import CODECS, JPEG, Codec
from vizstream.media.rung import EncodedFrame
from vizstream.server import framing
from vizstream.server.websocket import RATE_BURST, WebSocketTransport

if TYPE_CHECKING:
    from collections.abc import Callable

H264 = CODECS[0]


class Bench:
    def __init__(self, *codecs: Codec) -> None:
        self.viewer, self.socket = Viewer(), Socket()
        places = {codec: place for place, codec in enumerate(codecs)}
        self.transport = WebSocketTransport(self.viewer, self.socket, codecs, places, 7)  # type: ignore[arg-type]
        self.seq = 0

    def push(
        self, codec: Codec = H264, *, keyframe: bool = False, seq: int = 0, size: int = 500
    ) -> int | None:
        self.seq = seq or self.seq + 1
        info = FrameInfo(self.seq, 64, 64, 1, 0, 0, 0, 0)
        frame = EncodedFrame([], 3000 * self.seq, keyframe, info, 0, 0, codec, bytes(size))
        return self.transport.push(frame)

    async def acknowledge(self, number: int) -> None:
        self.transport._take(framing.ACKNOWLEDGE, number)
        await asyncio.sleep(0)


def run(scenario: Callable[[Bench], Any], *codecs: Codec) -> None:
    async def whole() -> None:
        bench = Bench(*(codecs or (H264,)))
        serving = asyncio.create_task(bench.transport.run())
        await asyncio.sleep(0)
        await scenario(bench)
        await bench.transport.close()
        await asyncio.wait_for(serving, 10)
        assert bench.viewer.calls[:2] == ["opened", "listening"]
        assert bench.viewer.calls[-1] == "closed"

    asyncio.run(whole())


async def _settle() -> None:
    for _turn in range(10):
        await asyncio.sleep(0)


def test_frames_begin_at_a_keyframe_and_name_their_codec() -> None:
    async def scenario(bench: Bench) -> None:
        assert bench.push() is None
        first = bench.push(keyframe=True)
        second = bench.push(CODECS[4])
        assert None not in (first, second)
        assert second > first  # type: ignore[operator]
        assert bench.push(CODECS[3]) is None, "it was not asked for"
        await _settle()
        assert [frame[:2] for frame in bench.socket.pictures] == [(framing.KEY, 0), (framing.DELTA, 1)]

    run(scenario, H264, CODECS[4])


def test_the_lowest_bit_of_the_stamp_says_that_a_picture_comes_again() -> None:
    async def scenario(bench: Bench) -> None:
        info = FrameInfo(1, 64, 64, 1, 0, 0, 0, 0)
        frame = EncodedFrame([], 3000, True, info, 0, 0, H264, b"x")
        first, again = bench.transport.push(frame), bench.transport.push(frame, again=True)
        assert first is not None
        assert again is not None
        assert (first & 1, again & 1) == (0, 1)

    run(scenario)


def test_who_does_not_acknowledge_is_skipped_and_then_asks_for_a_keyframe(monkeypatch: Any) -> None:
    async def scenario(bench: Bench) -> None:
        now = time.monotonic_ns()
        assert bench.push(keyframe=True) is not None
        await _settle()
        monkeypatch.setattr(time, "monotonic_ns", lambda: now + 20_000_000_000)
        assert bench.transport.lags
        assert not bench.transport.may_encode(0.0)
        assert bench.push() is None
        assert bench.push() is None
        assert bench.transport.stats.overflows == 1
        await bench.acknowledge(bench.socket.pictures[-1][2])
        assert bench.viewer.calls[-1] == "keyframe"
        assert bench.push() is None, "a keyframe first"
        assert bench.push(keyframe=True) is not None

    run(scenario)


def test_a_jpeg_that_is_older_or_finds_no_room_is_left_out() -> None:
    async def scenario(bench: Bench) -> None:
        assert bench.transport.kind == "jpeg"
        assert bench.push(JPEG, keyframe=True, seq=5) is not None
        assert bench.push(JPEG, keyframe=True, seq=4) is None
        sent = [bench.push(JPEG, keyframe=True, size=20_000) for _frame in range(20)]
        assert sent.count(None) > 10
        assert bench.transport.stats.overflows == 0

    run(scenario, JPEG)


def test_a_flood_ends_the_connection() -> None:
    async def scenario(bench: Bench) -> None:
        from aiohttp import WSMessage, WSMsgType

        for _message in range(int(RATE_BURST) + 500):
            bench.socket.replies.put_nowait(WSMessage(WSMsgType.TEXT, "{}", None))
        while not bench.socket.close_code:
            await asyncio.sleep(0)
        assert bench.socket.close_code == 4429
        assert bench.viewer.calls.count("message") < RATE_BURST + 400

    run(scenario)
