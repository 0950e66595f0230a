"""The rungs together, over sources and viewers that the test makes up."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import av
import pytest

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media import rung
from vizstream.media.codecs import CODECS
from vizstream.media.source import Picture
from vizstream.media.x264 import X264
from vizstream.server.rungs import RungSet

if TYPE_CHECKING:
    from vizstream.media.rung import EncodedFrame


class Source:
    """A picture that changes whenever it is looked at."""

    def __init__(self) -> None:
        self.seq = 0

    def ask(self) -> None:
        pass

    def newest(self, _codec: Any, _scale: float = 1.0) -> Picture:
        self.seq += 1
        frame = av.VideoFrame(128, 96, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([self.seq % 200]) * plane.buffer_size)
        return Picture(frame, FrameInfo(self.seq, 128, 96, 1, 0, 0, time.monotonic_ns(), 0))


class Viewer:
    """A session whose line carries all."""

    viewer, quality, still_share, gets_still, cap_bps = 1, "auto", 0.0, False, float("inf")

    def __init__(self) -> None:
        control = SimpleNamespace(target_bps=3_000_000, media_bps=3_000_000, max_bps=0, protects=False)
        self.frames: list[EncodedFrame] = []
        self.transport = SimpleNamespace(
            codecs=CODECS[:1], control=control, lags=False, may_encode=lambda _s: True, tick=lambda: None
        )

    def push(self, frame: EncodedFrame) -> None:
        self.frames.append(frame)


def test_an_encoder_that_hangs_is_replaced_and_viewers_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    goes_on, hanging = threading.Event(), set[threading.Thread]()
    encode = X264.encode

    def hang_once(self: X264, *given: Any, **how: Any) -> tuple[bytes, bool]:
        if self.frames_before_it_hangs == 0 and not hanging:
            hanging.add(threading.current_thread())
            goes_on.wait(30)
        self.frames_before_it_hangs -= 1
        return encode(self, *given, **how)

    monkeypatch.setattr(X264, "frames_before_it_hangs", 2, raising=False)
    monkeypatch.setattr(X264, "encode", hang_once)
    monkeypatch.setattr(rung, "HANG_S", 0.2)

    async def scenario() -> None:
        source, viewer = Source(), Viewer()
        sources = SimpleNamespace(of=lambda _window: source, holds=lambda _source: True)
        rungs = RungSet(sources, (128, 96))  # type: ignore[arg-type]
        try:
            rungs.join(viewer, 1)  # type: ignore[arg-type]
            while not hanging:
                rungs.notify()
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            seen = len(viewer.frames)
            while len(viewer.frames) < seen + 3:
                rungs.adapt()
                rungs.notify()
                await asyncio.sleep(0.01)
            assert viewer.frames[seen].keyframe or viewer.frames[seen + 1].keyframe
            assert [record.levelname for record in caplog.records if "hangs" in record.message] == ["WARNING"]
        finally:
            goes_on.set()
            rungs.close()
        for thread in hanging:
            thread.join(20)

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_viewer_stays_where_it_is_while_a_still_travels() -> None:
    async def scenario() -> None:
        source, viewer = Source(), Viewer()
        sources = SimpleNamespace(of=lambda _window: source, holds=lambda _source: True)
        rungs = RungSet(sources, (1280, 720))  # type: ignore[arg-type]

        def levels() -> set[int]:
            rungs.adapt()
            rungs.notify()
            return {key.level for key in rungs._on_rung}

        try:
            rungs.join(viewer, 1)  # type: ignore[arg-type]
            before = levels()
            viewer.transport.control.target_bps = viewer.transport.control.media_bps = 1_000
            viewer.still_share, viewer.gets_still = 0.9, True
            for _look in range(5):
                assert levels() == before
                await asyncio.sleep(0.05)
            viewer.still_share = 0.0
            while levels() == before:
                await asyncio.sleep(0.05)
        finally:
            rungs.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))
