"""Text in points, which keeps its size on a screen of any resolution."""

import vtkmodules.vtkRenderingFreeType  # noqa: F401
from shapes import window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor, vtkTextActor

text = vtkTextActor()
text.SetInput("HHHHHHHHHH")
text.GetTextProperty().SetFontSize(30)
text.SetPosition(20, 20)
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(text, size=(600, 400)))
iren.Initialize()
iren.Start()
