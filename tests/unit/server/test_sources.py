"""Where each window's pictures come from."""

from __future__ import annotations

import threading

import pytest

from vizstream.ipc.frame_ring import FrameRing, Numbers
from vizstream.media.codecs import CODECS
from vizstream.server.sources import Sources


@pytest.fixture
def rings() -> list[FrameRing]:
    return [FrameRing(4, 64, 64) for _ring in range(2)]


def publish(ring: FrameRing, window: int, numbers: Numbers) -> int:
    writer = ring.writer(numbers)
    slot = writer.acquire(64, 64)
    slot.pixels[:] = 100
    return writer.publish(slot, window_id=window)


def test_each_window_is_read_from_its_own_ring(rings: list[FrameRing]) -> None:
    sources, numbers = Sources(rings, lambda: None), Numbers()
    sources.place({1: 0, 2: 1})
    first, second = publish(rings[0], 1, numbers), publish(rings[1], 2, numbers)
    assert first < second, "no two frames have one number"
    for window, seq in ((1, first), (2, second)):
        picture = sources.of(window).newest(CODECS[0])
        assert picture is not None
        assert (picture.info.window_id, picture.info.seq) == (window, seq)
    assert sources.of(1) is sources.of(1)


def test_a_ring_that_changed_its_window_does_not_show_the_old_one(rings: list[FrameRing]) -> None:
    sources, numbers = Sources(rings, lambda: None), Numbers()
    sources.place({1: 0})
    publish(rings[0], 1, numbers)
    old = sources.of(1)
    assert old.newest(CODECS[0]) is not None
    sources.place({2: 0})
    assert not sources.holds(old)
    assert sources.of(2).newest(CODECS[0]) is None
    publish(rings[0], 2, numbers)
    assert sources.of(2).newest(CODECS[0]) is not None


def test_a_window_that_stays_keeps_its_source(rings: list[FrameRing]) -> None:
    sources = Sources(rings, lambda: None)
    sources.place({1: 0, 2: 1})
    first, second = sources.of(1), sources.of(2)
    sources.place({1: 0})
    assert sources.holds(first)
    assert not sources.holds(second)


def test_a_window_in_no_ring_has_no_pictures(rings: list[FrameRing]) -> None:
    sources = Sources(rings, lambda: None)
    assert sources.of(0).newest(CODECS[0]) is None
    publish(rings[0], 1, Numbers())
    assert sources.of(0).newest(CODECS[0]) is None


def test_two_windows_never_use_one_reader_at_once(rings: list[FrameRing]) -> None:
    sources, numbers = Sources(rings, lambda: None), Numbers()
    failures: list[Exception] = []

    def read(window: int) -> None:
        try:
            for _round in range(300):
                sources.of(window).newest(CODECS[0])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(window,)) for window in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for _frame in range(100):
        publish(rings[0], 1, numbers)
    for thread in threads:
        thread.join()
    assert failures == []
