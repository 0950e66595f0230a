"""The reading end of the frame ring; `frame_ring` tells how both work together."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import layout
from .fence import fence, full_fence

if TYPE_CHECKING:
    from .frame_ring import FrameRing

#: Rounds in which the reader tries again because the slot that it claimed has just been taken to be
#: written anew.  One is rare: frames must be published between two bytecodes of the reader, that is, it
#: must have been preempted.
_ATTEMPTS = 64

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FrameInfo:
    """What is known of a frame besides its pixels.

    Parameters
    ----------
    seq : int
        1, 2, 3 …: which frame of the session it is.
    width, height : int
        In physical pixels.
    window_id : int
        Which window it shows.
    input_id : int
        The newest input that it shows; 0 for none.
    render_begin_ns, render_end_ns, readback_end_ns : int
        `time.monotonic_ns` of the machine when drawing began, ended, and the pixels were in the slot.
    still : int
        1 where the scene has come to rest and this is its picture as good as it gets; 0 while it moves.
    """

    seq: int
    width: int
    height: int
    window_id: int
    input_id: int
    render_begin_ns: int
    render_end_ns: int
    readback_end_ns: int
    still: int = 0


class Frame:
    """A frame in the shared memory, claimed until `release`.  Also a context manager that releases it.

    Attributes
    ----------
    info : FrameInfo
        What is known of it.
    pixels : numpy.ndarray
        ``(height, width, 4)`` bytes RGBA, C-contiguous, rows bottom-up, read-only (PyAV's
        ``VideoFrame.from_numpy_buffer`` takes it so, without a copy).  One array object for each slot and
        size.  After `release` it shows whatever the writer writes.
    """

    __slots__ = ("_claim", "_free", "_header", "_words", "info", "pixels")

    def __init__(
        self, words: memoryview, free: list[int], claim: int, header: int, info: FrameInfo, pixels: Pixels
    ) -> None:
        self._words = words
        self._free = free
        self._claim = claim
        self._header = header
        self.info = info
        self.pixels = pixels

    def valid(self) -> bool:
        """Say whether all that was read from `pixels` so far belongs to this frame.

        Ask after the last use, and throw away what was made of the pixels if not.
        """
        fence()
        try:
            seq: int = self._words[self._header]
        except ValueError:  # the ring is closed
            return False
        return seq == self.info.seq

    def release(self) -> None:
        """Let the writer have the slot.  Idempotent."""
        claim = self._claim
        if claim < 0:
            return
        self._claim = -1
        fence()  # what was read before stays before: the writer may overwrite it from here on
        with contextlib.suppress(ValueError):  # the ring is closed
            self._words[claim] = 0
        self._free.append(claim)

    def __enter__(self) -> Frame:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class FrameReader:
    """The end that takes the newest frame.  For one thread at a time; nothing here blocks."""

    def __init__(self, ring: FrameRing) -> None:
        self._words = ring.memory.words
        self._flat = ring.flat_slots()
        for flat in self._flat:
            flat.flags.writeable = False
        self._views: list[Pixels] = [flat[:0].reshape(0, 0, 4) for flat in self._flat]
        self._free = list(range(layout.CLAIMS, layout.CLAIMS + ring.slots - 2))
        for claim in self._free:
            self._words[claim] = 0

    @property
    def seq(self) -> int:
        """The seq of the newest frame published; 0 before the first."""
        latest: int = self._words[layout.LATEST]
        return latest >> layout.SLOT_BITS

    def peek(self) -> FrameInfo | None:
        """Return what is known of the newest frame, without claiming it; None before the first."""
        words = self._words
        for _ in range(_ATTEMPTS):
            latest = words[layout.LATEST]
            if not latest:
                break
            header = layout.slot_header(latest & layout.SLOT_MASK)
            values = words[header : header + layout.SLOT_WORDS].tolist()
            # The writer voids a slot's seq before it changes anything else of it.
            fence()
            if values[layout.SEQ] == words[header] == latest >> layout.SLOT_BITS:
                return FrameInfo(*values)
        return None

    def take(self) -> None:
        """Tell the writer that the newest frame, whichever it is, need not be waited for any more.

        It shows as `FrameWriter.taken_seq`.  Does not ring.
        """
        self._words[layout.TAKEN] = self._words[layout.LATEST] >> layout.SLOT_BITS

    def acquire(self, newer_than: int = 0, *, take: bool = True) -> Frame | None:
        """Claim the newest frame.

        Parameters
        ----------
        newer_than : int
            The seq of the last frame seen.
        take : bool
            Whether to tell the writer at once; if not, `take` does later.

        Returns
        -------
        Frame or None
            None if there is no newer one.

        Raises
        ------
        RuntimeError
            If ``slots - 2`` frames are held already.
        """
        words = self._words
        latest = words[layout.LATEST]
        if not latest or latest >> layout.SLOT_BITS <= newer_than:
            return None
        if not self._free:
            raise RuntimeError("too many frames are held: release() one first")
        claim = self._free.pop()
        for _ in range(_ATTEMPTS):
            seq, index = latest >> layout.SLOT_BITS, latest & layout.SLOT_MASK
            words[claim] = index + 1
            full_fence()
            header = layout.slot_header(index)
            # No fence between the seq and the rest: LATEST was stored after all of them, and loaded before.
            values = words[header : header + layout.SLOT_WORDS].tolist()
            if values[layout.SEQ] == seq:
                info = FrameInfo(*values)  # its fields are in the order of the words
                if take:
                    words[layout.TAKEN] = seq
                return Frame(
                    words, self._free, claim, header, info, self._view(index, info.width, info.height)
                )
            latest = words[layout.LATEST]
        words[claim] = 0
        self._free.append(claim)
        return None

    def _view(self, index: int, width: int, height: int) -> Pixels:
        view = self._views[index]
        if view.shape != (height, width, 4):
            view = self._flat[index][: width * height * 4].reshape(height, width, 4)
            self._views[index] = view
        return view
