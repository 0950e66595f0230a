"""An observer of StartEvent takes the place of the event loop, as in VTK's parallel rendering."""

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

calls = []
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone()))
iren.AddObserver("StartEvent", lambda _caller, event: calls.append(event))
iren.Start()
calls.append("after")
