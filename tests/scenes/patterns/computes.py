"""Computes in the main thread for two seconds when a key is pressed, then goes on."""

import time

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

render_window = window(cone())
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(render_window)


def compute(_interactor, _event):
    until = time.monotonic() + 2
    while time.monotonic() < until:
        pass


iren.AddObserver("KeyPressEvent", compute)
iren.Start()
