"""A widget: a slider in 2-D that sets the resolution of a cone."""

from shapes import make_actor, window
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkInteractionWidgets import vtkSliderRepresentation2D, vtkSliderWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

source = vtkConeSource()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(make_actor(source), size=(800, 600)))
look = vtkSliderRepresentation2D()
look.SetMinimumValue(3)
look.SetMaximumValue(103)
look.SetValue(3)
look.GetPoint1Coordinate().SetCoordinateSystemToDisplay()
look.GetPoint1Coordinate().SetValue(200, 100)
look.GetPoint2Coordinate().SetCoordinateSystemToDisplay()
look.GetPoint2Coordinate().SetValue(600, 100)
widget = vtkSliderWidget()
widget.SetInteractor(iren)
widget.SetRepresentation(look)
widget.SetAnimationModeToJump()
widget.EnabledOn()
values = []


def on_slide(caller, _event):
    values.append(caller.GetRepresentation().GetValue())
    source.SetResolution(round(values[-1]))


widget.AddObserver("InteractionEvent", on_slide)
iren.Initialize()
iren.Start()
