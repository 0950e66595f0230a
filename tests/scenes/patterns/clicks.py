"""Writes down clicks, double clicks, the pointer's coming and going, and the keys held meanwhile."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone(), size=(400, 300)))
iren.Initialize()
seen = []


def on_event(interactor, event):
    held = (interactor.GetShiftKey(), interactor.GetControlKey(), interactor.GetAltKey())
    seen.append((event, interactor.GetEventPosition(), interactor.GetRepeatCount(), held))


for name in (
    "LeftButtonPress",
    "LeftButtonDoubleClick",
    "LeftButtonRelease",
    "RightButtonPress",
    "MiddleButtonDoubleClick",
    "FourthButtonPress",
    "Enter",
    "Leave",
):
    iren.AddObserver(f"{name}Event", on_event, 10)
iren.SetInteractorStyle(None)
iren.Start()
