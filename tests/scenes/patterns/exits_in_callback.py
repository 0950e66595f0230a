"""sys.exit() from a timer's callback: VTK ends the process there and then."""

import sys

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone()))
iren.Initialize()
iren.AddObserver("TimerEvent", lambda *_: sys.exit(0))
iren.CreateRepeatingTimer(200)
iren.Start()
