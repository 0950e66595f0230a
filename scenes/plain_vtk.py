#!/usr/bin/env python
# The five Platonic solids, slowly turning.
#
# A plain VTK program, written as VTK's own examples are: a window, an interactor, a timer, Start().
# It knows nothing of vizstream, which runs it as it is:  vizstream serve scenes/plain_vtk.py

# noinspection PyUnresolvedReferences
import vtkmodules.vtkInteractionStyle

# noinspection PyUnresolvedReferences
import vtkmodules.vtkRenderingFreeType

# noinspection PyUnresolvedReferences
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonColor import vtkNamedColors
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkFiltersSources import vtkPlatonicSolidSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkBillboardTextActor3D,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

NAMES = ["Tetrahedron", "Cube", "Octahedron", "Icosahedron", "Dodecahedron"]
SHADES = [
    ["Gold", "Orange", "Tomato", "Khaki"],
    ["SteelBlue", "SkyBlue", "DodgerBlue", "LightCyan", "CornflowerBlue", "Turquoise"],
    ["MediumSeaGreen", "YellowGreen", "PaleGreen", "OliveDrab"],
    ["Orchid", "Plum", "MediumPurple", "Violet", "Thistle"],
    ["Coral", "Salmon", "LightPink", "IndianRed", "PeachPuff", "HotPink"],
]


class SpinCallback:
    def __init__(self, actors, interactor):
        self.actors = actors
        self.interactor = interactor
        self.timer_id = None

    def execute(self, obj, event):
        for i, actor in enumerate(self.actors):
            actor.RotateWXYZ(1.0 + 0.2 * i, 0.3, 1.0, 0.1 * i)
        self.interactor.GetRenderWindow().Render()


def main():
    colors = vtkNamedColors()

    renderer = vtkRenderer()
    renderer.SetBackground(colors.GetColor3d("MidnightBlue"))
    renderer.SetBackground2(colors.GetColor3d("Black"))
    renderer.GradientBackgroundOn()

    solids = []
    for i, name in enumerate(NAMES):
        source = vtkPlatonicSolidSource()
        source.SetSolidType(i)

        shades = SHADES[i]
        lut = vtkLookupTable()
        lut.SetNumberOfTableValues(20)
        lut.SetTableRange(0, 19)
        for face in range(20):
            lut.SetTableValue(face, colors.GetColor4d(shades[face % len(shades)]))

        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(source.GetOutputPort())
        mapper.SetLookupTable(lut)
        mapper.SetScalarRange(0, 19)

        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.SetPosition(2.4 * (i - 2), 0, 0)
        actor.RotateX(-25)
        actor.GetProperty().SetAmbient(0.25)
        actor.GetProperty().EdgeVisibilityOn()
        actor.GetProperty().SetEdgeColor(colors.GetColor3d("MidnightBlue"))
        actor.GetProperty().SetLineWidth(2)
        renderer.AddActor(actor)
        solids.append(actor)

        label = vtkBillboardTextActor3D()
        label.SetInput(name)
        label.SetPosition(2.4 * (i - 2), -1.5, 0)
        label.GetTextProperty().SetFontSize(20)
        label.GetTextProperty().SetColor(colors.GetColor3d("Lavender"))
        label.GetTextProperty().SetJustificationToCentered()
        renderer.AddActor(label)

    render_window = vtkRenderWindow()
    render_window.SetSize(1280, 720)
    render_window.SetWindowName("PlatonicSolids")
    render_window.AddRenderer(renderer)

    interactor = vtkRenderWindowInteractor()
    interactor.SetRenderWindow(render_window)
    interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())

    renderer.ResetCamera()
    renderer.GetActiveCamera().Elevation(15)
    renderer.GetActiveCamera().Zoom(1.7)
    renderer.ResetCameraClippingRange()

    interactor.Initialize()
    spin = SpinCallback(solids, interactor)
    interactor.AddObserver("TimerEvent", spin.execute)
    spin.timer_id = interactor.CreateRepeatingTimer(33)

    render_window.Render()
    interactor.Start()


if __name__ == "__main__":
    main()
