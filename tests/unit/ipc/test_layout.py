"""The shared layout: nothing overlaps, and what the code relies on is so."""

from dataclasses import fields
from itertools import pairwise

import pytest

from vizstream.errors import VizstreamError
from vizstream.ipc import layout
from vizstream.ipc.frame_ring import FrameInfo


@pytest.mark.parametrize("slots", range(layout.MIN_SLOTS, layout.MAX_SLOTS + 1))
@pytest.mark.parametrize("slot_bytes", [4, 4096, 4100, 3840 * 2160 * 4])
def test_parts_of_the_frame_ring_do_not_overlap(slots, slot_bytes):
    parts = [
        range(layout.FIRST_PARAMETER + 2),
        range(layout.LATEST, layout.LATEST + 1),
        range(layout.TAKEN, layout.CLAIMS + slots - 2),
        *(
            range(layout.slot_header(slot), layout.slot_header(slot) + layout.SLOT_WORDS)
            for slot in range(slots)
        ),
    ]
    parts = [range(part.start * layout.WORD, part.stop * layout.WORD) for part in parts]
    for slot in range(slots):
        start = layout.slot_pixels(slots, slot_bytes, slot)
        assert start % layout.PAGE == 0
        parts.append(range(start, start + slot_bytes))
    for before, after in pairwise(parts):
        assert before.stop <= after.start
    assert parts[-1].stop <= layout.slot_pixels(slots, slot_bytes, slots)


def test_sides_write_to_different_lines():
    assert layout.LATEST // layout.LINE != layout.TAKEN // layout.LINE
    assert (layout.CLAIMS + layout.MAX_SLOTS - 3) // layout.LINE == layout.TAKEN // layout.LINE
    assert layout.HEAD // layout.LINE != layout.TAIL // layout.LINE
    assert layout.RECORDS > (layout.TAIL + 1) * layout.WORD


def test_slot_index_fits_beside_the_seq():
    assert layout.MAX_SLOTS <= layout.SLOT_MASK + 1


def test_frame_info_has_the_order_of_the_words():
    words = (
        *("SEQ", "WIDTH", "HEIGHT", "WINDOW_ID", "INPUT_ID"),
        *("RENDER_BEGIN", "RENDER_END", "READBACK_END", "STILL"),
    )
    assert list(range(layout.SLOT_WORDS)) == [getattr(layout, word) for word in words]
    names = [field.name.removesuffix("_ns").upper() for field in fields(FrameInfo)]
    assert tuple(names) == words


@pytest.mark.parametrize("capacity", [2, 8, 9, 127, 128, 65536])
def test_banks_of_the_board_do_not_overlap(capacity):
    first, second, end = (layout.bank_header(capacity, bank) for bank in range(3))
    assert first > layout.POSTED
    assert (first + layout.BANK_TEXT) * layout.WORD + capacity <= second * layout.WORD
    assert (second + layout.BANK_TEXT) * layout.WORD + capacity <= end * layout.WORD
    assert first % layout.LINE == second % layout.LINE == 0


def test_stamp_and_check():
    words = memoryview(bytearray(layout.LINE * layout.WORD)).cast("Q")
    layout.stamp(words, layout.BOARD_MAGIC, 7)
    layout.check(words, layout.BOARD_MAGIC)
    assert words[layout.BOARD_CAPACITY] == 7
    with pytest.raises(VizstreamError, match="upgraded"):
        layout.check(words, layout.INPUT_RING_MAGIC)
    words[layout.VERSION] = layout.LAYOUT_VERSION + 1
    with pytest.raises(VizstreamError, match=f"version {layout.LAYOUT_VERSION + 1}"):
        layout.check(words, layout.BOARD_MAGIC)


@pytest.mark.parametrize(("value", "step", "rounded"), [(0, 8, 0), (1, 8, 8), (8, 8, 8), (9, 8, 16)])
def test_round_up(value, step, rounded):
    assert layout.round_up(value, step) == rounded
