# A tornado: streamlines as tubes, coloured by the wind's speed, with dust that rides on them.
#
#     vizstream serve scenes/flow.py [SECONDS until the wind calms down]
#
# scene() says what to show; update(t) is called before each picture is drawn, with t in seconds.

import sys

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkFiltersFlowPaths import vtkStreamTracer
from vtkmodules.vtkFiltersSources import vtkRegularPolygonSource
from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkColorTransferFunction,
    vtkPointGaussianMapper,
    vtkPolyDataMapper,
    vtkRenderer,
)

HALF, HEIGHT = 3.6, 4.4  # of the box of air, in metres
LINES, GRAINS, LIFETIME = 26, 5, 12.0  # streamlines; dust on each; its seconds from ground to cloud
NIGHT = np.array([0.035, 0.045, 0.075])
CALM = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")  # seconds
PALETTE = ["#2140a0", "#1a85bf", "#47ccb8", "#f7e68c", "#fa8c40", "#e63352"]

renderer = vtkRenderer()
camera = renderer.active_camera
dust = vtkPoints()
tracks, last_t = np.empty(0), 0.0


def wind(x, y, z):
    """Return the wind at a point: a swirl round a wavering axis, drawn in below and blown out above."""
    x, y = x - 0.45 * np.sin(1.1 * z), y - 0.35 * np.sin(0.8 * z)
    r = np.hypot(x, y) + 1e-9
    core = 0.25 + 0.12 * z + 0.02 * z**3
    swirl = 3.6 * core / (core**2 + r**2) * (0.5 + 0.12 * z)
    outward = 0.13 * z * np.exp(-((r - core) ** 2)) - 0.30 * np.exp(-1.2 * z) / (0.3 + r)
    lift = np.exp(-((r / (1.8 * core)) ** 2)) + 0.1
    u = outward * x - swirl * y + 0.50 * lift * np.cos(1.1 * z)
    v = outward * y + swirl * x + 0.28 * lift * np.cos(0.8 * z)
    return np.stack([u, v, lift], axis=-1)


def sample(n=72):
    """Return the wind on a regular grid, as a simulation would have saved it."""
    side, up = np.linspace(-HALF, HALF, n), np.linspace(0, HEIGHT, n)
    z, y, x = np.meshgrid(up, side, side, indexing="ij")
    vectors = wind(x, y, z).reshape(-1, 3)
    grid = vtkImageData(dimensions=(n, n, n), origin=(-HALF, -HALF, 0))
    grid.spacing = (side[1] - side[0], side[1] - side[0], up[1] - up[0])
    for name, values in (("wind", vectors), ("speed", np.linalg.norm(vectors, axis=1))):
        array = numpy_to_vtk(values, deep=True)
        array.SetName(name)
        grid.GetPointData().AddArray(array)
    grid.GetPointData().SetActiveVectors("wind")
    return grid


def trace(grid):
    """Return streamlines that start near the ground."""
    random = np.random.default_rng(11)
    r, angle = 2.6 * np.sqrt(random.uniform(0.01, 1, LINES)), random.uniform(0, 2 * np.pi, LINES)
    seeds = np.stack([r * np.cos(angle), r * np.sin(angle), random.uniform(0.04, 0.4, LINES)], axis=1)
    tracer = vtkStreamTracer(maximum_propagation=80, initial_integration_step=1.2, compute_vorticity=False)
    tracer.SetIntegratorTypeToRungeKutta4()
    tracer.SetInputData(grid)
    tracer.SetSourceData(vtkPolyData(points=vtkPoints(data=numpy_to_vtk(seeds, deep=True))))
    tracer.Update()
    return tracer.GetOutput()


def time_tracks(lines, moments=400):
    """Return where each line is after equal steps of time, with shape (lines, moments, 3)."""
    xyz = vtk_to_numpy(lines.GetPoints().GetData())
    time = vtk_to_numpy(lines.GetPointData().GetArray("IntegrationTime"))
    ends = vtk_to_numpy(lines.GetLines().GetOffsetsArray())
    result = []
    for start, end in zip(ends, ends[1:]):
        at = np.linspace(0, time[end - 1], moments)
        result.append([np.interp(at, time[start:end], xyz[start:end, axis]) for axis in range(3)])
    return np.moveaxis(np.array(result), 1, 2)


def rings():
    """Yield circles on the ground that fade into the night."""
    for i in range(1, 9):
        circle = vtkRegularPolygonSource(number_of_sides=96, radius=0.6 * i, generate_polygon=False)
        actor = vtkActor(mapper=vtkPolyDataMapper(input_connection=circle.output_port))
        actor.property.color, actor.property.lighting = NIGHT + (9 - i) * np.array([0.02, 0.03, 0.04]), False
        yield actor


def scene():
    global tracks
    colours = vtkColorTransferFunction()
    for speed, colour in zip(np.linspace(0.2, 2.4, len(PALETTE)), PALETTE):
        colours.AddRGBPoint(speed, *(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))

    lines = trace(sample())
    tube = vtkTubeFilter(input_data=lines, radius=0.022, number_of_sides=5, capping=True)
    mapper = vtkPolyDataMapper(input_connection=tube.output_port, lookup_table=colours)
    mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray("speed")
    tubes = vtkActor(mapper=mapper)
    tubes.property.ambient, tubes.property.specular, tubes.property.specular_power = 0.12, 0.35, 25
    # Nobody sees the inside of a closed tube; leaving it out saves a third of the time without a GPU.
    tubes.property.backface_culling = True

    mapper = vtkPointGaussianMapper(input_data=vtkPolyData(points=dust), scale_factor=0.035, emissive=False)
    lights = vtkActor(mapper=mapper, force_translucent=True)
    lights.property.color = (1, 0.97, 0.85)
    tracks = time_tracks(lines)
    update(0)

    bar = vtkScalarBarActor(lookup_table=colours, title="wind  m/s", label_format="%.1f", bar_ratio=0.22)
    bar.vertical_title_separation = 8
    bar.position, bar.position2, bar.unconstrained_font_size = (0.92, 0.3), (0.06, 0.4), True
    for text, size in ((bar.title_text_property, 15), (bar.label_text_property, 14)):
        text.bold, text.italic, text.font_size, text.color = False, False, size, (0.75, 0.8, 0.88)

    for prop in (*rings(), tubes, lights, bar):
        renderer.AddViewProp(prop)
    # Without a GPU a gradient would cost 6 ms a picture, order-independent translucency another 12.
    renderer.background, renderer.use_oit, camera.view_angle = NIGHT, False, 28
    camera.focal_point, camera.position, camera.view_up = (0, 0, 2.05), (0, -12, 3.8), (0, 0, 1)
    return renderer


def update(t):
    global last_t
    if t > CALM:
        return
    camera.Azimuth(6 * min(t - last_t, 0.1))  # degrees, on top of what the viewer's hand does
    last_t = t
    line, grain = np.arange(len(tracks))[:, None], np.arange(GRAINS)
    moment = (t / LIFETIME + grain / GRAINS + 0.382 * line) % 1 * (tracks.shape[1] - 2)
    before, part = moment.astype(int), (moment % 1)[..., None]
    xyz = tracks[line, before] * (1 - part) + tracks[line, before + 1] * part
    xyz += 0.005 * (np.array(camera.position) - xyz)  # a little nearer, so that no tube hides its own dust
    dust.SetData(numpy_to_vtk(xyz.reshape(-1, 3), deep=True))
