"""Who is told of which still, drafts, and what is left to the video: with viewers that only take notes."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.still import EFFORTS, StillEffort, StillPicture
from vizstream.server import stills
from vizstream.server.still import CONGESTED_SHARE, SHARE, WIDE_FACTOR, bulk_bps
from vizstream.server.stills import DRAFT_BELOW_BPS, PAUSE_S, Stills
from vizstream.server.throttle import DAMPING

if TYPE_CHECKING:
    from collections.abc import Callable


class Source:
    """A window whose newest frame is what the test says."""

    def __init__(self) -> None:
        self.info: FrameInfo | None = None
        self.copied = 0

    def show(self, seq: int, *, still: bool, window: int = 1) -> None:
        now = time.monotonic_ns()
        self.info = FrameInfo(seq, 128, 96, window, 0, now, now, now, int(still))

    def peek(self) -> FrameInfo | None:
        return self.info

    def still(self, seq: int) -> StillPicture | None:
        self.copied += 1
        if self.info is None or self.info.seq != seq:
            return None
        return StillPicture(self.info, np.full((96, 128, 4), 255, np.uint8))


class Viewer:
    def __init__(self, target_bps: int = 5_000_000) -> None:
        self.id = f"session{id(self)}"
        self.still_share = 0.0
        self.gets_still = False
        self.quality = "auto"
        self.listens = True
        self.messages: list[dict[str, Any]] = []
        control = SimpleNamespace(
            target_bps=target_bps, congested=False, wide=False, held=False, queue_ms=0.0
        )
        self.sounded = 0
        self.transport = SimpleNamespace(control=control, sound=self._sound)

    def _sound(self) -> None:
        self.sounded += 1

    def tell(self, message: dict[str, Any]) -> bool:
        self.messages.append(message)
        return True

    def seqs(self, kind: str) -> list[int]:
        return [message["seq"] for message in self.messages if message["type"] == kind]


class Bench:
    def __init__(self) -> None:
        self.sources = {1: Source(), 2: Source()}
        self.rates = 0
        self.stills = Stills(self.sources.__getitem__, 7, self._on_rate)  # type: ignore[arg-type]

    def _on_rate(self) -> None:
        self.rates += 1

    def rest(self, seq: int, window: int = 1) -> None:
        self.sources[window].show(seq, still=True, window=window)
        self.stills.look()

    async def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)


def run(scenario: Callable[[Bench], Any]) -> None:
    async def whole() -> None:
        bench = Bench()
        try:
            await asyncio.wait_for(scenario(bench), 20)
        finally:
            bench.stills.close()

    asyncio.run(whole())


def test_only_viewers_of_the_window_are_told() -> None:
    async def scenario(bench: Bench) -> None:
        one, other = Viewer(), Viewer()
        bench.stills.watch(one, 1)  # type: ignore[arg-type]
        bench.stills.watch(other, 2)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: one.seqs("still") == [5])
        assert other.messages == []
        # Whoever changes over is told of the still that there is.
        bench.stills.watch(other, 1)  # type: ignore[arg-type]
        assert other.seqs("still") == [5]

    run(scenario)


def test_each_still_is_told_of_once_and_its_end_too() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: viewer.seqs("still") == [5])
        for _look in range(3):
            bench.stills.look()
            bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.sources[1].show(6, still=False)
        for _look in range(3):
            bench.stills.look()
        assert (viewer.seqs("still"), viewer.seqs("moved")) == ([5], [6])
        assert bench.sources[1].copied == 1

    run(scenario)


def test_the_rtp_time_and_the_age_are_those_of_the_frame() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.sources[1].show(4, still=False)
        bench.stills.look()
        await asyncio.sleep(0.05)
        bench.rest(5)
        info = bench.sources[1].info
        assert info is not None
        await bench.until(lambda: viewer.messages)
        assert viewer.messages[0]["rtp"] == (info.render_end_ns * 9 // 100_000 + 7) % 2**32
        assert viewer.messages[0]["age_ms"] >= 50

    run(scenario)


def test_a_bad_line_gets_a_draft_first_and_the_exact_one_when_that_has_come() -> None:
    async def scenario(bench: Bench) -> None:
        slow, fast = Viewer(DRAFT_BELOW_BPS - 1), Viewer()
        for viewer in (slow, fast):
            bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: slow.messages and fast.messages)
        assert [viewer.messages[0]["exact"] for viewer in (slow, fast)] == [False, True]
        assert slow.messages[0]["url"].endswith("/5/draft")
        body = bench.stills.find(slow, 5, draft=True)  # type: ignore[arg-type]
        assert body is not None
        assert body.complete
        transfer = bench.stills.begin(slow)  # type: ignore[arg-type]
        bench.stills.end(slow, transfer, 5, draft=True, whole=True)  # type: ignore[arg-type]
        assert [message["exact"] for message in slow.messages] == [False, True]

    run(scenario)


def test_who_saves_data_gets_a_draft_and_is_told_when_it_is_out_of_date() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        viewer.quality = "save"
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: viewer.messages)
        transfer = bench.stills.begin(viewer)  # type: ignore[arg-type]
        bench.stills.end(viewer, transfer, 5, draft=True, whole=True)  # type: ignore[arg-type]
        bench.stills.look()
        assert [message["exact"] for message in viewer.messages] == [False]
        bench.sources[1].show(6, still=False)
        bench.stills.look()
        assert viewer.seqs("moved") == [6]

    run(scenario)


def test_a_transfer_takes_the_line_from_the_video_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "HOLD_S", 0.05)

    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        transfer = bench.stills.begin(viewer)  # type: ignore[arg-type]
        now = time.monotonic()
        control = viewer.transport.control
        rate_bps = bench.stills.rate_bps(viewer, transfer, now)  # type: ignore[arg-type]
        assert rate_bps == pytest.approx((1 + DAMPING) * SHARE * 5_000_000, rel=0.01)
        assert viewer.still_share > 0.5
        assert control.held, "the queue that will stand says nothing of the video"
        control.queue_ms = 1000.0
        slower = bench.stills.rate_bps(viewer, transfer, now + 0.1)  # type: ignore[arg-type]
        assert slower is not None
        assert slower < 0.9 * SHARE * 5_000_000
        assert viewer.sounded == 2
        bench.stills.steer(1)
        assert control.held, "the queue still stands"
        await bench.until(lambda: not control.held)
        assert viewer.still_share == 0
        assert bench.rates == 2
        assert bench.stills.rate_bps(viewer, transfer, now) == 0  # type: ignore[arg-type]
        assert viewer.still_share == 0
        assert bench.stills.rate_bps(viewer, transfer, now + 2 * PAUSE_S)  # type: ignore[arg-type]
        second = bench.stills.begin(viewer)  # type: ignore[arg-type]
        assert bench.stills.rate_bps(viewer, transfer, now) is None  # type: ignore[arg-type]
        bench.stills.end(viewer, transfer, 5, draft=False, whole=False)  # type: ignore[arg-type]
        assert viewer.still_share > 0.5, "the second goes on"
        bench.stills.end(viewer, second, 5, draft=False, whole=True)  # type: ignore[arg-type]
        assert viewer.still_share == 0

    run(scenario)


def test_a_still_that_was_begun_after_the_last_input_is_not_paused_for_it() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]

        def paused() -> bool:
            bench.stills.look()
            transfer = bench.stills.begin(viewer)  # type: ignore[arg-type]
            return bench.stills.rate_bps(viewer, transfer, time.monotonic()) == 0  # type: ignore[arg-type]

        bench.stills.steer(1)
        bench.sources[1].show(5, still=True)
        assert not paused()
        bench.sources[1].show(6, still=True)
        bench.stills.steer(1)
        assert paused(), "the hand came while it was drawn"

    run(scenario)


def test_who_gets_a_still_needs_no_sharper_video_until_it_is_gone() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: viewer.seqs("still") == [5])
        for whole in (False, True):
            transfer = bench.stills.begin(viewer)  # type: ignore[arg-type]
            assert viewer.gets_still
            bench.stills.end(viewer, transfer, 5, draft=False, whole=whole)  # type: ignore[arg-type]
            assert viewer.gets_still == whole
        bench.stills._viewers[viewer].told = 0  # type: ignore[index]  # as when a message was lost
        bench.sources[1].show(6, still=False)
        bench.stills.look()
        assert not viewer.gets_still
        for act in (lambda: bench.stills.watch(viewer, 2), lambda: bench.stills.leave(viewer)):  # type: ignore[arg-type]
            bench.stills.begin(viewer)  # type: ignore[arg-type]
            act()
            assert not viewer.gets_still

    run(scenario)


def test_a_wide_line_has_room_for_the_video_beside_a_still() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        viewer.transport.control.wide = True
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        transfer = bench.stills.begin(viewer)  # type: ignore[arg-type]
        assert bench.stills.rate_bps(viewer, transfer, time.monotonic())  # type: ignore[arg-type]
        assert viewer.still_share == 0
        assert viewer.transport.control.held
        assert bench.rates == 0

    run(scenario)


def test_strips_are_small_where_the_line_is_slower_than_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    efforts: list[StillEffort] = []

    def encode(_strip: np.ndarray, effort: StillEffort) -> bytes:
        efforts.append(effort)
        return bytes(20_000)

    monkeypatch.setattr(stills, "encode_lossless", encode)

    async def scenario(bench: Bench, rates: list[int]) -> None:
        viewers = [Viewer(rate) for rate in rates]
        for viewer in viewers:
            bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        bench.rest(5)
        await bench.until(lambda: bench.stills.made)

    run(lambda bench: scenario(bench, [400_000]))
    assert efforts == [EFFORTS[0], EFFORTS[-1]], "the first is wanted at once, and busies the line for 0.4 s"
    efforts.clear()
    run(lambda bench: scenario(bench, [400_000, 100_000_000]))
    assert efforts == [EFFORTS[0], EFFORTS[0]], "whoever can have it sooner does not wait for the slow one"


def test_what_nobody_watches_is_not_kept() -> None:
    async def scenario(bench: Bench) -> None:
        viewer = Viewer()
        bench.rest(5)
        assert bench.sources[1].copied == 0
        bench.stills.watch(viewer, 1)  # type: ignore[arg-type]
        await bench.until(viewer.messages.__len__)
        body = bench.stills.find(viewer, 5, draft=False)  # type: ignore[arg-type]
        assert body is not None
        bench.stills.leave(viewer)  # type: ignore[arg-type]
        assert body.void
        assert bench.stills.find(viewer, 5, draft=False) is None  # type: ignore[arg-type]

    run(scenario)


def test_the_share_of_a_line() -> None:
    assert bulk_bps(1e6, congested=False, wide=False) == SHARE * 1e6
    assert bulk_bps(1e6, congested=True, wide=True) == CONGESTED_SHARE * 1e6
    assert bulk_bps(1e6, congested=False, wide=True) == WIDE_FACTOR * 1e6
