"""Records its events, for which VTK's recorder asks the interactor to keep its event loop."""

import sys

from shapes import cone, window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkInteractorEventRecorder, vtkRenderWindowInteractor

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone()))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
ren = iren.GetRenderWindow().GetRenderers().GetFirstRenderer()
recorder = vtkInteractorEventRecorder()
recorder.SetInteractor(iren)
recorder.SetFileName(sys.argv[1])
recorder.On()
recorder.Record()
iren.Initialize()
iren.Start()
recorder.Stop()
recorder.Off()
