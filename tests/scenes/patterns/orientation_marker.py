"""A widget: axes in a corner that turn with the scene, and that can be dragged to another corner."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkInteractionWidgets import vtkOrientationMarkerWidget
from vtkmodules.vtkRenderingAnnotation import vtkAxesActor
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone(), size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
ren = iren.GetRenderWindow().GetRenderers().GetFirstRenderer()
ren.ResetCamera()
widget = vtkOrientationMarkerWidget()
widget.SetOrientationMarker(vtkAxesActor())
widget.SetInteractor(iren)
widget.SetViewport(0, 0, 0.3, 0.4)
widget.EnabledOn()
widget.InteractiveOn()
iren.GetRenderWindow().Render()
iren.Initialize()
iren.Start()
