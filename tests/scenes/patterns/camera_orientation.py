"""A widget: the axes in the corner that turn the camera when they are dragged or clicked on."""

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkInteractionWidgets import vtkCameraOrientationWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone(), size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
ren = iren.GetRenderWindow().GetRenderers().GetFirstRenderer()
widget = vtkCameraOrientationWidget()
widget.SetParentRenderer(ren)
widget.On()
iren.GetRenderWindow().Render()
iren.Initialize()
iren.Start()
