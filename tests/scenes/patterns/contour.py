"""A widget: a contour that is drawn by clicks, closed by a click on its first point, and mended by drags."""

from shapes import sphere, window
from vtkmodules.vtkInteractionWidgets import vtkContourWidget, vtkOrientedGlyphContourRepresentation
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(sphere(), size=(400, 300)))
iren.GetRenderWindow().GetRenderers().GetFirstRenderer().ResetCamera()
look = vtkOrientedGlyphContourRepresentation()
look.GetLinesProperty().SetColor(1, 0, 0)
widget = vtkContourWidget()
widget.SetInteractor(iren)
widget.SetRepresentation(look)
widget.On()
iren.GetRenderWindow().Render()
iren.Initialize()


def nodes():
    place = [0.0, 0.0]
    places = []
    for index in range(look.GetNumberOfNodes()):
        look.GetNthNodeDisplayPosition(index, place)
        places += [round(place[0], 3), round(place[1], 3)]
    return places


iren.Start()
