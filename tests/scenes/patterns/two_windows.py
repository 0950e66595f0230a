"""Two windows, each with an interactor, of which one is started; keys make and close a third one."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

windows, interactors, cameras, seen = [], [], [], []


def make(name, colour):
    made = window(cone(), size=(400, 300))
    made.SetWindowName(name)
    made.GetRenderers().GetFirstRenderer().SetBackground(colour)
    interactor = vtkRenderWindowInteractor()
    interactor.SetRenderWindow(made)
    interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
    interactor.Initialize()
    interactor.AddObserver("KeyPressEvent", lambda i, _event: on_key(name, i.GetKeySym()))
    made.Render()
    windows.append(made)
    interactors.append(interactor)
    cameras.append(made.GetRenderers().GetFirstRenderer().GetActiveCamera())


def on_key(name, key):
    seen.append((name, key))
    if key == "n":
        make("third", (0.1, 0.6, 0.1))
    elif key == "x":
        windows.pop().Finalize()
    elif key == "d":
        del windows[2], interactors[2], cameras[2]
    elif key == "t":
        windows[1].SetWindowName("navy")


def turn(_interactor, _event):
    for camera, each in zip(cameras[:2], windows, strict=False):
        camera.Azimuth(1)
        each.Render()


make("red", (0.6, 0.1, 0.1))
make("blue", (0.1, 0.1, 0.6))
window(cone())  # never drawn, as a helper that is not ready yet
interactors[0].AddObserver("TimerEvent", turn)
interactors[0].CreateRepeatingTimer(10)
interactors[0].Start()
