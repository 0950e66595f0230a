"""The scene that is measured where none is named: a whirl of tubes with a scale, at rest until it is steered.

It takes about as long to draw as ``scenes/flow.py``: 155000 triangles with lights, thin lines, and text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - both add the classes that draw
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor
from vtkmodules.vtkRenderingCore import vtkActor, vtkColorTransferFunction, vtkPolyDataMapper, vtkRenderer

THREADS, KNOTS, SIDES = 28, 560, 5
PALETTE = ((0.13, 0.25, 0.63), (0.28, 0.80, 0.72), (0.97, 0.90, 0.55), (0.90, 0.20, 0.32))

to_vtk: Any = numpy_to_vtk


def whirl() -> Any:
    """Return threads that wind up round an axis, with their distance from it."""
    height = np.linspace(0.0, 4.4, KNOTS)
    points, cells = vtkPoints(), vtkCellArray()
    places, distances = [], []
    for thread in range(THREADS):
        radius = 0.3 + 0.1 * thread + 0.02 * height**3 * (1 + np.sin(thread))
        angle = 2.4 * thread + 14.0 / (0.6 + radius)
        x, y = radius * np.cos(angle + height), radius * np.sin(angle + height)
        places.append(np.stack([x + 0.4 * np.sin(height), y, height], axis=1))
        distances.append(radius)
        cells.InsertNextCell(KNOTS, range(thread * KNOTS, (thread + 1) * KNOTS))
    points.SetData(to_vtk(np.concatenate(places), deep=True))
    lines = vtkPolyData()
    lines.SetPoints(points)
    lines.SetLines(cells)
    lines.GetPointData().SetScalars(to_vtk(np.concatenate(distances), deep=True))
    return lines


def scene() -> vtkRenderer:
    """Return what ``vizstream serve`` shows."""
    colours = vtkColorTransferFunction()
    for value, colour in zip(np.linspace(0.3, 3.6, len(PALETTE)), PALETTE, strict=True):
        colours.AddRGBPoint(float(value), *colour)
    tubes = vtkTubeFilter()
    tubes.SetInputData(whirl())
    tubes.SetRadius(0.022)
    tubes.SetNumberOfSides(SIDES)
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(tubes.GetOutputPort())
    mapper.SetLookupTable(colours)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetSpecular(0.35)
    actor.GetProperty().SetSpecularPower(25)
    actor.GetProperty().BackfaceCullingOn()
    bar = vtkScalarBarActor()
    bar.SetLookupTable(colours)
    bar.SetTitle("distance")
    bar.SetPosition(0.9, 0.3)
    bar.SetPosition2(0.08, 0.4)
    renderer = vtkRenderer()
    for prop in (actor, bar):
        renderer.AddViewProp(prop)
    renderer.SetBackground(0.035, 0.045, 0.075)
    camera = renderer.GetActiveCamera()
    camera.SetFocalPoint(0, 0, 2.05)
    camera.SetPosition(0, -12, 3.8)
    camera.SetViewUp(0, 0, 1)
    camera.SetViewAngle(28)
    return renderer
