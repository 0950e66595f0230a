"""A widget: a line between two handles."""

from shapes import sphere, window
from vtkmodules.vtkInteractionWidgets import vtkLineRepresentation, vtkLineWidget2
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(sphere(), size=(400, 300)))
ren = iren.GetRenderWindow().GetRenderers().GetFirstRenderer()
ren.ResetCamera()
look = vtkLineRepresentation()
look.SetPoint1WorldPosition((-0.6, 0, 0.6))
look.SetPoint2WorldPosition((0.6, 0, 0.6))
widget = vtkLineWidget2()
widget.SetInteractor(iren)
widget.SetRepresentation(look)
moves = []
widget.AddObserver("InteractionEvent", lambda *_: moves.append(1))
iren.GetRenderWindow().Render()
iren.Initialize()
widget.On()


def places():
    return [*look.GetPoint1WorldPosition(), *look.GetPoint2WorldPosition()]


iren.Start()
