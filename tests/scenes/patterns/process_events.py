"""Its own loop over ProcessEvents()."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

render_window = window(cone())
ren = render_window.GetRenderers().GetFirstRenderer()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(render_window)
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
iren.Initialize()
render_window.Render()
rounds = 0
while not iren.GetDone():
    iren.ProcessEvents()
    rounds += 1
