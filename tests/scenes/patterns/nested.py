"""A key opens a second window from within a callback, with a Start() of its own."""

from shapes import cone, sphere, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

log = []
outer = vtkRenderWindowInteractor()
outer.SetRenderWindow(window(cone()))
outer.GetRenderWindow().SetWindowName("outer")
outer.Initialize()


def on_key(interactor, _event):
    log.append(f"outer {interactor.GetKeySym()}")
    if interactor.GetKeySym() == "n":
        inner = vtkRenderWindowInteractor()
        inner.SetRenderWindow(window(sphere()))
        inner.GetRenderWindow().SetWindowName("inner")
        inner.Initialize()
        inner.AddObserver("KeyPressEvent", on_inner_key)
        inner.Start()
        log.append("inner ended")
        interactor.GetRenderWindow().Render()


def on_inner_key(interactor, _event):
    log.append(f"inner {interactor.GetKeySym()}")
    if interactor.GetKeySym() == "x":
        interactor.TerminateApp()


outer.AddObserver("KeyPressEvent", on_key)
outer.Start()
