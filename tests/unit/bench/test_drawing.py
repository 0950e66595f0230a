"""Copies are counted by where the pixels lie."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from vizstream.bench.drawing import copies_made
from vizstream.ipc.frame_ring import FrameRing


@pytest.fixture
def published():
    """Return a slot that was published, and the frame that its reader has."""
    ring = FrameRing(4, 64, 64)
    writer, reader = ring.writer(), ring.reader()
    slot = writer.acquire(64, 64)
    writer.publish(slot)
    frame = reader.acquire()
    yield slot, frame
    frame.release()


def test_one_copy_where_all_look_at_the_slot(published):
    slot, frame = published
    readback = SimpleNamespace(address=slot.pixels.ctypes.data)
    assert copies_made(readback, slot, frame) == 1


def test_memory_of_vtks_own_is_one_more(published):
    slot, frame = published
    elsewhere = np.empty((64, 64, 4), np.uint8)
    assert copies_made(SimpleNamespace(address=elsewhere.ctypes.data), slot, frame) == 2
