"""The link: all shared memory between the main process and the server process, in one object."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from .board import Board
from .frame_ring import FrameRing
from .input_ring import InputRing

#: Windows that can be watched at once.  A ring that was never used costs address space (133 MB) and a file
#: descriptor; where room is reserved for all of it (see `memory`), there are two.
MAX_WINDOWS = 8 if hasattr(os, "memfd_create") or sys.platform == "darwin" else 2


@dataclass(frozen=True)
class Link:
    """What the two processes share.

    It may be pickled only as an argument of a process that is being spawned, and outlives that process:
    the next one continues with it.

    Parameters
    ----------
    rings : tuple of FrameRing
        Main to server: the pictures, a ring for each window that somebody watches.
    inputs : InputRing
        Server to main: what the viewers do.
    scene : Board
        Main to server: phase, message, title, the windows and what viewers are told of each.
    wants : Board
        Server to main: how many watch which window, and in which size; see `render.channel.Wants`.
    kept : Board
        Server to its successor: what must outlive it; see `server.tokens.Tokens`.
    """

    rings: tuple[FrameRing, ...]
    inputs: InputRing
    scene: Board
    wants: Board
    kept: Board

    @classmethod
    def create(
        cls, slots: int = 4, max_width: int = 3840, max_height: int = 2160, windows: int = MAX_WINDOWS
    ) -> Link:
        """Return a new link.

        Parameters
        ----------
        slots, max_width, max_height : int
            As in `FrameRing`.
        windows : int
            How many windows can be watched at once.

        Raises
        ------
        MachineError
            If there is not that much memory.
        """
        rings = tuple(FrameRing(slots, max_width, max_height) for _window in range(windows))
        return cls(rings, InputRing(), Board(), Board(), Board())

    @property
    def frames(self) -> FrameRing:
        """The first ring: the only one in use while one window is watched."""
        return self.rings[0]

    def close(self) -> None:
        """Unmap everything in this process.  Idempotent."""
        for ring in self.rings:
            ring.close()
        for part in (self.inputs, self.scene, self.wants, self.kept):
            part.close()
