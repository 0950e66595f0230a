"""A widget: a button with two states, and a balloon that tells what lies beneath the pointer."""

from shapes import cone, window
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkInteractionWidgets import (
    vtkBalloonRepresentation,
    vtkBalloonWidget,
    vtkButtonWidget,
    vtkTexturedButtonRepresentation2D,
)
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor


def image(level):
    made = vtkImageData()
    made.SetDimensions(10, 10, 1)
    made.AllocateScalars(3, 3)
    made.GetPointData().GetScalars().Fill(level)
    return made


actor = cone()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(actor, size=(400, 300)))
look = vtkTexturedButtonRepresentation2D()
look.SetNumberOfStates(2)
look.SetButtonTexture(0, image(60))
look.SetButtonTexture(1, image(250))
look.SetPlaceFactor(1)
look.PlaceWidget([10, 60, 10, 60, 0, 0])
button = vtkButtonWidget()
button.SetInteractor(iren)
button.SetRepresentation(look)
button.On()
balloon_look = vtkBalloonRepresentation()
balloon_look.SetBalloonLayoutToImageRight()
balloon = vtkBalloonWidget()
balloon.SetInteractor(iren)
balloon.SetRepresentation(balloon_look)
balloon.SetTimerDuration(100)
balloon.AddBalloon(actor, "a cone", None)
balloon.On()
iren.GetRenderWindow().Render()
iren.Initialize()
iren.Start()
