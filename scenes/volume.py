# A spiral galaxy, volume-rendered: noise, two arms and a bulge on 192 x 192 x 32 voxels.
#
#     vizstream serve scenes/volume.py
#
# Nothing here is about streaming: the window is found by its name, render_window.

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction, vtkPolyData
from vtkmodules.vtkFiltersGeneral import vtkVertexGlyphFilter
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkColorTransferFunction,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

NX, NY, NZ = 192, 192, 32
THICK = 0.13  # half the height of the box; its half width is 1
GLOW = {  # density: (colour, opacity)
    0: ((0.05, 0.07, 0.30), 0.0),
    14: ((0.08, 0.10, 0.40), 0.0),
    45: ((0.20, 0.30, 0.90), 0.030),
    90: ((0.50, 0.62, 1.00), 0.075),
    130: ((1.00, 0.45, 0.66), 0.13),
    185: ((1.00, 0.78, 0.50), 0.24),
    255: ((1.00, 0.97, 0.90), 0.90),
}
random = np.random.default_rng(5)


def noise(coarsest=12, octaves=5):
    """Return smooth noise of mean 0, each octave twice as fine and 0.6 times as loud as the one before."""
    total = np.zeros((NZ, NY, NX))
    for octave in range(octaves):
        cells = coarsest * 2**octave
        grid = random.normal(size=(2 + cells // 6, cells + 1, cells + 1))
        for axis, n in enumerate(total.shape):
            at = np.linspace(0, grid.shape[axis] - 1.001, n)
            low, part = at.astype(int), at % 1
            part = (part * part * (3 - 2 * part)).reshape([-1 if a == axis else 1 for a in range(3)])
            grid = grid.take(low, axis) * (1 - part) + grid.take(low + 1, axis) * part
        total += grid * 0.6**octave
    return total


def galaxy():
    """Return the density as bytes, z slowest."""
    side = np.linspace(-1, 1, NX)
    z, y, x = np.meshgrid(np.linspace(-THICK, THICK, NZ), side, side, indexing="ij")
    r = np.hypot(x, y) + 1e-6
    lumps = noise()
    turn = np.arctan2(y, x) - 3.1 * np.log(r + 0.08) + 0.16 * lumps
    arms = (0.5 + 0.5 * np.cos(2 * turn)) ** 2.5
    disk = np.exp(-r / 0.42 - (z / (0.028 + 0.022 * r)) ** 2) * np.clip(5 * (1 - r), 0, 1)
    bulge = np.exp(-(x**2 + y**2 + 2.5 * z**2) / 0.012)
    density = disk * (0.05 + arms) * np.exp(0.7 * lumps) + 1.3 * bulge
    return (255 * np.clip(np.sqrt(density), 0, 1)).astype(np.uint8)


image = vtkImageData(dimensions=(NX, NY, NZ), origin=(-1, -1, -THICK))
image.spacing = (2 / (NX - 1), 2 / (NY - 1), 2 * THICK / (NZ - 1))
image.GetPointData().SetScalars(numpy_to_vtk(galaxy().ravel(), deep=True))

colour, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
for density, (rgb, alpha) in GLOW.items():
    colour.AddRGBPoint(density, *rgb)
    opacity.AddPoint(density, alpha)
look = vtkVolumeProperty(scalar_opacity_unit_distance=0.03)
look.SetColor(colour)
look.SetScalarOpacity(opacity)
look.SetInterpolationTypeToLinear()
mapper = vtkGPUVolumeRayCastMapper(input_data=image, use_jittering=True)
# Half the picture's resolution and samples 0.03 apart: 5 times as fast without a GPU.
mapper.auto_adjust_sample_distances = False
mapper.sample_distance, mapper.image_sample_distance = 0.03, 2

stars = random.normal(size=(900, 3))
stars *= 9 / np.linalg.norm(stars, axis=1, keepdims=True)
sky = vtkPolyData(points=vtkPoints(data=numpy_to_vtk(stars, deep=True)))
light = (255 * random.uniform(0.3, 1, (900, 1)) ** 2 * random.uniform(0.8, 1, (900, 3))).astype(np.uint8)
sky.GetPointData().SetScalars(numpy_to_vtk(light, deep=True))
dots = vtkVertexGlyphFilter(input_data=sky)
heaven = vtkActor(mapper=vtkPolyDataMapper(input_connection=dots.output_port), pickable=False)
heaven.property.lighting, heaven.property.point_size = False, 2

renderer = vtkRenderer(background=(0.0, 0.0, 0.012))
renderer.AddActor(heaven)
renderer.AddVolume(vtkVolume(mapper=mapper, property=look))
camera = renderer.active_camera
camera.focal_point, camera.position, camera.view_up = (0, 0, -0.03), (0.3, -1.9, 1.25), (0, 0, 1)
camera.view_angle = 38

render_window = vtkRenderWindow(size=(1280, 720), window_name="A spiral galaxy")
render_window.AddRenderer(renderer)
