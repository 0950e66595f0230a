"""A style that draws its band straight into the framebuffer."""

from shapes import sphere, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleRubberBand2D
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(sphere(), size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleRubberBand2D())
iren.Initialize()
iren.Start()
