"""A writer and a reader in two processes: no torn frame, the newest wins, nobody waits."""

from __future__ import annotations

import os
import time

import pytest
from ipc_peers import (
    SIZES,
    drop_claims,
    is_whole,
    peer,
    shared_memory_names,
    until,
    write_frame,
    write_freely,
    write_in_step,
)

from vizstream.ipc.frame_ring import FrameRing


@pytest.fixture(params=[3, 4])
def ring(request):
    ring = FrameRing(request.param, 256, 256)
    yield ring
    ring.close()


def test_100_000_frames_and_none_is_torn(ring):
    """Both run as fast as they can; the writer turns all slots while the reader looks at one.

    On an idle machine the reader sees 100 000 frames in a second or two; on one where the two rarely run at
    the same time it sees one in `ahead`, and is not asked to see them all.
    """
    wanted, ahead = 100_000, 64
    names = shared_memory_names()
    reader = ring.reader()
    seen = last = 0
    with peer(write_in_step, ring, ahead):
        until(lambda: reader.seq, 30, "first frame")
        begin = time.monotonic()
        while reader.seq < wanted or (seen < wanted and time.monotonic() < begin + 6):
            newest = reader.seq
            frame = reader.acquire(last)
            if frame is None:
                assert time.monotonic() < begin + 90, f"only {seen} of {newest} frames"
                os.sched_yield()
                continue
            with frame:
                assert frame.info.seq > last, "newer than the last"
                assert frame.info.seq >= newest, "the newest wins"
                assert (frame.info.width, frame.info.height) == SIZES[frame.info.seq % len(SIZES)]
                assert is_whole(frame), f"frame {frame.info.seq} is torn"
                # More than "no torn frame is accepted": with its claims and fences, none is even refused.
                assert frame.valid()
                last = frame.info.seq
            seen += 1
        published = reader.seq
        assert shared_memory_names() == names, "the memory has no name"
    assert published >= wanted
    assert seen > published / (2 * ahead)


def test_a_writer_that_never_looks_back(ring):
    """The writer runs free; the reader sees fewer frames, each one whole."""
    reader = ring.reader()
    seen = last = 0
    with peer(write_freely, ring):
        until(lambda: reader.seq, 30, "first frame")
        end = time.monotonic() + 60
        while reader.seq < 100_000 or seen < 200:
            assert time.monotonic() < end, f"{seen} of {reader.seq} frames"
            frame = reader.acquire(last)
            if frame is None:
                continue
            with frame:
                assert frame.info.seq > last
                assert is_whole(frame), f"frame {frame.info.seq} is torn"
                assert frame.valid()
                last = frame.info.seq
            seen += 1


def test_without_claims_frames_tear_and_valid_says_so():
    """The claims dropped, slots are overwritten under the reader's eyes: `valid` catches every one."""
    ring = FrameRing(4, 256, 256)
    reader = ring.reader()
    torn = accepted = last = 0
    with peer(write_freely, ring, (256, 256)):
        until(lambda: reader.seq, 30, "first frame")
        end = time.monotonic() + 60
        while torn < 20 or accepted < 20:
            assert time.monotonic() < end, f"{torn} torn frames, {accepted} accepted"
            frame = reader.acquire(last)
            if frame is None:
                continue
            drop_claims(ring)
            whole = all(is_whole(frame) for _ in range(3))
            if frame.valid():
                assert whole, f"frame {frame.info.seq} is torn, and valid() did not notice"
                accepted += 1
            elif not whole:
                torn += 1
            last = frame.info.seq
            frame.release()
    ring.close()


def test_a_reader_that_holds_its_frame_does_not_hold_up_the_writer(ring):
    reader = ring.reader()
    with peer(write_freely, ring):
        until(lambda: reader.seq, 30, "first frame")
        held = reader.acquire()
        until(lambda: reader.seq > held.info.seq + 1000, 30, "1000 frames meanwhile")
        assert is_whole(held)
        assert held.valid()
        held.release()
        until(lambda: not held.valid(), 30, "its slot in use again")


def test_a_writer_does_not_notice_that_nobody_reads(ring):
    ring.reader().acquire()
    writer = ring.writer()
    slowest = 0.0
    for _ in range(10_000):
        begin = time.monotonic()
        write_frame(writer)
        slowest = max(slowest, time.monotonic() - begin)
    assert slowest < 1
    assert writer.seq == 10_000
