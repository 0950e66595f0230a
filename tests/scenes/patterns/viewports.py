"""Four renderers in one window, one of them inset over another; each turns by itself."""

from shapes import cone, make_actor
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkRenderWindowInteractor

render_window = vtkRenderWindow()
render_window.SetSize(400, 300)
render_window.SetNumberOfLayers(2)
renderers = []
for viewport, layer in (
    ((0, 0, 0.5, 0.5), 0),
    ((0.5, 0, 1, 0.5), 0),
    ((0, 0.5, 1, 1), 0),
    ((0.8, 0.8, 1, 1), 1),
):
    renderer = vtkRenderer()
    renderer.SetViewport(viewport)
    renderer.SetLayer(layer)
    renderer.AddActor(cone() if layer else make_actor(vtkCubeSource()))
    renderer.SetBackground(0.1 + 0.2 * len(renderers), 0.2, 0.3)
    render_window.AddRenderer(renderer)
    renderers.append(renderer)
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(render_window)
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
iren.Initialize()
iren.Start()
