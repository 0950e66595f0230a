# Caffeine, the molecule behind much software, with its atoms named.
#
#     vizstream serve scenes/molecule.py
#
# The renderer is found by its name; vizstream makes the window.

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkMolecule, vtkPolyData
from vtkmodules.vtkDomainsChemistry import vtkMoleculeMapper, vtkPeriodicTable
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkRenderingCore import vtkActor, vtkActor2D, vtkPolyDataMapper, vtkRenderer, vtkTextActor
from vtkmodules.vtkRenderingLabel import vtkLabeledDataMapper

# Element and position in angstrom (PubChem, compound 2519).
ATOMS = """
O 0.4700 2.5688 0.0006      O -3.1271 -0.4436 -0.0003   N -0.9686 -1.3125 0.0000
N 2.2182 0.1412 -0.0003     N -1.3477 1.0797 -0.0001    N 1.4119 -1.9372 0.0002
C 0.8579 0.2592 -0.0008     C 0.3897 -1.0264 -0.0004    C 0.0307 1.4220 -0.0006
C -1.9061 -0.2495 -0.0004   C 2.5032 -1.1998 0.0003     C -1.4276 -2.6960 0.0008
C 3.1926 1.2061 0.0003      C -2.2969 2.1881 0.0007     H 3.5163 -1.5787 0.0008
H -1.0451 -3.1973 -0.8937   H -2.5186 -2.7596 0.0011    H -1.0447 -3.1963 0.8957
H 4.1992 0.7801 0.0002      H 3.0468 1.8092 -0.8992     H 3.0466 1.8083 0.9004
H -1.8087 3.1651 -0.0003    H -2.9322 2.1027 0.8881     H -2.9346 2.1021 -0.8849
"""
SINGLE = [
    (2, 7),
    (2, 9),
    (2, 11),
    (3, 6),
    (3, 10),
    (3, 12),
    (4, 8),
    (4, 9),
    (4, 13),
    (5, 7),
    (6, 8),
    (10, 14),
]
SINGLE += [(11, 15), (11, 16), (11, 17), (12, 18), (12, 19), (12, 20), (13, 21), (13, 22), (13, 23)]
DOUBLE = [(0, 8), (1, 9), (5, 10), (6, 7)]


def build():
    molecule, elements = vtkMolecule(), vtkPeriodicTable()
    words = ATOMS.split()
    for i in range(0, len(words), 4):
        molecule.AppendAtom(elements.GetAtomicNumber(words[i]), *map(float, words[i + 1 : i + 4]))
    for order, bonds in ((1, SINGLE), (2, DOUBLE)):
        for a, b in bonds:
            molecule.AppendBond(a, b, order)
    return molecule


def ball_and_stick(molecule):
    mapper = vtkMoleculeMapper()
    mapper.SetInputData(molecule)
    mapper.UseBallAndStickSettings()
    mapper.SetAtomicRadiusScaleFactor(0.32)
    mapper.SetBondRadius(0.09)
    actor = vtkActor(mapper=mapper)
    actor.property.specular, actor.property.specular_power, actor.property.ambient = 0.5, 60, 0.2
    return actor


def names(molecule):
    """Return labels for all atoms but hydrogen: C1, N2 and so on."""
    elements, count = vtkPeriodicTable(), {}
    points, labels = vtkPoints(), vtkStringArray(name="label")
    for i in range(molecule.number_of_atoms):
        symbol = elements.GetSymbol(molecule.GetAtomAtomicNumber(i))
        count[symbol] = count.get(symbol, 0) + 1
        if symbol != "H":
            points.InsertNextPoint(molecule.GetAtomPosition(i))
            labels.InsertNextValue(f"{symbol}{count[symbol]}")
    data = vtkPolyData(points=points)
    data.GetPointData().AddArray(labels)
    mapper = vtkLabeledDataMapper(input_data=data)
    mapper.SetLabelModeToLabelFieldData()
    mapper.SetFieldDataName("label")
    text = mapper.GetLabelTextProperty()
    text.font_size, text.color = 17, (1, 1, 1)
    text.bold, text.italic, text.shadow = True, False, True
    text.SetJustificationToCentered()
    text.SetVerticalJustificationToCentered()
    return vtkActor2D(mapper=mapper)


def cloud(molecule):
    """Return the surface where a sum of Gaussians, one for each atom, falls to a given density."""
    n = 64
    side = np.linspace(-5.2, 5.2, n)
    z, y, x = np.meshgrid(side, side, side, indexing="ij")
    density = np.zeros(z.shape)
    for i in range(molecule.number_of_atoms):
        ax, ay, az = molecule.GetAtomPosition(i)
        width = 0.55 if molecule.GetAtomAtomicNumber(i) == 1 else 0.95
        density += np.exp(-((x - ax) ** 2 + (y - ay) ** 2 + (z - az) ** 2) / width**2)
    grid = vtkImageData(dimensions=(n, n, n), origin=(side[0],) * 3, spacing=(side[1] - side[0],) * 3)
    grid.GetPointData().SetScalars(numpy_to_vtk(density.ravel(), deep=True))
    contour = vtkFlyingEdges3D(input_data=grid, compute_scalars=False)
    contour.SetValue(0, 0.16)
    actor = vtkActor(mapper=vtkPolyDataMapper(input_connection=contour.output_port))
    look = actor.property
    look.color, look.opacity, look.backface_culling = (0.45, 0.75, 1.0), 0.22, True
    look.specular, look.specular_power = 0.9, 40
    return actor


def title(words):
    actor = vtkTextActor(input=words)
    actor.text_property.font_size, actor.text_property.color = 26, (0.85, 0.9, 1.0)
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(0.03, 0.05)
    return actor


caffeine = build()
renderer = vtkRenderer(
    background=(0.05, 0.06, 0.10), background2=(0.16, 0.20, 0.30), gradient_background=True
)
renderer.use_oit = False  # only the cloud is translucent, and its far side is left out: nothing to sort
for prop in (ball_and_stick(caffeine), cloud(caffeine), names(caffeine), title("caffeine   C8 H10 N4 O2")):
    renderer.AddViewProp(prop)
camera = renderer.active_camera
camera.focal_point, camera.position, camera.view_angle = (0.2, -0.25, 0), (3.0, -6.5, 17), 28
