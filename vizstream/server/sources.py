"""Where each window's pictures come from: which ring it is in, and the one reader of that ring.

The renderer gives a ring to each window that somebody watches.  When windows outnumber rings it takes one
from a window that nobody watches, so a ring may change its window; its frames carry the window's number.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vizstream.media.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vizstream.ipc.frame_ring import FrameRing

#: What a window without a ring is in, and the window before there is one: the first ring holds neither.
_FIRST_RING = 0


class Sources:
    """The picture sources of all windows, made when they are asked for.

    Parameters
    ----------
    rings : sequence of FrameRing
        All rings of the link.
    wake : callable
        Wakes the renderer.
    """

    def __init__(self, rings: Sequence[FrameRing], wake: Callable[[], None]) -> None:
        self._readers = [ring.reader() for ring in rings]
        self._locks = [threading.Lock() for _ring in rings]
        self._wake = wake
        self._rings: dict[int, int] = {}
        self._sources: dict[int, PictureSource] = {}

    def place(self, rings: dict[int, int]) -> None:
        """Note in which ring each window is."""
        for window in list(self._sources):
            if self._rings.get(window) != rings.get(window):
                del self._sources[window]
        self._rings = dict(rings)

    def holds(self, source: PictureSource) -> bool:
        """Say whether a window's pictures still come from this source."""
        return source in self._sources.values()

    def of(self, window: int) -> PictureSource:
        """Return the source of a window; one that is in no ring has no pictures."""
        if window not in self._sources:
            ring = self._rings.get(window, _FIRST_RING)
            self._sources[window] = PictureSource(self._readers[ring], self._wake, window, self._locks[ring])
        return self._sources[window]
