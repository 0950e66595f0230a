"""A widget: a plane that cuts the scene and is moved by its edge, its arrow, or the wheel."""

from shapes import cone, window
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkInteractionWidgets import vtkImplicitPlaneRepresentation, vtkImplicitPlaneWidget2
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

actor = cone()
plane = vtkPlane()
actor.GetMapper().AddClippingPlane(plane)
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(actor, size=(400, 300)))
look = vtkImplicitPlaneRepresentation()
look.SetPlaceFactor(1.25)
look.PlaceWidget(actor.GetBounds())
look.SetNormal(1, 0.3, 0.2)
widget = vtkImplicitPlaneWidget2()
widget.SetInteractor(iren)
widget.SetRepresentation(look)
widget.AddObserver("InteractionEvent", lambda *_: look.GetPlane(plane))
iren.GetRenderWindow().Render()
iren.Initialize()
widget.On()
iren.Start()
