"""A rung over a source that hands out what the test wants."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any

import av
import pytest

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media import choice, hardware
from vizstream.media.cadence import KEEPALIVE_S, KEYFRAME_INTERVAL_S, REFINE_AT_S, STILL_AGE_S
from vizstream.media.codecs import CODECS, Codec
from vizstream.media.encoder import FixedFrames
from vizstream.media.ladder import LEVELS
from vizstream.media.machine import Machine
from vizstream.media.rung import HANG_S, MAX_LEAD_S, EncodedFrame, Rung
from vizstream.media.source import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Source:
    """The newest picture is what `show` said last."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.seq = 0
        self.asked = 0
        self.fails = 0
        self.wanted = 0
        self.wanted_before: list[int] = []
        self.draws_s = 0.0

    def show(self, size: tuple[int, int] = (128, 96), *, still: bool = False) -> None:
        self.seq += 1
        frame = av.VideoFrame(*size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([self.seq % 200]) * plane.buffer_size)
        now_ns = time.monotonic_ns()
        begin_ns = now_ns - int(1e9 * self.draws_s)
        info = FrameInfo(self.seq, *size, 0, 0, begin_ns, now_ns, now_ns, int(still))
        self.picture = Picture(frame, info)

    def ask(self) -> None:
        self.wanted += 1

    def newest(self, codec: Codec, scale: float = 1.0) -> Picture | None:
        self.asked += 1
        self.wanted_before.append(self.wanted)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the test wants it so")
        return self.picture


class Bench:
    def __init__(self) -> None:
        self.source = Source()
        self.frames: queue.Queue[EncodedFrame] = queue.Queue()
        self.room = True
        self.machine = Machine()
        self.rung = Rung(
            CODECS[0],
            LEVELS[0],
            self.source,  # type: ignore[arg-type]
            self.frames.put,
            lambda _s: self.room,
            self.machine,
        )

    def show(self, size: tuple[int, int] = (128, 96), *, still: bool = False) -> EncodedFrame:
        self.source.show(size, still=still)
        self.rung.notify()
        while (frame := self.frames.get(timeout=5)).info.seq != self.source.seq:
            pass
        return frame

    def show_nothing(self) -> None:
        """Offer a picture without waiting for it."""
        self.source.show()
        self.rung.notify()

    def quiet(self, seconds: float) -> bool:
        try:
            self.frames.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def bench() -> Iterator[Bench]:
    running = Bench()
    yield running
    running.rung.close()
    assert not any(thread.name.startswith("rung-") for thread in threading.enumerate())


def test_nothing_is_asked_for_while_nobody_watches(bench: Bench) -> None:
    bench.source.show()
    bench.rung.notify()
    bench.rung.request_keyframe()
    assert bench.quiet(0.2)
    assert bench.source.asked == 0
    bench.rung.watch(watched=True)
    assert bench.frames.get(timeout=5).keyframe


def test_each_new_picture_is_encoded_once_with_a_growing_time(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    frames = [bench.show() for _picture in range(10)]
    assert [frame.info.seq for frame in frames] == list(range(1, 11))
    assert [frame.keyframe for frame in frames] == [True] + [False] * 9
    times = [frame.rtp_time for frame in frames]
    assert times == sorted(set(times))
    assert all(frame.encode_begin_ns < frame.encode_end_ns for frame in frames)
    assert all(frame.size == sum(map(len, frame.payloads)) > 0 for frame in frames)


def test_only_the_newest_picture_counts(bench: Bench) -> None:
    for _picture in range(5):
        bench.source.show()
        bench.rung.notify()
    bench.rung.watch(watched=True)
    assert bench.frames.get(timeout=5).info.seq == 5


def test_a_still_picture_is_sharpened_then_kept_alive(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    bench.show()
    began = time.monotonic()
    for _repeat in REFINE_AT_S:
        assert bench.frames.get(timeout=REFINE_AT_S[-1] + 2).info.seq == 1
    assert time.monotonic() - began > REFINE_AT_S[-1] * 0.8
    assert bench.quiet(KEEPALIVE_S * 0.7)
    assert bench.frames.get(timeout=KEEPALIVE_S).info.seq == 1


def test_the_still_of_a_scene_was_sharpened_before(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    bench.show()
    bench.show(still=True)
    for _repeat in [age for age in REFINE_AT_S if age > STILL_AGE_S]:
        assert bench.frames.get(timeout=REFINE_AT_S[-1] + 2).info.seq == 2
    assert bench.quiet(KEEPALIVE_S * 0.7)


def test_a_picture_is_left_as_it_is_while_its_still_travels(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    bench.rung.set_rate(1_000_000, beside_still=True)
    bench.show(still=True)
    assert bench.frames.get(timeout=2).info.seq == 1
    assert bench.quiet(KEEPALIVE_S * 0.7)
    bench.rung.set_rate(1_000_000)
    assert bench.show().info.seq == 2
    for _repeat in REFINE_AT_S:
        assert bench.frames.get(timeout=REFINE_AT_S[-1] + 2).info.seq == 2


def test_a_picture_is_not_sharpened_while_the_next_one_is_being_drawn(bench: Bench) -> None:
    """On a full line pictures are asked for late: that the last is old does not mean that nothing moves."""

    def deliver(frame: EncodedFrame) -> None:
        bench.room = False
        bench.frames.put(frame)

    bench.rung._deliver = deliver
    bench.source.draws_s = 0.2
    bench.rung.watch(watched=True)
    bench.show()
    asked = bench.source.wanted
    assert bench.quiet(REFINE_AT_S[0] * 2)
    bench.room = True
    _until(lambda: bench.source.wanted > asked)
    began = time.monotonic()
    while time.monotonic() - began < MAX_LEAD_S:
        assert bench.frames.empty()
        time.sleep(0.005)
    assert bench.frames.get(timeout=5).info.seq == 1, "nothing came of it: the scene is at rest"


def test_a_keyframe_comes_when_asked_but_not_twice_in_a_second(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    bench.show()
    began = time.monotonic()
    for _request in range(5):
        bench.rung.request_keyframe()
    while not bench.frames.get(timeout=5).keyframe:
        pass
    assert time.monotonic() - began > KEYFRAME_INTERVAL_S * 0.7
    bench.rung.request_keyframe(joining=True)
    began = time.monotonic()
    while not bench.frames.get(timeout=5).keyframe:
        pass
    assert time.monotonic() - began < KEYFRAME_INTERVAL_S * 0.7, "somebody who joins does not wait"


def test_a_new_size_is_a_new_start(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    assert bench.show((128, 96)).keyframe
    assert not bench.show((128, 96)).keyframe
    assert bench.show((256, 128)).keyframe


def test_a_failure_is_survived(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.rung.watch(watched=True)
    bench.show()
    bench.source.fails = 3
    bench.source.show()
    bench.rung.notify()
    deadline = time.monotonic() + 5
    while bench.source.fails and time.monotonic() < deadline:
        bench.rung.notify()
        time.sleep(0.01)
    assert bench.show().keyframe, "a new encoder starts at a keyframe"
    assert len([record for record in caplog.records if "encoding" in record.message]) == 1, "said once"


def test_the_processor_goes_on_where_the_hardware_dies(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # x264 stands in for hardware: a device that is not here.
    monkeypatch.setattr(hardware, "_OPTIONS", {"libx264": {"tune": "zerolatency", "forced-idr": "1"}})
    # Else so small a picture is worth more than hardware gives.
    monkeypatch.setattr(choice, "EFFORTS", [effort for effort in choice.EFFORTS if not effort.rich_db])
    bench = Bench()
    bench.machine.hardware = ("libx264",)
    died = threading.Event()

    def encode(self: hardware.Hardware, *given: Any, **how: Any) -> tuple[bytes, bool]:
        if died.is_set():
            self._give_up()
            raise OSError("the device is gone")
        return FixedFrames.encode(self, *given, **how)

    monkeypatch.setattr(hardware.Hardware, "encode", encode)
    try:
        bench.rung.watch(watched=True)
        assert bench.show().keyframe
        assert not bench.show().keyframe
        died.set()
        assert bench.show().keyframe, "viewers go on at a keyframe, in the same session"
        assert not bench.show().keyframe
        assert bench.machine.hardware == ()
        assert len([record for record in caplog.records if "encoding" in record.message]) == 1
    finally:
        bench.rung.close()


def test_an_encoder_that_hangs_is_noticed_and_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_OPTIONS", {"libx264": {"tune": "zerolatency", "forced-idr": "1"}})
    monkeypatch.setattr(choice, "EFFORTS", [effort for effort in choice.EFFORTS if not effort.rich_db])
    bench = Bench()
    bench.machine.hardware = ("libx264",)
    hangs, goes_on = threading.Event(), threading.Event()

    def encode(self: hardware.Hardware, *given: Any, **how: Any) -> tuple[bytes, bool]:
        if bench.source.seq > 1:
            hangs.set()
            assert goes_on.wait(20)
        return FixedFrames.encode(self, *given, **how)

    monkeypatch.setattr(hardware.Hardware, "encode", encode)
    try:
        bench.rung.watch(watched=True)
        bench.show()
        bench.show_nothing()
        assert hangs.wait(20)
        now = time.monotonic()
        assert not bench.rung.hangs(now)
        assert bench.rung.hangs(now + HANG_S + 1)
        bench.rung.give_up()
        assert bench.machine.hardware == ()
        goes_on.set()
        bench.rung._thread.join(20)
        assert bench.quiet(0.0), "what comes of it after all is nobody's"
        assert not bench.rung.hangs(time.monotonic() + 10 * HANG_S)
    finally:
        goes_on.set()
        bench.rung.close()


def test_closing_twice_is_harmless(bench: Bench) -> None:
    bench.rung.close()
    bench.rung.close()


def test_full_lines_hold_encoding_back_and_the_newest_picture_follows(bench: Bench) -> None:
    bench.rung.watch(watched=True)
    bench.show()
    bench.room = False
    for _picture in range(5):
        bench.source.show()
        bench.rung.notify()
    assert bench.quiet(0.2)
    bench.room = True
    assert bench.frames.get(timeout=5).info.seq == 6


def test_the_frame_rate_of_the_level_is_kept() -> None:
    source, frames = Source(), queue.Queue()
    source.show()
    rung = Rung(CODECS[0], LEVELS[0], source, frames.put)  # type: ignore[arg-type]
    rung.set_rate(500_000, max_fps=20)
    try:
        rung.watch(watched=True)
        began = time.monotonic()
        while time.monotonic() - began < 1:
            source.show()
            rung.notify()
            time.sleep(0.005)
    finally:
        rung.close()
    assert 10 <= frames.qsize() <= 24


def test_a_picture_is_asked_for_once_it_can_be_encoded(bench: Bench) -> None:
    assert bench.source.wanted == 0, "nobody watches"
    bench.rung.watch(watched=True)
    _until(lambda: bench.source.wanted == 1)
    for number in range(2, 6):
        bench.show()
        _until(lambda number=number: bench.source.wanted == number)
    bench.room = False
    bench.show_nothing()
    assert bench.quiet(0.1)
    assert bench.source.wanted == 5, "lines are full"
    bench.room = True
    assert bench.frames.get(timeout=5).info.seq == bench.source.seq
    _until(lambda: bench.source.wanted == 6)


def test_a_picture_is_asked_for_in_time_but_not_early() -> None:
    source, frames = Source(), queue.Queue()
    rung = Rung(CODECS[0], LEVELS[0], source, frames.put)  # type: ignore[arg-type]
    rung.set_rate(500_000, max_fps=4)
    try:
        rung.watch(watched=True)
        source.show()
        rung.notify()
        frames.get(timeout=5)
        asked, began = source.wanted, time.monotonic()
        _until(lambda: source.wanted > asked)
        assert 0.15 < time.monotonic() - began < 0.5
    finally:
        rung.close()


@pytest.mark.parametrize(("steered", "beside"), [(False, 1), (True, 0)])
def test_the_next_picture_is_drawn_beside_the_encoding_while_nobody_steers(
    bench: Bench, steered: bool, beside: int
) -> None:
    bench.source.draws_s = 0.04
    bench.rung.watch(watched=True)
    _until(lambda: bench.source.wanted == 1)
    bench.show()
    _until(lambda: bench.source.wanted == 2)
    for number in range(2, 5):
        if steered:
            bench.rung.steer()
        del bench.source.wanted_before[:]
        bench.show()
        assert bench.source.wanted_before[0] == number + beside
        _until(lambda number=number: bench.source.wanted == number + 1)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
