"""Reading the finished picture straight into the memory that the encoder reads from.

``GetRGBACharPixelData`` with an array that lies on the slot's memory is one ``glReadPixels`` in GL's own
format: 0.27 ms at 720p and 0.63 ms at 1080p on llvmpipe, as long as a plain copy of the bytes takes.
``GetPixelData`` (RGB) needs 2.5 times as long and ``vtkWindowToImageFilter`` four times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from .channel import Pixels


class Readback:
    """Reads frames of one window after the other; keeps no memory of its own."""

    def __init__(self) -> None:
        self._array = vtkUnsignedCharArray()
        self._array.SetNumberOfComponents(4)

    @property
    def address(self) -> int:
        """Where the last picture was read to."""
        return int(self._array.GetVoidPointer(0).split("_")[1], 16)

    def read(self, window: vtkRenderWindow, pixels: Pixels) -> bool:
        """Read the window's last rendered picture into `pixels`.

        Parameters
        ----------
        window : vtkRenderWindow
            Has rendered; is exactly as large as `pixels`.
        pixels : numpy.ndarray
            uint8, shape (height, width, 4), C-contiguous.  Filled with RGBA, rows bottom-up.  Alpha is
            what GL left there, 0 for the background: ignore it.

        Returns
        -------
        bool
            False when GL would not give the pixels.
        """
        height, width = pixels.shape[:2]
        # The size must be exact: VTK would otherwise allocate memory of its own, without a word.
        # The last argument of SetVoidArray leaves the memory ours; the last one of the reading (`right`)
        # must be given, because without it a different overload is chosen.
        self._array.SetVoidArray(pixels, width * height * 4, 1)
        done = window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 1, self._array, 0)
        return bool(done) and self._array.GetNumberOfValues() == width * height * 4
