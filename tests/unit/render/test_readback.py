"""Pixels go where they are told to, right way up, with no copy of VTK's."""

import numpy as np
import pytest

from vizstream.render import probe

probe.choose_backend()

from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow  # noqa: E402
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderWindow  # noqa: E402

from vizstream.render.readback import Readback  # noqa: E402


@pytest.fixture(scope="module")
def window():
    """A window that is red in its lower half and green in its upper one."""
    window = vtkRenderWindow()
    window.SetShowWindow(False)
    window.SetUseOffScreenBuffers(True)
    window.SetSize(64, 48)
    for low, high, colour in ((0, 0.5, (1, 0, 0)), (0.5, 1, (0, 1, 0))):
        renderer = vtkRenderer()
        renderer.SetViewport(0, low, 1, high)
        renderer.SetBackground(*colour)
        window.AddRenderer(renderer)
    window.Render()
    assert isinstance(window, vtkOpenGLRenderWindow)
    return window


def test_rows_are_bottom_up_and_all_of_the_memory_is_written(window):
    pixels = np.full((48, 64, 4), 77, np.uint8)
    assert Readback().read(window, pixels)
    assert (pixels[:24, :, :3] == (255, 0, 0)).all()
    assert (pixels[24:, :, :3] == (0, 255, 0)).all()


def test_nothing_beyond_the_memory_is_written(window):
    memory = np.full((50, 64, 4), 77, np.uint8)
    assert Readback().read(window, memory[1:49])
    assert (memory[0] == 77).all()
    assert (memory[49] == 77).all()
    assert not (memory[1:49, :, :3] == 77).any()


def test_one_reader_serves_many_slots(window):
    readback = Readback()
    slots = [np.zeros((48, 64, 4), np.uint8) for _ in range(4)]
    assert all(readback.read(window, slot) for slot in slots)
    assert all((slot == slots[0]).all() for slot in slots)
