"""Changes the pointer's shape over an actor, as scripts do that can be clicked on."""

from shapes import sphere, window
from vtkmodules.vtkRenderingCore import vtkPropPicker, vtkRenderWindowInteractor

HAND = 9  # VTK_CURSOR_HAND, which Python does not see

iren = vtkRenderWindowInteractor()
render_window = window(sphere(), size=(400, 300))
iren.SetRenderWindow(render_window)
ren = render_window.GetRenderers().GetFirstRenderer()
iren.Initialize()
picker = vtkPropPicker()


def on_move(interactor, _event):
    over = picker.Pick(*interactor.GetEventPosition(), 0, ren)
    render_window.SetCurrentCursor(HAND if over else 0)


iren.AddObserver("MouseMoveEvent", on_move)
iren.Start()
