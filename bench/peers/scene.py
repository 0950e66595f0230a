"""The flow scene in motion, with the marker in its corner: what every tool serves.

`window()` is for the adapters, `scene()` and `update()` are what vizstream calls.  A press of the left button
shows in the marker of the very next picture, whatever else it does.

SIGUSR1 stops the motion.  SIGUSR2, after that, draws the picture of now, and those that ``wanted.json`` lists
as pairs of number and clicks, once more: into ``drawn.npy``; ``PEERS_PICTURES`` names the directory of both.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "scenes")]
sys.argv[1:] = []  # the flow scene has arguments of its own

import flow  # noqa: E402 - found by the line above
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy  # noqa: E402
from vtkmodules.vtkCommonCore import vtkPoints  # noqa: E402
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData  # noqa: E402
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera  # noqa: E402
from vtkmodules.vtkRenderingCore import (  # noqa: E402
    vtkActor2D,
    vtkPolyDataMapper2D,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
    vtkWindowToImageFilter,
)

from peers.marker import CELL_PX, CELLS, MARGIN_PX, NUMBER_BITS, cells  # noqa: E402


class Marker:
    """The strip of cells, as a prop."""

    def __init__(self) -> None:
        self.number = self.clicks = 0
        corners = np.array([(0, 0), (1, 0), (1, -1), (0, -1)]) * CELL_PX
        places = np.array([(MARGIN_PX + CELL_PX * cell, -MARGIN_PX) for cell in range(CELLS)])
        points = np.zeros((4 * CELLS, 3))
        points[:, :2] = (places[:, None] + corners).reshape(-1, 2)
        squares = vtkCellArray()
        squares.SetData(4, numpy_to_vtk(np.arange(4 * CELLS), deep=True))
        self._data = vtkPolyData()
        self._data.SetPoints(vtkPoints())
        self._data.GetPoints().SetData(numpy_to_vtk(points, deep=True))
        self._data.SetPolys(squares)
        self._colours = np.zeros((CELLS, 3), np.uint8)
        self._data.GetCellData().SetScalars(numpy_to_vtk(self._colours, deep=True))
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.actor = vtkActor2D()
        self.actor.SetMapper(mapper)
        self.actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        self.actor.SetPosition(0, 1)
        self.show()

    def show(self) -> None:
        """Show number and clicks in the next picture."""
        white = np.array(cells(self.number, self.clicks))[:, None]
        vtk_to_numpy(self._data.GetCellData().GetScalars())[:] = 255 * white
        self._data.GetCellData().GetScalars().Modified()
        self._data.Modified()


marker = Marker()
#: For each number that the marker can show, the time of its last picture, and the camera's place.
moments: dict[int, tuple[float, tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {}
began_at = time.monotonic()
still = heard = False


def renderer() -> vtkRenderer:
    """Return the renderer, once."""
    flow.scene().AddViewProp(marker.actor)
    signal.signal(signal.SIGUSR1, _stop)
    signal.signal(signal.SIGUSR2, _write)
    return flow.renderer


def scene() -> vtkRenderWindow:
    """Return the window, which draws without multisampling: on a CPU that costs more than all the rest."""
    shown = vtkRenderWindow()
    shown.SetMultiSamples(0)
    shown.AddRenderer(renderer())
    return shown


def window(width: int, height: int) -> vtkRenderWindow:
    """Return the window for a tool that does not make it itself: off screen, of that size."""
    shown = scene()
    shown.SetOffScreenRendering(True)
    shown.SetSize(width, height)
    return shown


def steered_window(width: int, height: int) -> tuple[vtkRenderWindow, vtkRenderWindowInteractor]:
    """Return such a window and its interactor; dragging turns the scene, which moves on before each picture.

    Whoever calls must keep both.
    """
    shown, interactor = window(width, height), vtkRenderWindowInteractor()
    interactor.SetRenderWindow(shown)
    interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
    shown.AddObserver("StartEvent", lambda *_: update(0))
    return shown, interactor


def update(_t: float) -> None:
    """Move on; to be called once before each picture that is drawn."""
    if not heard:
        _listen()
    if not still:
        marker.number += 1
        marker.show()
        t = time.monotonic() - began_at
        flow.update(t)
        camera = flow.camera
        place = camera.GetPosition(), camera.GetFocalPoint(), camera.GetViewUp()
        moments[marker.number % (1 << NUMBER_BITS)] = t, *place


def press() -> None:
    """Count a press of the left button."""
    marker.clicks += 1
    marker.show()


def _listen() -> None:
    global heard  # noqa: PLW0603 - a scene's script is one object
    shown = flow.renderer.GetRenderWindow()
    interactor = shown.GetInteractor() if shown else None
    if interactor is not None:
        # Ahead of the style, which may keep the event to itself.
        interactor.AddObserver("LeftButtonPressEvent", lambda *_: press(), 10.0)
        heard = True


def _stop(*_signal: Any) -> None:
    global still  # noqa: PLW0603
    still = True


def _write(*_signal: Any) -> None:
    directory = Path(os.environ["PEERS_PICTURES"])
    drawn = [_draw()]
    for number, clicks in json.loads((directory / "wanted.json").read_text(encoding="ascii")):
        _return_to(number, clicks)
        drawn.append(_draw())
    whole = directory / "drawn.part.npy"
    np.save(whole, np.stack(drawn))
    whole.rename(directory / "drawn.npy")  # whoever waits for it finds it complete


def _return_to(number: int, clicks: int) -> None:
    t, *place = moments[number]
    flow.camera.position, flow.camera.focal_point, flow.camera.view_up = place
    flow.last_t = t  # the camera is where it was then, and turns no further
    flow.update(t)
    marker.number, marker.clicks = number, clicks
    marker.show()


def _draw() -> np.ndarray:
    """Draw, and return the pixels with shape (height, width, 3), the top row first."""
    shown = flow.renderer.GetRenderWindow()
    interactor = shown.GetInteractor()
    if interactor is not None:
        interactor.EnableRenderOn()  # off where the tool draws when it sees fit; VTK draws by it here
    grab = vtkWindowToImageFilter()
    grab.SetInput(shown)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _depth = image.GetDimensions()
    pixels: np.ndarray = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1]
    return pixels.copy()
