"""The frame ring: one writer, one reader, the newest frame wins, nobody waits.

::

    slot 0        slot 1        slot 2        slot 3
    seq 7         seq 9         seq 0         seq 8
                  ▲ LATEST      ▲ being       ▲ claimed by
                    9, 1          written       the reader

*The writer* takes the slot whose frame is oldest, but never the latest nor one that the reader claims; as
the reader claims at most ``slots - 2``, one is always left.  It sets the slot's seq to 0, fills the pixels,
sets the seq, and only then names the slot in ``LATEST``.

*The reader* loads ``LATEST``, claims that slot, and looks whether the slot still holds that seq; if not,
the writer was faster, and there is a newer frame to try.

Both store one word and then load the other's (the writer its 0, then the claims once more; the reader its
claim, then the seq) with a full fence in between, so at least one of them sees the other and steps back:
a claimed frame stays whole for as long as it is held.  The reader checks all the same, after the last use
(`Frame.valid`), because a claim that got lost in any way must not become a torn picture unnoticed.

Nothing of this can be left locked: a writer killed at any instant leaves one slot with seq 0, which its
successor uses first, and a reader's claims are void once there is a new reader.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from . import layout
from .frame_reader import Frame, FrameInfo, FrameReader
from .frame_writer import FrameWriter, Numbers, WriteSlot
from .memory import SharedMemory

__all__ = ["Frame", "FrameInfo", "FrameReader", "FrameRing", "FrameWriter", "Numbers", "WriteSlot"]


class FrameRing:
    """Shared memory for the newest frames.

    It may be pickled only as an argument of a process that is being spawned.  Memory that no frame has
    used takes no room.

    Parameters
    ----------
    slots : int
        3 … 16.  The reader may hold ``slots - 2`` frames at once.
    max_width, max_height : int
        A slot holds this many pixels, in any shape: a telephone held upright has 1080x2400.

    Raises
    ------
    ValueError
        If an argument is out of range.
    MachineError
        If there is not that much memory.
    """

    slots: int
    slot_bytes: int
    memory: SharedMemory

    def __init__(self, slots: int = 4, max_width: int = 3840, max_height: int = 2160) -> None:
        if not layout.MIN_SLOTS <= slots <= layout.MAX_SLOTS:
            raise ValueError(f"slots must lie between {layout.MIN_SLOTS} and {layout.MAX_SLOTS}, not {slots}")
        if max_width < 1 or max_height < 1:
            raise ValueError(f"a frame of {max_width}x{max_height} pixels is empty")
        slot_bytes = max_width * max_height * 4
        memory = SharedMemory(layout.slot_pixels(slots, slot_bytes, slots))
        layout.stamp(memory.words, layout.FRAME_RING_MAGIC, slots, slot_bytes)
        self._open(memory)

    def _open(self, memory: SharedMemory) -> None:
        layout.check(memory.words, layout.FRAME_RING_MAGIC)
        self.memory = memory
        self.slots = memory.words[layout.RING_SLOTS]
        self.slot_bytes = memory.words[layout.RING_SLOT_BYTES]

    def __getstate__(self) -> SharedMemory:
        return self.memory

    def __setstate__(self, memory: SharedMemory) -> None:
        self._open(memory)

    def flat_slots(self) -> list[npt.NDArray[np.uint8]]:
        """Return the bytes of each slot as an array."""
        return [
            np.frombuffer(
                self.memory.buf,
                np.uint8,
                self.slot_bytes,
                layout.slot_pixels(self.slots, self.slot_bytes, slot),
            )
            for slot in range(self.slots)
        ]

    def writer(self, numbers: Numbers | None = None) -> FrameWriter:
        """Return the writer.  There may be one; a new one continues where a dead one stopped.

        Parameters
        ----------
        numbers : Numbers, optional
            Where its seqs come from, if other rings' writers share them.
        """
        return FrameWriter(self, numbers)

    def reader(self) -> FrameReader:
        """Return the reader.  There may be one; what a dead one claimed is free again."""
        return FrameReader(self)

    def close(self) -> None:
        """Unmap the memory in this process, once no array on it is left.  Idempotent."""
        self.memory.close()
