"""Reads the window back after each render, as FURY's streaming does."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor, vtkWindowToImageFilter

iren = vtkRenderWindowInteractor()
render_window = window(cone(), size=(400, 300))
iren.SetRenderWindow(render_window)
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
reader = vtkWindowToImageFilter()
reader.SetInput(render_window)
colours = []


def on_render(_interactor, _event):
    reader.Modified()
    reader.Update()
    scalars = reader.GetOutput().GetPointData().GetScalars()
    colours.append(tuple(scalars.GetTuple3(200 + 150 * 400)))


iren.AddObserver("RenderEvent", on_render)
render_window.Render()
iren.Start()
