"""Goes to full screen and back with a key, with borders and position as scripts set them."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
render_window = window(cone(), size=(400, 300))
render_window.SetPosition(50, 50)
iren.SetRenderWindow(render_window)
iren.Initialize()


def on_key(interactor, _event):
    if interactor.GetKeySym() == "f":
        render_window.SetFullScreen(not render_window.GetFullScreen())
    elif interactor.GetKeySym() == "b":
        render_window.BordersOff()
        render_window.HideCursor()
    render_window.Render()


iren.AddObserver("KeyPressEvent", on_key)
render_window.FullScreenOn()
render_window.Render()
iren.Start()
