"""Actors that are drawn coarsely while the scene moves: vtkLODActor, vtkQuadricLODActor, vtkLODProp3D.

Their coarse forms are of another kind or colour, so that a picture tells which one it shows.
"""

import vtkmodules.vtkRenderingLOD
from shapes import window
from vtkmodules.vtkFiltersSources import vtkPlaneSource, vtkSphereSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import (
    vtkLODProp3D,
    vtkPolyDataMapper,
    vtkProperty,
    vtkRenderWindowInteractor,
)

fine = vtkSphereSource()
fine.SetThetaResolution(150)
fine.SetPhiResolution(150)
mapper = vtkPolyDataMapper()
mapper.SetInputConnection(fine.GetOutputPort())

points = vtkmodules.vtkRenderingLOD.vtkLODActor()
points.SetMapper(mapper)
points.SetNumberOfCloudPoints(30)

clustered = vtkmodules.vtkRenderingLOD.vtkQuadricLODActor()
clustered.SetMapper(mapper)
clustered.SetPosition(1.2, 0, 0)

plate = vtkPlaneSource()
coarse = vtkPolyDataMapper()
coarse.SetInputConnection(plate.GetOutputPort())
red, green = vtkProperty(), vtkProperty()
red.SetColor(1, 0, 0)
green.SetColor(0, 1, 0)
prop = vtkLODProp3D()
prop.AddLOD(mapper, green, 0.5)
prop.AddLOD(coarse, red, 0.0001)
prop.SetPosition(-1.2, 0, 0)

iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(points, clustered, prop, size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
iren.SetDesiredUpdateRate(1000)
iren.SetStillUpdateRate(0.001)
iren.Initialize()
iren.GetRenderWindow().Render()
iren.Start()
