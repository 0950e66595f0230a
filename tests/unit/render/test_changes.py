"""What counts as a change of the scene, with VTK's own objects; nothing is drawn."""

import pytest
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkTexture,
)

from vizstream.render import probe

probe.choose_backend()

from vizstream.render.changes import changed_since, current_mtime  # noqa: E402 - it loads VTK


class World:
    def __init__(self):
        self.cone = vtkConeSource()
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputConnection(self.cone.GetOutputPort())
        self.actor = vtkActor()
        self.actor.SetMapper(self.mapper)
        self.actor.GetProperty()  # made when first asked for
        self.light = vtkLight()
        self.renderer = vtkRenderer()
        self.renderer.AddActor(self.actor)
        self.renderer.AddLight(self.light)
        self.camera = self.renderer.GetActiveCamera()
        self.window = vtkRenderWindow()
        self.window.AddRenderer(self.renderer)
        self.mapper.Update()


@pytest.fixture
def world():
    return World()


CHANGES = {
    "move": lambda w: w.actor.RotateZ(1),
    "colour": lambda w: w.actor.GetProperty().SetColor(1, 0, 0),
    "texture": lambda w: w.actor.SetTexture(vtkTexture()),
    "source": lambda w: w.cone.SetResolution(40),
    "range": lambda w: w.mapper.SetScalarRange(0, 7),
    "hide": lambda w: w.actor.SetVisibility(False),
    "remove": lambda w: w.renderer.RemoveActor(w.actor),
    "add": lambda w: w.renderer.AddActor(vtkActor()),
    "camera": lambda w: w.camera.Azimuth(1),
    "light": lambda w: w.light.SetIntensity(0.5),
    "background": lambda w: w.renderer.SetBackground(1, 1, 1),
    "renderer": lambda w: w.window.AddRenderer(vtkRenderer()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_once(world, change):
    before = current_mtime()
    assert not changed_since(world.window, before)
    CHANGES[change](world)
    assert changed_since(world.window, before)
    assert not changed_since(world.window, current_mtime())


def test_what_belongs_to_another_window_is_no_change(world):
    before = current_mtime()
    World().actor.RotateZ(1)
    assert not changed_since(world.window, before)


def test_an_actor_that_is_hidden_may_change_its_colour(world):
    world.actor.SetVisibility(False)
    before = current_mtime()
    world.actor.GetProperty().SetColor(0, 1, 0)
    assert not changed_since(world.window, before)


def test_looking_makes_no_camera():
    window, renderer = vtkRenderWindow(), vtkRenderer()
    window.AddRenderer(renderer)
    changed_since(window, 0)
    assert not renderer.IsActiveCameraCreated()
