"""Looks with VTK's hardware selector at what is beneath the pointer, on every move."""

from shapes import sphere, window
from vtkmodules.vtkRenderingCore import vtkHardwareSelector, vtkRenderWindowInteractor

actor = sphere()
iren = vtkRenderWindowInteractor()
render_window = window(actor, size=(400, 300))
iren.SetRenderWindow(render_window)
iren.Initialize()
iren.SetInteractorStyle(None)
found = []


def on_move(interactor, _event):
    x, y = interactor.GetEventPosition()
    selector = vtkHardwareSelector()
    selector.SetRenderer(render_window.GetRenderers().GetFirstRenderer())
    selector.SetArea(x, y, x, y)
    found.append(selector.Select().GetNumberOfNodes())
    interactor.Render()


iren.AddObserver("MouseMoveEvent", on_move)
iren.Start()
