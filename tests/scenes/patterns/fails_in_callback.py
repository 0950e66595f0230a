"""A timer's callback fails every time, and VTK complains every time; the scene lives on."""

from shapes import cone, window
from vtkmodules.vtkIOGeometry import vtkSTLReader
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone()))
iren.Initialize()
calls = []


def on_timer(_interactor, _event):
    calls.append(1)
    reader = vtkSTLReader()
    reader.SetFileName("/no/such/file.stl")
    reader.Update()
    raise KeyError("missing")


iren.AddObserver("TimerEvent", on_timer)
iren.CreateRepeatingTimer(5)
iren.Start()
