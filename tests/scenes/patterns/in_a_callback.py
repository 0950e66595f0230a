"""A key plays a little animation with Render() inside of one callback."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

actor = cone()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(actor))
iren.Initialize()


def on_key(interactor, _event):
    for _ in range(10):
        actor.RotateZ(5)
        interactor.GetRenderWindow().Render()


iren.AddObserver("KeyPressEvent", on_key)
iren.Start()
