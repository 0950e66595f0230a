"""Keeps its window in an object of its own and never draws it, but writes a picture of it and has a timer."""

import vtkmodules.vtkInteractionStyle  # noqa: F401
from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor


class Manager:
    def __init__(self):
        self.window = window(cone(), size=(400, 300))
        self.iren = vtkRenderWindowInteractor()
        self.iren.SetRenderWindow(self.window)
        self.iren.Initialize()
        self.iren.AddObserver("TimerEvent", lambda *_: self.window.Render())
        self.iren.CreateRepeatingTimer(20)

    def record(self):
        second = vtkRenderWindow()
        second.AddRenderer(ren)
        second.RemoveRenderer(ren)


manager = Manager()
ren = manager.window.GetRenderers().GetFirstRenderer()
manager.record()
