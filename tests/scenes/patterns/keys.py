"""Writes down keys as the interactor tells them."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone(), size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
iren.Initialize()
seen = []


def on_key(interactor, event):
    held = (interactor.GetShiftKey(), interactor.GetControlKey(), interactor.GetAltKey())
    seen.append((event, interactor.GetKeySym(), interactor.GetKeyCode(), held))


for name in ("KeyPressEvent", "CharEvent", "KeyReleaseEvent"):
    iren.AddObserver(name, on_key, 10)
iren.Start()
