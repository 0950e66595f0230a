"""Run a user's scene until it shows something, and measure it there instead of serving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vtkmodules.vtkCommonDataModel import vtkImageData

from vizstream.errors import MachineError
from vizstream.render import served_window
from vizstream.render.still import Still
from vizstream.render.stop import Stopped
from vizstream.scene.run import load, script_errors
from vizstream.scene.target import resolve

#: Degrees by which the camera goes on from picture to picture where the scene has no ``update``: about what
#: a hand that drags does.
TURN_DEG = 1.0


class Shown:
    """A window that a script shows, drawn picture by picture.

    Parameters
    ----------
    window : vtkRenderWindow
        The window; from here on off screen, with one sample a pixel where the CPU draws, as when served.
    update : callable or None
        The scene's ``update(t)``.
    """

    def __init__(self, window: Any, update: Callable[[float], object] | None) -> None:
        self.window = window
        self._update = update
        self._pictures = 0
        served_window.adopt(window)
        served_window.reunite(window)
        if served_window.draws_in_software(window):
            served_window.turn_off_multisampling(window)

    def resize(self, width: int, height: int) -> None:
        """Give the window a size."""
        self.window.SetSize(width, height)
        self.draw()

    def move(self) -> None:
        """Let the scene go on by one picture."""
        self._pictures += 1
        if self._update is not None:
            self._update(self._pictures / 30)
            return
        for renderer in self.window.GetRenderers():
            renderer.GetActiveCamera().Azimuth(TURN_DEG)
            renderer.ResetCameraClippingRange()

    def draw(self) -> None:
        """Draw, and wait until the picture is finished."""
        served_window.render_natively(self.window)
        self.window.WaitForCompletion()


class _Measuring(Still):
    """Stands in for the render loop, and measures where a snapshot would be taken."""

    def __init__(self, size: tuple[int, int], measure: Callable[[Shown], object]) -> None:
        super().__init__(size)
        self.update: Callable[[float], object] | None = None
        self._measure = measure

    def take(self, window: Any) -> None:
        self._kept.append(window)
        self.picture = vtkImageData()
        self._measure(Shown(window, self.update))


def measure_scene(scene: str, size: tuple[int, int], measure: Callable[[Shown], object]) -> None:
    """Run a scene and call `measure` with what it shows.

    Parameters
    ----------
    scene : str
        As ``vizstream serve`` takes it.
    size : tuple of (int, int)
        Of a window that the script does not size itself.
    measure : callable
        Called once.

    Raises
    ------
    UsageError, SceneError
        As `vizstream.snapshot.snapshot`.
    MachineError
        If nothing was shown.
    """
    target = resolve(scene)
    host = _Measuring(size, measure)
    try:
        found = load(target, (), host)
        if found is not None:
            if (update := found.update) is not None:
                # What is measured beneath `take` is ours, and its faults are not the script's.
                host.update = script_errors(target)(update)
            host.take(found.window)
    except Stopped:
        pass
    if host.picture is None:
        raise MachineError("OpenGL gave no picture")
