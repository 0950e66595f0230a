"""The writer: which slot it takes, and what it never overwrites."""

import numpy as np
import pytest

from vizstream.ipc import frame_writer, layout
from vizstream.ipc.frame_ring import FrameRing


@pytest.fixture
def ring():
    ring = FrameRing(4, 64, 32)
    yield ring
    ring.close()


def test_slot_is_a_plain_array_on_the_shared_memory(ring):
    writer = ring.writer()
    slot = writer.acquire(20, 10)
    assert slot.pixels.shape == (10, 20, 4)
    assert slot.pixels.dtype == np.uint8
    assert slot.pixels.flags.c_contiguous
    assert slot.pixels.flags.writeable
    assert (slot.width, slot.height) == (20, 10)
    slot.pixels[:] = 9
    assert (ring.flat_slots()[slot.index][: 20 * 10 * 4] == 9).all()


def test_arrays_are_the_same_objects_until_the_size_changes(ring):
    writer = ring.writer()
    seen = {}
    for _ in range(20):
        slot = writer.acquire(20, 10)
        assert seen.setdefault(slot.index, slot.pixels) is slot.pixels
        writer.publish(slot)
    assert len(seen) == 4
    assert writer.acquire(10, 20).pixels is not seen[slot.index]


@pytest.mark.parametrize(
    ("width", "height"), [(0, 4), (4, 0), (-4, -4), (65, 32), (64, 33), (64 * 32 + 1, 1)]
)
def test_size_limits(ring, width, height):
    with pytest.raises(ValueError, match=f"{width}x{height}"):
        ring.writer().acquire(width, height)


@pytest.mark.parametrize(("width", "height"), [(64, 32), (32, 64), (64 * 32, 1)])
def test_a_slot_takes_any_shape_that_fits(ring, width, height):
    assert ring.writer().acquire(width, height).pixels.size == 64 * 32 * 4


def test_takes_the_oldest_slot_never_the_latest(ring):
    writer = ring.writer()
    order = []
    for _ in range(8):
        slot = writer.acquire(4, 4)
        writer.publish(slot)
        order.append(slot.index)
    assert order == [0, 1, 2, 3] * 2


@pytest.mark.parametrize("slots", [3, 4, 6, 16])
def test_claims_are_respected_and_one_slot_is_always_left(slots):
    ring = FrameRing(slots, 8, 8)
    writer, reader = ring.writer(), ring.reader()
    held = []
    for seq in range(1, slots - 1):
        slot = writer.acquire(8, 8)
        slot.pixels[:] = seq
        writer.publish(slot)
        held.append(reader.acquire())
    for seq in range(100, 100 + 3 * slots):
        slot = writer.acquire(8, 8)
        slot.pixels[:] = seq
        writer.publish(slot)
    for seq, frame in enumerate(held, 1):
        assert frame.info.seq == seq
        assert (frame.pixels == seq).all()
        assert frame.valid()
    for frame in held:
        frame.release()
    used = set()
    for _ in range(slots):
        slot = writer.acquire(8, 8)
        writer.publish(slot)
        used.add(slot.index)
    assert used == set(range(slots))  # released slots are in use again


def test_steps_back_when_the_reader_claims_at_the_last_moment(ring, monkeypatch):
    """The reader's claim arrives between the writer's choice and its second look."""
    writer, reader = ring.writer(), ring.reader()
    for _ in range(4):
        writer.publish(writer.acquire(4, 4))
    words = ring.memory.words
    oldest = layout.slot_header(0)

    def claim():
        assert words[oldest] == 0  # the writer has voided the slot it chose
        words[layout.CLAIMS] = 0 + 1
        monkeypatch.setattr(frame_writer, "full_fence", lambda: None)

    monkeypatch.setattr(frame_writer, "full_fence", claim)
    assert writer.acquire(4, 4).index == 1
    assert words[oldest] == 1  # its frame is whole, and says so again
    assert reader.seq == 4


def test_never_hangs_on_a_reader_that_claims_whatever_it_chooses(ring, monkeypatch):
    writer = ring.writer()
    words = ring.memory.words

    def claim():
        for slot in range(4):
            if words[layout.slot_header(slot)] == 0:
                words[layout.CLAIMS] = slot + 1

    for _ in range(4):
        writer.publish(writer.acquire(4, 4))
    monkeypatch.setattr(frame_writer, "full_fence", claim)
    slot = writer.acquire(4, 4)
    assert words[layout.slot_header(slot.index)] == 0  # so that the reader finds its frame invalid
    assert slot.index != words[layout.LATEST] & layout.SLOT_MASK


def test_a_slot_being_written_is_void(ring):
    writer = ring.writer()
    for _ in range(9):
        slot = writer.acquire(4, 4)
        assert ring.memory.words[layout.slot_header(slot.index)] == 0
        seq = writer.publish(slot)
        assert ring.memory.words[layout.slot_header(slot.index)] == seq


def test_abandon_gives_the_slot_back(ring):
    writer, reader = ring.writer(), ring.reader()
    writer.publish(writer.acquire(4, 4))
    slot = writer.acquire(4, 4)
    writer.abandon(slot)
    writer.abandon(slot)
    assert writer.seq == reader.acquire().info.seq == 1
    again = writer.acquire(4, 4)
    assert again.index == slot.index
    assert writer.publish(again) == 2


def test_acquire_abandons_what_was_not_published(ring):
    writer = ring.writer()
    first = writer.acquire(4, 4)
    second = writer.acquire(8, 8)
    assert second.index == first.index
    with pytest.raises(RuntimeError, match="acquire"):
        writer.publish(first)
    assert writer.publish(second) == 1


def test_publishing_twice_is_refused(ring):
    writer = ring.writer()
    slot = writer.acquire(4, 4)
    writer.publish(slot)
    with pytest.raises(RuntimeError, match="acquire"):
        writer.publish(slot)


@pytest.mark.parametrize(
    "stamp", ["window_id", "input_id", "render_begin_ns", "render_end_ns", "readback_end_ns"]
)
def test_a_negative_stamp_is_refused_and_the_slot_stays_acquired(ring, stamp):
    writer = ring.writer()
    slot = writer.acquire(4, 4)
    with pytest.raises(ValueError, match="invalid value"):
        writer.publish(slot, **{stamp: -1})
    assert writer.seq == ring.reader().seq == 0
    assert writer.publish(slot) == 1


class Killed(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("frames", [1, 2, 5])
@pytest.mark.parametrize("fences", [1, 2, 3])
def test_successor_of_a_writer_killed_at_any_fence(ring, monkeypatch, frames, fences):
    writer, reader = ring.writer(), ring.reader()
    for seq in range(1, frames + 1):
        slot = writer.acquire(4, 4)
        slot.pixels[:] = seq
        writer.publish(slot)
    held = reader.acquire()
    passed = []

    def fence():
        passed.append(1)
        if len(passed) == fences:
            raise Killed

    monkeypatch.setattr(frame_writer, "fence", fence)
    monkeypatch.setattr(frame_writer, "full_fence", fence)
    with pytest.raises(Killed):  # noqa: PT012
        slot = writer.acquire(4, 4)
        slot.pixels[:] = 99
        writer.publish(slot)
    monkeypatch.undo()
    heir = ring.writer()
    assert heir.seq - frames in {0, 1}  # the dead one's number may be used up
    for _ in range(12):
        with reader.acquire() as frame:
            assert (frame.pixels == frame.info.seq).all()
            assert frame.valid()
        slot = heir.acquire(4, 4)
        slot.pixels[:] = heir.seq + 1
        heir.publish(slot)
    assert (held.pixels == frames).all()
    assert held.valid()


def test_successor_of_a_writer_killed_while_writing(ring):
    writer, reader = ring.writer(), ring.reader()
    for _ in range(5):
        writer.publish(writer.acquire(4, 4))
    dead = writer.acquire(4, 4)
    dead.pixels[:] = 66
    heir = ring.writer()
    with reader.acquire() as frame:
        assert frame.info.seq == 5
    slot = heir.acquire(4, 4)
    assert slot.index == dead.index  # what was left half-written is used first
    assert heir.publish(slot) == 6


def test_successor_of_a_writer_killed_before_it_named_its_frame(ring):
    """The slot's seq is set, LATEST is not: nobody has seen the frame, and its number is not used again."""
    writer, reader = ring.writer(), ring.reader()
    words = ring.memory.words
    for _ in range(5):
        writer.publish(writer.acquire(4, 4))
    latest = words[layout.LATEST]
    writer.publish(writer.acquire(4, 4))
    words[layout.LATEST] = latest
    heir = ring.writer()
    with reader.acquire() as frame:
        assert frame.info.seq == 5
    for seq in range(7, 20):
        slot = heir.acquire(4, 4)
        assert slot.index != words[layout.LATEST] & layout.SLOT_MASK
        assert heir.publish(slot) == seq
        with reader.acquire(seq - 1) as frame:
            assert frame.info.seq == seq
