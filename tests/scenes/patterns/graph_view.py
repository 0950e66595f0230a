"""A view of a graph, whose layout runs over time."""

import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.vtkInfovisCore import vtkRandomGraphSource
from vtkmodules.vtkViewsInfovis import vtkGraphLayoutView

source = vtkRandomGraphSource()
source.SetNumberOfVertices(30)
source.SetNumberOfEdges(40)
view = vtkGraphLayoutView()
view.AddRepresentationFromInputConnection(source.GetOutputPort())
view.ResetCamera()
ren = view.GetRenderer()
view.Render()
view.GetInteractor().Start()
