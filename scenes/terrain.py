# An island that nobody has seen before: fractal noise as hills, coloured by height, in a calm sea.
#
#     vizstream serve scenes/terrain.py           the island of seed 7
#     vizstream serve scenes/terrain.py -- 42     another one
#
# A list of actors is enough for a scene.

import sys

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals
from vtkmodules.vtkFiltersGeneral import vtkWarpScalar
from vtkmodules.vtkFiltersGeometry import vtkImageDataGeometryFilter
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkColorTransferFunction, vtkPolyDataMapper, vtkTextActor

N = 160
TILT = -60  # degrees, so that the first view is from a hill and not from above
COLOURS = {
    -0.30: "#0b2038",
    -0.03: "#1c5a7a",
    -0.005: "#59b3b3",
    0.005: "#e3d3a0",
    0.03: "#cdbd82",
    0.05: "#7fa653",
    0.13: "#47803f",
    0.21: "#5d6b45",
    0.26: "#85796c",
    0.31: "#a39b94",
    0.35: "#f4f6fa",
}


def fractal(seed, octaves=6):
    """Return smooth noise of ever finer scale on an N by N grid."""
    random = np.random.default_rng(seed)
    total = np.zeros((N, N))
    for octave in range(octaves):
        cells = 3 * 2**octave
        grid = random.normal(size=(cells + 1, cells + 1))
        at = np.linspace(0, cells - 0.001, N)
        low, part = at.astype(int), at % 1
        part = part**3 * (part * (6 * part - 15) + 10)  # Perlin's fade: no creases between the cells
        grid = grid[low] * (1 - part)[:, None] + grid[low + 1] * part[:, None]
        grid = grid[:, low] * (1 - part) + grid[:, low + 1] * part
        total += (1 - 2 * np.abs(grid) if octave < 3 else grid) * 0.46**octave  # ridges first, then detail
    return total


def island(seed):
    side = np.linspace(-1, 1, N)
    x, y = np.meshgrid(side, side)
    shore = np.clip(1.15 - 1.2 * (x**2 + y**2), -0.25, 1)
    height = 0.20 * shore * (1 + 0.45 * fractal(seed)) - 0.07
    grid = vtkImageData(dimensions=(N, N, 1), origin=(-1, -1, 0), spacing=(2 / (N - 1), 2 / (N - 1), 1))
    grid.GetPointData().SetScalars(numpy_to_vtk(height.ravel(), deep=True))

    surface = vtkImageDataGeometryFilter(input_data=grid)
    hills = vtkWarpScalar(input_connection=surface.output_port, scale_factor=1.0)
    smooth = vtkPolyDataNormals(input_connection=hills.output_port, splitting=False)
    colours = vtkColorTransferFunction()
    for z, colour in COLOURS.items():
        colours.AddRGBPoint(z, *(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    mapper = vtkPolyDataMapper(input_connection=smooth.output_port, lookup_table=colours)
    actor = vtkActor(mapper=mapper)
    actor.property.ambient, actor.property.diffuse = 0.15, 0.95
    actor.RotateX(TILT)
    return actor


def sea():
    """Return a block of water, as in a museum's diorama."""
    block = vtkCubeSource(bounds=(-1, 1, -1, 1, -0.30, 0))
    actor = vtkActor(mapper=vtkPolyDataMapper(input_connection=block.output_port), pickable=False)
    look = actor.property
    look.color, look.opacity, look.backface_culling = (0.20, 0.55, 0.75), 0.55, True
    look.specular, look.specular_power = 0.4, 30
    actor.RotateX(TILT)
    return actor


def scene():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    caption = vtkTextActor(input=f"island no. {seed}", position=(24, 20))
    caption.text_property.font_size, caption.text_property.color = 20, (0.85, 0.9, 0.95)
    return [island(seed), sea(), caption]
