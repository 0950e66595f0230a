"""Turns stereo on and off by a timer, without Render()."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
render_window = window(cone(), size=(400, 300))
render_window.SetStereoTypeToRedBlue()
iren.SetRenderWindow(render_window)
iren.Initialize()
toggling = False


def on_timer(_interactor, _event):
    if toggling:
        render_window.SetStereoRender(not render_window.GetStereoRender())


iren.AddObserver("TimerEvent", on_timer)
iren.CreateRepeatingTimer(300)
iren.Start()
