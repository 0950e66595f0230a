"""How a scene at rest is drawn: as well as it asks for, where that does not take too long.

While a scene moves on a machine whose CPU draws, each pixel gets one sample.  At rest it is drawn once with
as many as its window asks for (VTK's own default is 8, of which llvmpipe has 4).  Nothing can be done for a
hand that moves meanwhile, so what took too long is not done again soon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .served_window import samples_asked_for, set_samples

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

#: Seconds that a picture at rest may take to draw: input that comes meanwhile waits for that long.
LIMIT_S = 0.5

#: How much longer multisampling takes, before that is known.  Measured on llvmpipe with 2 busy cores at 720p
#: (one sample → four, ms): flow 25 → 135, molecule 85 → 446, plain_vtk 38 → 154, terrain 47 → 362,
#: volume 89 → 183, widgets 127 → 537; 2.1 to 7.7 times, 4.2 in the middle.
FIRST_GUESS = 4.0

#: What remains of a time that was over the limit each time that it counts, so that one measured in a bad
#: moment does not count for ever.
FORGETTING = 0.9


class Quality:
    """Decide whether pictures at rest are multisampled.  Learns from what they took."""

    def __init__(self) -> None:
        self._took_s: float | None = None
        self._pixels = 0

    def affords(self, single_s: float, pixels: int, *, asked: bool) -> bool:
        """Say whether the next picture at rest is to be multisampled.

        Parameters
        ----------
        single_s : float
            Seconds that the last picture took with one sample for each pixel.
        pixels : int
            Of the picture.
        asked : bool
            Whether the script itself has asked for multisampling; then its will is done, whatever it takes.
        """
        if asked:
            return True
        if self._took_s is None or pixels != self._pixels:
            self._took_s = None
            return FIRST_GUESS * single_s <= LIMIT_S
        if self._took_s <= LIMIT_S:
            return True
        self._took_s *= FORGETTING
        return False

    def took(self, seconds: float, pixels: int) -> None:
        """Learn how long a multisampled picture took."""
        self._took_s, self._pixels = seconds, pixels

    def begin(self, window: vtkRenderWindow, single_s: float) -> bool:
        """Set the window up for its picture at rest; say whether that changes how it is drawn."""
        samples, asked = samples_asked_for(window)
        now: Any = window.GetMultiSamples()
        if samples <= now:
            return False
        width, height = window.GetSize()
        if not self.affords(single_s, width * height, asked=asked):
            return False
        set_samples(window, samples)
        return True

    def end(self, window: vtkRenderWindow, seconds: float) -> None:
        """Set the window up for motion again."""
        width, height = window.GetSize()
        self.took(seconds, width * height)
        set_samples(window, 0)
