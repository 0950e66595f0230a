"""The newest picture over a real ring."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from vizstream.ipc.frame_ring import FrameRing, FrameWriter
from vizstream.media.codecs import CODECS
from vizstream.media.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Iterator

CODEC = CODECS[0]


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
    assert PictureSource(ring.reader()).newest(CODEC) is None


def test_the_newest_picture_is_converted_once(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    for level in (10, 20, 30):
        _publish(writer, level)
    picture = source.newest(CODEC)
    assert picture is not None
    assert (picture.info.seq, picture.info.input_id) == (3, 30)
    assert source.newest(CODEC) is picture
    assert writer.taken_seq == 0, "the renderer need not hurry"
    rings: list[int] = []
    PictureSource(ring.reader(), wake=lambda: rings.append(1)).ask()
    assert (writer.taken_seq, len(rings)) == (3, 1)
    _publish(writer, 40, (128, 64))
    newer = source.newest(CODEC)
    assert newer is not None
    assert (newer.info.seq, newer.yuv.width) == (4, 128)


def test_the_slot_is_given_back_at_once(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    for level in range(1, 50):
        _publish(writer, level)
        picture = source.newest(CODEC)
        assert picture is not None
        assert picture.info.seq == level


def test_two_codecs_do_not_share_a_frame(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    _publish(writer, 50)
    full_chroma = next(codec for codec in CODECS if codec.name == "vp9-444")
    pictures = [source.newest(codec) for codec in (CODEC, CODECS[3], full_chroma)]
    assert all(pictures)
    assert len({id(picture.yuv) for picture in pictures if picture}) == 3, "encoders write into them"
    assert [picture.yuv.format.name for picture in pictures if picture][1:] == ["yuv420p", "yuv444p"]


def test_a_picture_that_is_too_large_for_its_level_is_scaled_down(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    _publish(writer, 50, (640, 480))
    picture = source.newest(replace(CODEC, level_idc=11))
    assert picture is not None
    assert -(-picture.yuv.width // 16) * -(-picture.yuv.height // 16) <= 396
    assert picture.yuv.width / picture.yuv.height == pytest.approx(4 / 3, rel=0.02)


def test_two_threads_get_the_same_conversion(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    _publish(writer, 50, (640, 480))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(source.newest(CODEC))) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert found[0] is found[1]


def test_a_still_is_the_frame_asked_for_or_a_newer_one_where_that_will_do(ring: FrameRing) -> None:
    source, writer = PictureSource(ring.reader()), ring.writer()
    assert source.still(1, or_newer=True) is None
    _publish(writer, 10)
    _publish(writer, 20)
    assert source.still(1) is None
    for still in (source.still(2), source.still(1, or_newer=True)):
        assert still is not None
        assert (still.info.seq, still.bgra[0, 0, 0]) == (2, 20)
    assert PictureSource(ring.reader(), window=7).still(1, or_newer=True) is None
