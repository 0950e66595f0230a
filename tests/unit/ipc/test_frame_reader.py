"""The reader: what it hands out is whole, or says that it is not."""

import av
import numpy as np
import pytest

from vizstream.ipc import frame_reader, layout
from vizstream.ipc.frame_ring import FrameRing


@pytest.fixture
def ring():
    ring = FrameRing(4, 64, 32)
    yield ring
    ring.close()


def publish(writer, value=1):
    slot = writer.acquire(8, 4)
    slot.pixels[:] = value
    return writer.publish(slot)


def test_pixels_are_a_plain_read_only_array(ring):
    publish(ring.writer(), 5)
    with ring.reader().acquire() as frame:
        assert type(frame.pixels) is np.ndarray
        assert frame.pixels.shape == (4, 8, 4)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            frame.pixels[0, 0, 0] = 1


def test_pyav_takes_the_pixels_without_a_copy(ring):
    writer = ring.writer()
    slot = writer.acquire(32, 16)
    slot.pixels[:] = 77
    writer.publish(slot)
    with ring.reader().acquire() as frame:
        picture = av.VideoFrame.from_numpy_buffer(frame.pixels, "rgba")
        assert picture.planes[0].buffer_ptr == frame.pixels.ctypes.data
        assert (picture.reformat(format="yuv420p").to_ndarray()[:16] == 82).all()  # 16 + 77 * 219 / 255


def test_arrays_are_the_same_objects_until_the_size_changes(ring):
    writer, reader = ring.writer(), ring.reader()
    seen = {}
    for seq in range(12):
        publish(writer)
        with reader.acquire(seq) as frame:
            address = frame.pixels.ctypes.data
            assert seen.setdefault(address, frame.pixels) is frame.pixels
    assert len(seen) == 4


def test_an_overwritten_slot_is_caught(ring):
    """With its claim lost, the frame is overwritten, and valid() says so."""
    writer, reader = ring.writer(), ring.reader()
    publish(writer)
    frame = reader.acquire()
    ring.memory.words[layout.CLAIMS : layout.CLAIMS + 2] = memoryview(bytes(16)).cast("Q")
    for value in (2, 3, 4):
        assert frame.valid()
        publish(writer, value)
    slot = writer.acquire(8, 4)  # begins to overwrite
    assert not frame.valid()
    slot.pixels[:] = 5
    writer.publish(slot)
    assert not frame.valid()


def test_claim_lasts_until_release(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer)
    frame = reader.acquire()
    for value in range(2, 50):
        publish(writer, value)
    assert frame.valid()
    assert (frame.pixels == 1).all()
    frame.release()
    for value in range(50, 54):
        publish(writer, value)
    assert not frame.valid()


def test_release_is_idempotent_and_does_not_free_a_later_claim(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer, 1)
    first = reader.acquire()
    first.release()
    publish(writer, 2)
    second = reader.acquire()
    first.release()
    first.release()
    for value in range(3, 50):
        publish(writer, value)
    assert second.valid()
    assert (second.pixels == 2).all()


def test_two_frames_may_be_held_of_four_slots(ring):
    writer, reader = ring.writer(), ring.reader()
    frames = []
    for value in (1, 2):
        publish(writer, value)
        frames.append(reader.acquire())
    publish(writer, 3)
    with pytest.raises(RuntimeError, match="release"):
        reader.acquire()
    assert reader.acquire(3) is None  # nothing new needs no claim
    frames.pop().release()
    assert reader.acquire().info.seq == 3


def test_the_same_frame_may_be_held_twice(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer, 1)
    first, second = reader.acquire(), reader.acquire()
    first.release()
    for value in range(2, 20):
        publish(writer, value)
    assert second.valid()
    assert (second.pixels == 1).all()


def test_a_new_reader_frees_what_a_dead_one_claimed(ring):
    writer, dead = ring.writer(), ring.reader()
    for value in (1, 2):
        publish(writer, value)
        dead.acquire()
    reader = ring.reader()
    assert not any(ring.memory.words[layout.CLAIMS : layout.CLAIMS + 2])
    assert [reader.acquire().info.seq for _ in range(2)] == [2, 2]


def test_overtaken_between_look_and_claim_it_takes_the_newer_frame(ring, monkeypatch):
    """Four frames go by between loading LATEST and looking at the claimed slot."""
    writer, reader = ring.writer(), ring.reader()
    publish(writer, 1)

    def overtake():
        monkeypatch.setattr(frame_reader, "full_fence", lambda: None)
        ring.memory.words[layout.CLAIMS : layout.CLAIMS + 2] = memoryview(bytes(16)).cast("Q")
        for value in (2, 3, 4, 5):
            publish(writer, value)

    monkeypatch.setattr(frame_reader, "full_fence", overtake)
    with reader.acquire() as frame:
        assert frame.info.seq == 5
        assert (frame.pixels == 5).all()


def test_overtaken_for_ever_it_gives_up_and_keeps_no_claim(ring, monkeypatch):
    writer, reader = ring.writer(), ring.reader()
    publish(writer)

    def overtake():
        ring.memory.words[layout.slot_header(ring.memory.words[layout.LATEST] & layout.SLOT_MASK)] = 0

    monkeypatch.setattr(frame_reader, "full_fence", overtake)
    assert reader.acquire() is None
    assert not any(ring.memory.words[layout.CLAIMS : layout.CLAIMS + 2])
    monkeypatch.undo()
    assert publish(writer) == 2
    assert reader.acquire(1).info.seq == 2


def test_an_exception_inside_with_releases(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer)
    with pytest.raises(ZeroDivisionError), reader.acquire():
        raise ZeroDivisionError
    assert not any(ring.memory.words[layout.CLAIMS : layout.CLAIMS + 2])
