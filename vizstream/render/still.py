"""A host that takes one picture, at the moment when the script would wait for its user."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOImage import vtkPNGWriter
from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

from . import served_window
from .served_interactor import window_of
from .stop import Stopped

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor

#: Seconds after its first picture for which a script may go on rendering by itself.
_PATIENCE = 2.0


class Still:
    """Lets a script run until it starts its event loop, and takes the picture then.

    Parameters
    ----------
    size : tuple of int
        Width and height of a window that the script does not size itself.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.started = False
        self.window: vtkRenderWindow | None = None
        self.picture: vtkImageData | None = None
        self._size = size
        self._first = 0.0
        self._kept: list[object] = []

    def take(self, window: vtkRenderWindow) -> None:
        """Draw `window` and keep its picture."""
        self._kept.append(window)
        served_window.adopt(window)
        served_window.reunite(window)
        window.Initialize()
        served_window.render_natively(window)
        reader = vtkWindowToImageFilter()
        reader.SetInput(window)
        reader.SetInputBufferTypeToRGB()
        reader.ReadFrontBufferOff()
        reader.ShouldRerenderOff()
        reader.Update()
        self.picture = vtkImageData()
        self.picture.ShallowCopy(reader.GetOutput())

    def write(self, output: Path) -> None:
        """Write the picture as PNG.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        # Python says why a file cannot be written; VTK's writer only prints that it failed.
        with output.open("wb") as file:
            writer = vtkPNGWriter()
            writer.SetInputData(self.picture)
            writer.WriteToMemoryOn()
            writer.Write()
            file.write(memoryview(writer.GetResult()))

    # ---- host.Host ------------------------------------------------------------------------------

    def window_made(self, window: vtkRenderWindow) -> None:
        """Give a new window our size."""
        if tuple(window.GetSize()) in served_window.UNSIZED:
            window.SetSize(*self._size)

    def render(self, window: vtkRenderWindow) -> None:
        """Draw for the script; take the picture when it has drawn for long enough."""
        self._end_if_taken()
        self.window = window
        served_window.render_natively(window)
        now = time.monotonic()
        self._first = self._first or now
        if now - self._first > _PATIENCE:
            self.take(window)
            raise Stopped

    def render_requested(self, interactor: vtkRenderWindowInteractor) -> None:
        """Do nothing: the picture is drawn anyway."""

    def in_callback(self) -> bool:
        """Say that a render is to be carried out at once."""
        return False

    def start(self, interactor: vtkRenderWindowInteractor) -> None:
        """Take the picture and end the script."""
        self._end_if_taken()
        window = window_of(interactor)
        if window is None:
            return
        self.started = True
        self._kept.append(interactor)
        self.take(window)
        raise Stopped

    def process_events(self, interactor: vtkRenderWindowInteractor) -> None:
        """Count as a render: a script that calls this in a loop is live."""
        window = window_of(interactor)
        if window is not None:
            self._kept.append(interactor)
            self.render(window)

    def terminate(self, _interactor: vtkRenderWindowInteractor) -> None:
        """Do nothing: no loop runs."""

    def start_timer(
        self, interactor: vtkRenderWindowInteractor, timer_id: int, period: float, *, repeats: bool
    ) -> None:
        """Do nothing: a still picture does not move."""

    def stop_timer(self, timer_id: int) -> None:
        """Do nothing."""

    def _end_if_taken(self) -> None:
        if self.picture is not None:
            raise Stopped
