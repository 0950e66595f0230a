# A gyroid with things to grab: two sliders, a cutting plane, and a click that tells where it hit.
#
#     vizstream serve scenes/widgets.py        in any browser
#     python scenes/widgets.py                 in a window on a desktop

import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPlane
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkInteractionWidgets import (
    vtkImplicitPlaneRepresentation,
    vtkImplicitPlaneWidget2,
    vtkSliderRepresentation2D,
    vtkSliderWidget,
)
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCellPicker,
    vtkPolyDataMapper,
    vtkProperty,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
    vtkTextActor,
)

N = 60  # samples along each side of the box
waves, thickness = 5.0, 0.55

renderer = vtkRenderer(
    background=(0.07, 0.06, 0.09), background2=(0.22, 0.19, 0.26), gradient_background=True
)
window = vtkRenderWindow(size=(1280, 720), window_name="Sliders, a plane and a click")
window.AddRenderer(renderer)
interactor = vtkRenderWindowInteractor(render_window=window)

# The gyroid: a surface that parts space into two mazes, here with some thickness, in a ball.
side = np.linspace(-1, 1, N)
z, y, x = np.meshgrid(side, side, side, indexing="ij")
ball = 6 * (np.sqrt(x**2 + y**2 + z**2) - 0.95)
grid = vtkImageData(dimensions=(N, N, N), origin=(-1, -1, -1), spacing=(side[1] - side[0],) * 3)


def shape():
    a, b, c = waves * x, waves * y, waves * z
    gyroid = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(c) + np.sin(c) * np.cos(a)
    solid = np.maximum(np.abs(gyroid) - thickness, ball)
    grid.GetPointData().SetScalars(numpy_to_vtk(-np.clip(solid, -1, 1).ravel(), deep=True))


shape()
plane = vtkPlane(origin=(0.25, 0, 0), normal=(-1, 0, 0))
surface = vtkFlyingEdges3D(input_data=grid, compute_scalars=False)
surface.SetValue(0, 0.0)
mapper = vtkPolyDataMapper(input_connection=surface.output_port)
mapper.AddClippingPlane(plane)
outside, inside = vtkProperty(color=(0.93, 0.62, 0.32)), vtkProperty(color=(0.55, 0.20, 0.36))
outside.specular, outside.specular_power = 0.4, 40
gyroid = vtkActor(mapper=mapper, property=outside, backface_property=inside)
renderer.AddActor(gyroid)


def slider(title, low, high, value, left, changed):
    look = vtkSliderRepresentation2D(minimum_value=low, maximum_value=high, value=value, title_text=title)
    for coordinate, at in ((look.GetPoint1Coordinate(), left), (look.GetPoint2Coordinate(), left + 0.26)):
        coordinate.SetCoordinateSystemToNormalizedDisplay()
        coordinate.SetValue(at, 0.10)
    look.slider_length, look.slider_width, look.tube_width, look.end_cap_length = 0.02, 0.035, 0.007, 0.004
    look.title_height, look.label_height, look.label_format = 0.024, 0.022, "%.2f"
    look.slider_property.color = (0.95, 0.75, 0.45)
    look.selected_property.color = (1.0, 0.95, 0.8)
    look.tube_property.color = look.cap_property.color = (0.45, 0.42, 0.5)
    widget = vtkSliderWidget(interactor=interactor, representation=look)
    widget.SetAnimationModeToJump()
    widget.AddObserver("InteractionEvent", lambda *_: changed(look.value))
    widget.EnabledOn()
    return widget


def set_waves(value):
    global waves
    waves = value
    shape()


def set_thickness(value):
    global thickness
    thickness = value
    shape()


sliders = [
    slider("waves", 2.0, 9.0, waves, 0.12, set_waves),
    slider("thickness", 0.1, 1.3, thickness, 0.62, set_thickness),
]

handle = vtkImplicitPlaneRepresentation(place_factor=1.0, draw_outline=False, scale_enabled=False)
handle.PlaceWidget((-1.05, 1.05, -1.05, 1.05, -1.05, 1.05))
handle.SetPlane(plane)
handle.plane_property.color, handle.plane_property.opacity = (0.6, 0.8, 1.0), 0.12
handle.SetEdgeColor(0.6, 0.8, 1.0)
handle.draw_plane = True
cutter = vtkImplicitPlaneWidget2(interactor=interactor, representation=handle)
cutter.AddObserver("InteractionEvent", lambda *_: handle.GetPlane(plane))
cutter.EnabledOn()

ball_source = vtkSphereSource(radius=0.035, theta_resolution=24, phi_resolution=24)
marker = vtkActor(mapper=vtkPolyDataMapper(input_connection=ball_source.output_port))
marker.visibility, marker.pickable = False, False
marker.property.color, marker.property.ambient = (0.4, 1.0, 0.7), 0.4
renderer.AddActor(marker)
readout = vtkTextActor(input="click the surface, drag a slider, push the plane by its arrow")
readout.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
readout.SetPosition(0.025, 0.93)
readout.text_property.font_size, readout.text_property.color = 18, (0.9, 0.88, 0.95)
renderer.AddViewProp(readout)


class PickingStyle(vtkInteractorStyleTrackballCamera):
    def __init__(self):
        self.AddObserver("LeftButtonPressEvent", self.pick)

    def pick(self, *_):
        picker = vtkCellPicker(tolerance=0.001)
        if picker.Pick(*interactor.GetEventPosition(), 0, renderer) and picker.GetActor() is gyroid:
            marker.position, marker.visibility = picker.pick_position, True
            readout.input = "x {:+.2f}   y {:+.2f}   z {:+.2f}".format(*picker.pick_position)
        self.OnLeftButtonDown()


interactor.SetInteractorStyle(PickingStyle())
renderer.use_oit = False  # one translucent plane needs no sorting
camera = renderer.active_camera
camera.position, camera.focal_point, camera.view_up = (3.3, -3.6, 2.3), (0, 0, -0.08), (0, 0, 1)
renderer.ResetCameraClippingRange()
interactor.Initialize()
interactor.Start()
