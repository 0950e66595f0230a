"""The ring as a whole: sizes, seqs that go on, and both ends in one process."""

import pickle

import pytest

from vizstream.ipc import layout
from vizstream.ipc.frame_ring import FrameRing


@pytest.fixture
def ring():
    ring = FrameRing(4, 64, 32)
    yield ring
    ring.close()


def publish(writer, seq, width=8, height=4, **stamps):
    slot = writer.acquire(width, height)
    slot.pixels[:] = seq % 256
    assert writer.publish(slot, **stamps) == seq


@pytest.mark.parametrize("slots", [-1, 0, 2, layout.MAX_SLOTS + 1])
def test_number_of_slots_is_bounded(slots):
    with pytest.raises(ValueError, match="slots"):
        FrameRing(slots, 64, 32)


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, -1)])
def test_empty_frames_are_refused(width, height):
    with pytest.raises(ValueError, match="empty"):
        FrameRing(4, width, height)


def test_nothing_is_there_before_the_first_frame(ring):
    reader = ring.reader()
    assert reader.acquire() is None
    assert reader.acquire(-1) is None
    assert reader.seq == ring.writer().seq == ring.writer().taken_seq == 0


def test_newest_wins(ring):
    writer, reader = ring.writer(), ring.reader()
    for seq in range(1, 101):
        publish(writer, seq)
    frame = reader.acquire()
    assert frame.info.seq == 100
    assert (frame.pixels == 100).all()
    assert frame.valid()
    frame.release()
    assert reader.acquire(100) is None
    assert reader.acquire(99).info.seq == 100


def test_reader_faster_than_writer_sees_each_frame_once(ring):
    writer, reader = ring.writer(), ring.reader()
    seen = []
    last = 0
    for seq in range(1, 51):
        publish(writer, seq)
        for _ in range(3):
            frame = reader.acquire(last)
            if frame is not None:
                with frame:
                    last = frame.info.seq
                    seen.append(last)
    assert seen == list(range(1, 51))


def test_reader_slower_than_writer_skips(ring):
    writer, reader = ring.writer(), ring.reader()
    seen = []
    for seq in range(1, 51):
        publish(writer, seq)
        if seq % 7 == 0:
            with reader.acquire(seen[-1] if seen else 0) as frame:
                seen.append(frame.info.seq)
                assert (frame.pixels == seq).all()
                assert frame.valid()
    assert seen == [7, 14, 21, 28, 35, 42, 49]


def test_taken_seq_follows_the_reader(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer, 1)
    publish(writer, 2)
    assert (writer.seq, writer.taken_seq) == (2, 0)
    reader.acquire().release()
    assert (writer.seq, writer.taken_seq) == (2, 2)
    publish(writer, 3)
    assert (writer.seq, writer.taken_seq) == (3, 2)


def test_info_comes_across(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(
        writer,
        1,
        16,
        9,
        window_id=3,
        input_id=2**53 - 1,
        render_begin_ns=2**62,
        render_end_ns=2**62 + 1,
        readback_end_ns=2**62 + 2,
    )
    with reader.acquire() as frame:
        info = frame.info
    assert (info.seq, info.width, info.height, info.window_id, info.input_id) == (1, 16, 9, 3, 2**53 - 1)
    assert (info.render_begin_ns, info.render_end_ns, info.readback_end_ns) == (2**62, 2**62 + 1, 2**62 + 2)


def test_seq_goes_on_with_a_new_reader(ring):
    writer = ring.writer()
    publish(writer, 1)
    assert ring.reader().acquire().info.seq == 1
    publish(writer, 2)
    assert ring.reader().acquire(1).info.seq == 2


def test_seq_goes_on_with_a_new_writer(ring):
    publish(ring.writer(), 1)
    publish(ring.writer(), 2)
    reader = ring.reader()
    frame = reader.acquire()
    assert frame.info.seq == 2
    writer = ring.writer()
    for seq in range(3, 30):
        publish(writer, seq)
    assert (frame.pixels == 2).all()  # a new writer respects the claim too
    assert frame.valid()


def test_size_may_change_with_every_frame(ring):
    writer, reader = ring.writer(), ring.reader()
    sizes = [(8, 4), (64, 32), (1, 1), (32, 64), (2048, 1), (8, 4)]
    for seq, (width, height) in enumerate(sizes * 5, 1):
        publish(writer, seq, width, height)
        with reader.acquire(seq - 1) as frame:
            assert frame.pixels.shape == (frame.info.height, frame.info.width, 4) == (height, width, 4)
            assert (frame.pixels == seq).all()
            assert frame.valid()


def test_slots_do_not_overlap():
    ring = FrameRing(5, 16, 16)
    flats = ring.flat_slots()
    for slot, flat in enumerate(flats):
        flat[:] = slot + 1
    for slot, flat in enumerate(flats):
        assert flat.size == 16 * 16 * 4
        assert (flat == slot + 1).all()
    del flat, flats
    ring.close()


def test_close_is_idempotent_while_both_ends_are_in_use(ring):
    writer, reader = ring.writer(), ring.reader()
    publish(writer, 1)
    frame = reader.acquire()
    ring.close()
    ring.close()
    assert (frame.pixels == 1).all()
    assert not frame.valid()
    frame.release()
    with pytest.raises(ValueError, match="released"):
        reader.acquire()
    with pytest.raises(ValueError, match="released"):
        writer.acquire(8, 4)


def test_is_picklable_only_while_spawning(ring):
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(ring)
