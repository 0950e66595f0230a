"""The explicit form: a function that returns an actor, and an update function."""

from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

actor = vtkActor()


def scene():
    mapper = vtkPolyDataMapper()
    cone = vtkConeSource()
    mapper.SetInputConnection(cone.GetOutputPort())
    actor.SetMapper(mapper)
    return actor


def update(t):
    actor.SetOrientation(0, 0, 90 * t)
