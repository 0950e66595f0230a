"""A widget: a text with a border that can be dragged and stretched."""

import vtkmodules.vtkRenderingFreeType  # noqa: F401
from shapes import sphere, window
from vtkmodules.vtkInteractionWidgets import vtkTextRepresentation, vtkTextWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor, vtkTextActor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(sphere(), size=(400, 300)))
text = vtkTextActor()
text.SetInput("move me")
look = vtkTextRepresentation()
look.GetPositionCoordinate().SetValue(0.1, 0.1)
look.GetPosition2Coordinate().SetValue(0.4, 0.2)
widget = vtkTextWidget()
widget.SetRepresentation(look)
widget.SetInteractor(iren)
widget.SetTextActor(text)
widget.SelectableOff()
widget.On()
iren.GetRenderWindow().Render()
iren.Initialize()
iren.Start()
