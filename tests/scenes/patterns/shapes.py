"""What the scripts beside this one show."""

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow


def make_actor(source):
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    return actor


def cone():
    return make_actor(vtkConeSource())


def sphere():
    return make_actor(vtkSphereSource())


def window(*actors, size=None):
    renderer = vtkRenderer()
    renderer.SetBackground(0.2, 0.4, 0.6)
    for actor in actors:
        renderer.AddActor(actor)
    render_window = vtkRenderWindow()
    if size:
        render_window.SetSize(*size)
    render_window.AddRenderer(renderer)
    return render_window
