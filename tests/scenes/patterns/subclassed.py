"""An interactor and a style derived in Python, neither of which calls its base's __init__."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

seen = []


class Style(vtkInteractorStyleTrackballCamera):
    def __init__(self):
        self.AddObserver("LeftButtonPressEvent", self.on_press)
        self.AddObserver("KeyPressEvent", self.on_key)

    def on_press(self, _style, _event):
        interactor = self.GetInteractor()
        seen.append(("press", interactor.GetEventPosition(), interactor.GetRepeatCount()))
        self.OnLeftButtonDown()

    def on_key(self, _style, _event):
        interactor = self.GetInteractor()
        keys = interactor.GetKeySym(), interactor.GetKeyCode(), interactor.GetControlKey()
        seen.append(("key", *keys))


class Interactor(vtkRenderWindowInteractor):
    def __init__(self):
        self.ticks = 0

    def count(self, _interactor, _event):
        self.ticks += 1


iren = Interactor()
render_window = window(cone())
render_window.SetInteractor(iren)
iren.SetInteractorStyle(Style())
iren.Initialize()
iren.AddObserver("TimerEvent", iren.count)
iren.CreateRepeatingTimer(20)
iren.Start()
