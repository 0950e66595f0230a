"""A widget: a box around a solid that moves, turns and stretches it."""

from shapes import cone, window
from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkInteractionWidgets import vtkBoxRepresentation, vtkBoxWidget2
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

actor = cone()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(actor, size=(400, 300)))
look = vtkBoxRepresentation()
look.SetPlaceFactor(1.2)
look.PlaceWidget(actor.GetBounds())
widget = vtkBoxWidget2()
widget.SetInteractor(iren)
widget.SetRepresentation(look)


def on_interaction(_widget, _event):
    transform = vtkTransform()
    look.GetTransform(transform)
    actor.SetUserTransform(transform)


widget.AddObserver("InteractionEvent", on_interaction)
iren.GetRenderWindow().Render()
iren.Initialize()
widget.On()
iren.Start()
