"""Shows one window, and when that is done another; then ends by itself."""

from shapes import cone, sphere, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

names = []
for actor, name in ((cone(), "first"), (sphere(), "second")):
    render_window = window(actor)
    render_window.SetWindowName(name)
    iren = vtkRenderWindowInteractor()
    iren.SetRenderWindow(render_window)
    iren.Initialize()
    iren.AddObserver("TimerEvent", lambda interactor, _event: interactor.TerminateApp())
    iren.CreateOneShotTimer(300)
    render_window.Render()
    iren.Start()
    names.append(name)
    del iren, render_window
