"""The whole layout of the shared memory, in one place.

Every field is one 8-byte aligned word (`memoryview` format ``Q``), in the machine's own byte order,
because both ends run on one machine.  CPython moves such a word with a single 8-byte ``memcpy`` that
compilers turn into one load or store (``PACK_SINGLE``/``UNPACK_SINGLE`` in ``Objects/memoryobject.c``),
so that on a 64-bit CPU a word is never seen half-written.  (``struct`` with ``<Q`` writes byte by byte.)

Words written by different processes lie on different lines, so that neither side's stores take the
other side's cache line away.

::

    FrameRing    line 0   MAGIC VERSION | SLOTS SLOT_BYTES                       written once
                 line 1   LATEST = seq << 8 | slot                               writer
                 line 2   TAKEN, CLAIM … (one for each frame the reader holds)   reader
                 line 3…  SLOT header: SEQ WIDTH HEIGHT … STILL           writer, one line a slot
                 page …   pixels of slot 0, slot 1, …                            writer, page aligned

    InputRing    line 0   MAGIC VERSION | CAPACITY                               written once
                 line 1   HEAD = bytes ever put                                  producer
                 line 2   TAIL = bytes ever drained, AWAKE_SINCE DRAWING_SINCE   consumer
                 line 3…  records: one word of length, then the bytes, padded to a word; wraps around

    Board        line 0   MAGIC VERSION | CAPACITY                               written once
                 line 1   POSTED = version of the newest value                   writer
                 line 2…  bank 0: BANK_VERSION BANK_LENGTH, then the JSON text   writer
                          bank 1 likewise; version v lies in bank v & 1
"""

from __future__ import annotations

from typing import Final

from vizstream.errors import VizstreamError

#: Grows with every change below.  The two ends can differ when the package is upgraded under a running
#: program, whose server process is then started again from the new files.
LAYOUT_VERSION: Final = 4

WORD: Final = 8
#: Words in a line: 128 bytes, two x86 cache lines (its prefetcher loads pairs), one on Apple silicon.
LINE: Final = 16
#: Pixels start on pages, so that a slot never used costs no page and rows are aligned for SIMD.
PAGE: Final = 4096

# Line 0 of every region.
MAGIC: Final = 0
VERSION: Final = 1
FIRST_PARAMETER: Final = 2

FRAME_RING_MAGIC: Final = int.from_bytes(b"vizframe", "big")
INPUT_RING_MAGIC: Final = int.from_bytes(b"vizinput", "big")
BOARD_MAGIC: Final = int.from_bytes(b"vizboard", "big")

# FrameRing.
RING_SLOTS: Final = 2
RING_SLOT_BYTES: Final = 3
LATEST: Final = 1 * LINE
TAKEN: Final = 2 * LINE
CLAIMS: Final = TAKEN + 1
SLOT_HEADERS: Final = 3 * LINE
#: One newest, one being written, one held by the reader.
MIN_SLOTS: Final = 3
#: The claims (slots - 2) and `TAKEN` share a line.
MAX_SLOTS: Final = LINE
#: How `LATEST` packs a slot's index next to a seq.
SLOT_BITS: Final = 8
SLOT_MASK: Final = (1 << SLOT_BITS) - 1

# A slot's header.
SEQ: Final = 0
WIDTH: Final = 1
HEIGHT: Final = 2
WINDOW_ID: Final = 3
INPUT_ID: Final = 4
RENDER_BEGIN: Final = 5
RENDER_END: Final = 6
READBACK_END: Final = 7
STILL: Final = 8
SLOT_WORDS: Final = 9

# InputRing.
INPUT_CAPACITY: Final = 2
HEAD: Final = 1 * LINE
TAIL: Final = 2 * LINE
#: When the consumer woke or drained last (`time.monotonic_ns`), 0 while it sleeps.
AWAKE_SINCE: Final = TAIL + 1
#: When it began to draw a picture, 0 while it draws none.
DRAWING_SINCE: Final = TAIL + 2
RECORDS: Final = 3 * LINE * WORD

# Board.
BOARD_CAPACITY: Final = 2
POSTED: Final = 1 * LINE
BANKS: Final = 2 * LINE
BANK_VERSION: Final = 0
BANK_LENGTH: Final = 1
BANK_TEXT: Final = 2


def round_up(value: int, step: int) -> int:
    """Return the smallest multiple of `step` that is not below `value`."""
    return -(-value // step) * step


def stamp(words: memoryview, magic: int, *parameters: int) -> None:
    """Write line 0 of a new region."""
    words[VERSION] = LAYOUT_VERSION
    for index, parameter in enumerate(parameters, FIRST_PARAMETER):
        words[index] = parameter
    words[MAGIC] = magic


def check(words: memoryview, magic: int) -> None:
    """Refuse a region that is not of this kind and version.

    Raises
    ------
    VizstreamError
        If the other end was started from another version of vizstream.
    """
    if words[MAGIC] != magic or words[VERSION] != LAYOUT_VERSION:
        raise VizstreamError(
            f"shared memory has layout {words[MAGIC]:#x} version {words[VERSION]}, "
            f"not {magic:#x} version {LAYOUT_VERSION}; was vizstream upgraded while it ran? Start it again"
        )


def slot_header(slot: int) -> int:
    """Return the index of the first word of a slot's header."""
    return SLOT_HEADERS + slot * LINE


def slot_pixels(slots: int, slot_bytes: int, slot: int) -> int:
    """Return the byte offset of a slot's pixels; with ``slot == slots``, the size of the whole ring."""
    first = round_up(slot_header(slots) * WORD, PAGE)
    return first + slot * round_up(slot_bytes, PAGE)


def bank_header(capacity: int, bank: int) -> int:
    """Return the index of the first word of a bank; with ``bank == 2``, the size of the board in words."""
    return BANKS + bank * round_up(BANK_TEXT + round_up(capacity, WORD) // WORD, LINE)
