"""The writing end of the frame ring; `frame_ring` tells how both work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import layout
from .fence import fence, full_fence

if TYPE_CHECKING:
    from .frame_ring import FrameRing

#: Rounds in which the writer looks for a slot again because the reader has just claimed the one it found.
#: One is rare; two in a row would need a reader that is preempted twice at the same bytecode.
_ATTEMPTS = 64


class WriteSlot:
    """A slot that the writer may fill.

    One object, and one array, for each slot and size: what a renderer derives from `pixels` (such as a VTK
    array on the same memory) may be kept for as long as the array is the same object.

    Attributes
    ----------
    index : int
        Which slot it is.
    width, height : int
        In pixels.
    pixels : numpy.ndarray
        ``(height, width, 4)`` bytes RGBA in the shared memory, C-contiguous, rows bottom-up as OpenGL has
        them.  What it holds before it is filled is undefined.
    """

    __slots__ = ("height", "index", "pixels", "width")

    def __init__(self, index: int, pixels: npt.NDArray[np.uint8]) -> None:
        self.index = index
        self.pixels = pixels
        self.height, self.width = pixels.shape[:2]


class Numbers:
    """The seqs of several rings, so that no two frames of a session carry the same one.

    Attributes
    ----------
    last : int
        The one given out last.
    """

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0


class FrameWriter:
    """The end that fills frames.  For one thread at a time; nothing here blocks.

    Parameters
    ----------
    ring : FrameRing
        Where to.
    numbers : Numbers, optional
        Shared with the writers of other rings, all in one thread.
    """

    def __init__(self, ring: FrameRing, numbers: Numbers | None = None) -> None:
        words = ring.memory.words
        self._words = words
        self._flat = ring.flat_slots()
        self._slots: list[WriteSlot | None] = [None] * ring.slots
        self._max_pixels = ring.slot_bytes // 4
        self._claims = slice(layout.CLAIMS, layout.CLAIMS + ring.slots - 2)
        self._held: WriteSlot | None = None
        # A predecessor may have died after it set a slot's seq and before it set LATEST; that frame was
        # never seen, but its number is used up, so that no two frames ever carry the same one.
        seqs = [words[layout.slot_header(slot)] for slot in range(ring.slots)]
        latest = words[layout.LATEST]
        self._seq = max(*seqs, latest >> layout.SLOT_BITS)
        self._numbers = numbers or Numbers()
        self._numbers.last = max(self._numbers.last, self._seq)
        self._order = sorted(range(ring.slots), key=seqs.__getitem__)  # oldest first, latest last
        if latest:
            self._order.remove(latest & layout.SLOT_MASK)
            self._order.append(latest & layout.SLOT_MASK)

    @property
    def seq(self) -> int:
        """The seq of the last frame published; 0 before the first."""
        return self._seq

    @property
    def taken_seq(self) -> int:
        """The seq of the newest frame that the reader has taken: a further one is welcome; 0 at first."""
        taken: int = self._words[layout.TAKEN]
        return taken

    def acquire(self, width: int, height: int) -> WriteSlot:
        """Return a slot to fill.

        A slot acquired before and not published is abandoned by this.

        Parameters
        ----------
        width, height : int
            In pixels.

        Raises
        ------
        ValueError
            If the frame is empty or larger than a slot.
        """
        if width < 1 or height < 1 or width * height > self._max_pixels:
            raise ValueError(f"a frame of {width}x{height} pixels does not fit in {self._max_pixels} pixels")
        if self._held is not None:
            self.abandon(self._held)
        index = self._take()
        slot = self._slots[index]
        if slot is None or slot.width != width or slot.height != height:
            pixels = self._flat[index][: width * height * 4].reshape(height, width, 4)
            slot = self._slots[index] = WriteSlot(index, pixels)
        self._held = slot
        return slot

    def _take(self) -> int:
        """Find the oldest slot that is neither the latest nor claimed, and void it."""
        words = self._words
        index = self._order[0]
        for _ in range(_ATTEMPTS):
            claims = words[self._claims].tolist()
            for index in self._order[:-1]:
                if index + 1 not in claims:
                    break
            header = layout.slot_header(index)
            seq = words[header]
            words[header] = 0
            full_fence()
            if index + 1 not in words[self._claims].tolist():
                return index
            words[header] = seq  # the reader was faster; nothing has been written yet
        # Never seen: the reader claims what was just published, so it would have to be faster each time.
        # Rather than wait for it, overwrite; it finds its frame no longer valid.
        words[layout.slot_header(index)] = 0
        full_fence()
        return index

    def publish(
        self,
        slot: WriteSlot,
        *,
        window_id: int = 0,
        input_id: int = 0,
        render_begin_ns: int = 0,
        render_end_ns: int = 0,
        readback_end_ns: int = 0,
        still: bool = False,
    ) -> int:
        """Make a filled slot the newest frame.

        Parameters
        ----------
        slot : WriteSlot
            From the last `acquire`.  It belongs to the reader from here on.
        window_id, input_id, render_begin_ns, render_end_ns, readback_end_ns : int
            As in `FrameInfo`; none may be negative.
        still : bool
            Whether the scene has come to rest with this picture.

        Returns
        -------
        int
            The frame's seq: 1, 2, 3 …, with gaps where the numbers are shared.

        Raises
        ------
        RuntimeError
            If the slot is not the one last acquired.
        """
        if slot is not self._held:
            raise RuntimeError("publish() without acquire(): the slot belongs to the reader")
        words = self._words
        index = slot.index
        header = layout.slot_header(index)
        words[header + layout.WIDTH] = slot.width
        words[header + layout.HEIGHT] = slot.height
        words[header + layout.WINDOW_ID] = window_id
        words[header + layout.INPUT_ID] = input_id
        words[header + layout.RENDER_BEGIN] = render_begin_ns
        words[header + layout.RENDER_END] = render_end_ns
        words[header + layout.READBACK_END] = readback_end_ns
        words[header + layout.STILL] = still
        # Our own books first: a KeyboardInterrupt in here may cost this frame, but never a seq used twice.
        self._seq = self._numbers.last = seq = self._numbers.last + 1
        self._held = None
        self._order.remove(index)
        self._order.append(index)
        # The full one, as copies of megabytes use non-temporal stores, which x86 does not order.
        full_fence()
        words[header] = seq
        fence()
        words[layout.LATEST] = seq << layout.SLOT_BITS | index
        return seq

    def abandon(self, slot: WriteSlot) -> None:
        """Give a slot back without publishing it.  Idempotent."""
        if slot is self._held:
            self._held = None
            self._order.remove(slot.index)
            self._order.insert(0, slot.index)
