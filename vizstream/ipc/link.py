"""The link: all shared memory between the main process and the server process, in one object."""

from __future__ import annotations

from dataclasses import dataclass

from .board import Board
from .frame_ring import FrameRing
from .input_ring import InputRing


@dataclass(frozen=True)
class Link:
    """What the two processes share.

    It may be pickled only as an argument of a process that is being spawned, and outlives that process:
    the next one continues with it.

    Parameters
    ----------
    frames : FrameRing
        Main to server: the pictures.
    inputs : InputRing
        Server to main: what the viewers do.
    scene : Board
        Main to server: phase, title, message, width, height, pixel_ratio, cursor …
    wants : Board
        Server to main: viewers, and the width, height (logical) and pixel_ratio they ask for.
    """

    frames: FrameRing
    inputs: InputRing
    scene: Board
    wants: Board

    @classmethod
    def create(cls, slots: int = 4, max_width: int = 3840, max_height: int = 2160) -> Link:
        """Return a new link.

        Parameters
        ----------
        slots, max_width, max_height : int
            As in `FrameRing`.

        Raises
        ------
        MachineError
            If there is not that much memory.
        """
        return cls(FrameRing(slots, max_width, max_height), InputRing(), Board(), Board())

    def close(self) -> None:
        """Unmap everything in this process.  Idempotent."""
        for part in (self.frames, self.inputs, self.scene, self.wants):
            part.close()
