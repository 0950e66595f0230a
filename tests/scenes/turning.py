# A solid that never stands still: for whoever counts frames.
import vtk

solid = vtk.vtkConeSource()
mapper = vtk.vtkPolyDataMapper()
mapper.SetInputConnection(solid.GetOutputPort())
actor = vtk.vtkActor()
actor.SetMapper(mapper)


def scene():
    return actor


def update(t):
    actor.SetOrientation(0, 90 * t, 0)
