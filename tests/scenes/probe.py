# A plain VTK program whose state a test can read: four flat colours along the top, a solid to turn, and a
# file, named as the first argument, that says after each event and each frame how things stand.  SIGUSR1 puts
# the scene back to where it began, SIGUSR2 lets it forget the events.
import json
import signal
import sys
from pathlib import Path

import vtk

COLOURS = [(200, 30, 30), (30, 180, 60), (40, 60, 210), (128, 128, 128)]

renderer = vtk.vtkRenderer()
renderer.SetBackground(0.1, 0.1, 0.15)

solid = vtk.vtkCubeSource()
solid.SetXLength(1.4)
mapper = vtk.vtkPolyDataMapper()
mapper.SetInputConnection(solid.GetOutputPort())
actor = vtk.vtkActor()
actor.SetMapper(mapper)
actor.GetProperty().SetColor(0.9, 0.6, 0.2)
renderer.AddActor(actor)

for index, colour in enumerate(COLOURS):
    plane = vtk.vtkPlaneSource()
    plane.SetOrigin(0.25 * index, 0.8, 0)
    plane.SetPoint1(0.25 * (index + 1), 0.8, 0)
    plane.SetPoint2(0.25 * index, 1, 0)
    coordinate = vtk.vtkCoordinate()
    coordinate.SetCoordinateSystemToNormalizedViewport()
    mapper2d = vtk.vtkPolyDataMapper2D()
    mapper2d.SetInputConnection(plane.GetOutputPort())
    mapper2d.SetTransformCoordinate(coordinate)
    patch = vtk.vtkActor2D()
    patch.SetMapper(mapper2d)
    patch.GetProperty().SetColor([level / 255 for level in colour])
    renderer.AddViewProp(patch)

window = vtk.vtkRenderWindow()
window.SetWindowName("probe")
window.SetSize(640, 400)
window.AddRenderer(renderer)

interactor = vtk.vtkRenderWindowInteractor()
interactor.SetRenderWindow(window)
style = vtk.vtkInteractorStyleTrackballCamera()
interactor.SetInteractorStyle(style)

camera = renderer.GetActiveCamera()

frames = []
events = []
signals = []


def begin():
    camera.SetPosition(0, 0, 6)
    camera.SetFocalPoint(0, 0, 0)
    camera.SetViewUp(0, 1, 0)
    camera.SetViewAngle(30)
    camera.Modified()  # it shall be drawn anew
    renderer.ResetCameraClippingRange()
    actor.GetProperty().SetRepresentationToSurface()


def report():
    if len(sys.argv) < 2:
        return
    state = {
        "frames": len(frames),
        "events": events[-400:],
        "camera": camera.GetPosition(),
        "wireframe": actor.GetProperty().GetRepresentation() == vtk.VTK_WIREFRAME,
        "pointer": interactor.GetEventPosition(),
        "size": window.GetSize(),
        "signals": len(signals),
    }
    new = Path(sys.argv[1] + ".new")
    new.write_text(json.dumps(state))
    new.replace(sys.argv[1])


def on_frame(_window, event):
    frames.append(event)
    report()


def on_event(_interactor, event):
    if event.startswith("Key"):
        event += " " + interactor.GetKeySym()
    events.append(event)
    report()


def on_signal(number, _frame):
    signals.append(number)
    events.clear()
    if number == signal.SIGUSR1:
        begin()
    report()


begin()
signal.signal(signal.SIGUSR1, on_signal)
signal.signal(signal.SIGUSR2, on_signal)
window.AddObserver("EndEvent", on_frame)
for name in (
    "LeftButtonPress",
    "MiddleButtonPress",
    "RightButtonPress",
    "MouseWheelForward",
    "MouseWheelBackward",
    "KeyPress",
    "KeyRelease",
    "Enter",
    "Leave",
):
    interactor.AddObserver(name + "Event", on_event)
# The style grabs the mouse while a button is down: of the release, others hear only this.
style.AddObserver("EndInteractionEvent", on_event)

interactor.Initialize()
window.Render()
interactor.Start()
