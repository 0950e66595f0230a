"""The newest picture over a real ring."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from vizstream.ipc.frame_ring import FrameRing, FrameWriter
from vizstream.media.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    ring = FrameRing(max_width=640, max_height=480)
    yield ring
    ring.close()


def _publish(writer: FrameWriter, level: int, size: tuple[int, int] = (64, 64)) -> None:
    slot = writer.acquire(*size)
    slot.pixels[:] = level
    writer.publish(slot, input_id=level)


def test_before_the_first_frame_there_is_none(ring: FrameRing) -> None:
    assert PictureSource(ring.reader()).newest() is None


def test_the_newest_picture_is_converted_once(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    for level in (10, 20, 30):
        _publish(writer, level)
    picture = source.newest()
    assert picture is not None
    assert (picture.info.seq, picture.info.input_id) == (3, 30)
    assert source.newest() is picture
    assert writer.taken_seq == 0, "the renderer need not hurry"
    rings: list[int] = []
    PictureSource(ring.reader(), wake=lambda: rings.append(1)).ask()
    assert (writer.taken_seq, len(rings)) == (3, 1)
    _publish(writer, 40, (128, 64))
    newer = source.newest()
    assert newer is not None
    assert (newer.info.seq, newer.yuv.width) == (4, 128)


def test_the_slot_is_given_back_at_once(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    for level in range(1, 50):
        _publish(writer, level)
        picture = source.newest()
        assert picture is not None
        assert picture.info.seq == level


def test_two_threads_get_the_same_conversion(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    _publish(writer, 50, (640, 480))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(source.newest())) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert found[0] is found[1]
