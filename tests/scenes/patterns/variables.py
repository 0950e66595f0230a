"""Explicit: a module-level `renderer`, and an `update(t)` that turns it only in the first half second."""

from shapes import cone
from vtkmodules.vtkRenderingCore import vtkRenderer

actor = cone()
renderer = vtkRenderer()
renderer.AddActor(actor)
another = [cone()]
times = []


def update(t):
    times.append(t)
    if t < 0.5:
        actor.RotateZ(3)


class Plotter:
    def __init__(self):
        from shapes import window

        self.render_window = window(cone())


plotter = Plotter()
number = 3
