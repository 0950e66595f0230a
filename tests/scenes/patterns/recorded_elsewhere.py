"""Puts its renderer into a second window, to write a picture, and takes it out again."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindow

shown = window(cone())
shown.Render()
ren = shown.GetRenderers().GetFirstRenderer()

second = vtkRenderWindow()
second.SetOffScreenRendering(1)
second.AddRenderer(ren)
second.Render()
second.RemoveRenderer(ren)
second.Finalize()
