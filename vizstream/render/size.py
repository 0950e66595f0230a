"""How large the picture is: from what a viewer wants to what this machine draws, in plain numbers.

A viewer thinks in logical pixels and a pixel ratio, as its browser does.  The window has physical ones.
What does not fit is made smaller by lowering the pixel ratio: the viewer's layout, the aspect and the
size of text stay as they are, the picture gets softer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vizstream.config import MAX_HEIGHT, MAX_WIDTH, MIN_SIDE

#: Physical pixels at most when the CPU does the drawing: 1080p.  On two cores llvmpipe needs 6 ms for a
#: simple scene of that size and four times as much for 4K, and the encoder as much again.
SOFTWARE_PIXELS = 1920 * 1080

#: VTK's resolution for a pixel ratio of 1 (vtkWindow::DPI); text is laid out in points, so it scales.
BASE_DPI = 72


@dataclass(frozen=True)
class Size:
    """A size of the picture.

    Parameters
    ----------
    width, height : int
        Physical pixels, always even: 4:2:0 video halves both.
    logical_width, logical_height : int
        The viewer's pixels, in which input events are given.
    """

    width: int
    height: int
    logical_width: int
    logical_height: int

    @property
    def pixel_ratio(self) -> float:
        """Physical pixels for each logical pixel."""
        return math.sqrt((self.width * self.height) / (self.logical_width * self.logical_height))

    @property
    def dpi(self) -> int:
        """The resolution at which text keeps its size in logical pixels."""
        return max(1, round(BASE_DPI * self.pixel_ratio))

    def to_physical(self, x: float, y: float) -> tuple[int, int]:
        """Turn a position in logical pixels into physical ones, the origin staying at the top left."""
        return (
            math.floor(x * self.width / self.logical_width),
            math.floor(y * self.height / self.logical_height),
        )


def _even(length: float, most: int) -> int:
    return min(max(2 * round(length / 2), MIN_SIDE), most - most % 2)


def fit(width: float, height: float, pixel_ratio: float = 1.0, *, software: bool = False) -> Size:
    """Return the size to draw at for a wanted size.

    Parameters
    ----------
    width, height : float
        Wanted size in logical pixels.
    pixel_ratio : float
        Wanted physical pixels for each logical pixel.
    software : bool
        Whether the CPU draws; then a picture has at most `SOFTWARE_PIXELS`.
    """
    logical_width, logical_height = max(1, round(width)), max(1, round(height))
    ratio = max(pixel_ratio, 0.1)
    ratio = min(ratio, MAX_WIDTH / logical_width, MAX_HEIGHT / logical_height)
    if software:
        ratio = min(ratio, math.sqrt(SOFTWARE_PIXELS / (logical_width * logical_height)))
    return Size(
        _even(logical_width * ratio, MAX_WIDTH),
        _even(logical_height * ratio, MAX_HEIGHT),
        logical_width,
        logical_height,
    )
