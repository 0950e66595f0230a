"""All of VTK's interactor styles that move the camera or a prop; a key puts in the next one."""

from shapes import cone, window
from vtkmodules import vtkInteractionStyle
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

NAMES = (
    "TrackballCamera",
    "TrackballActor",
    "MultiTouchCamera",
    "Terrain",
    "Unicam",
    "Image",
    "RubberBandZoom",
    "RubberBandPick",
    "RubberBand3D",
    "JoystickCamera",
    "JoystickActor",
    "Flight",
)

actor = cone()
render_window = window(actor, size=(400, 300))
ren = render_window.GetRenderers().GetFirstRenderer()
camera = ren.GetActiveCamera()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(render_window)
styles = [getattr(vtkInteractionStyle, f"vtkInteractorStyle{name}")() for name in NAMES]
current = -1


def put_in_next():
    global current  # noqa: PLW0603 - as such scripts are
    current += 1
    iren.SetInteractorStyle(styles[current])
    ren.ResetCamera()
    render_window.Render()


def on_key(interactor, _event):
    if interactor.GetKeySym() == "n":
        put_in_next()


iren.AddObserver("KeyPressEvent", on_key)
put_in_next()
iren.Initialize()
iren.Start()
