"""What counts as the `update` function of a scene."""

from __future__ import annotations

import pytest
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from vizstream.scene import explicit


class Clock:
    def __call__(self, t: float) -> None:
        pass


@pytest.mark.parametrize(
    ("update", "called"),
    [
        (lambda t: None, True),
        (lambda t=0.0: None, True),
        (lambda t, speed=2.0: None, True),
        (Clock(), True),
        (lambda: None, False),
        (lambda caller, event: None, False),
        (lambda caller=None, event=None: None, False),
        (lambda *what: None, False),
        (1.5, False),
    ],
)
def test_update_is_a_function_of_one_argument(
    monkeypatch: pytest.MonkeyPatch, update: object, called: bool
) -> None:
    monkeypatch.setattr(explicit, "_prepare", lambda window: window)
    window = vtkRenderWindow()
    window.AddRenderer(vtkRenderer())
    found = explicit.find_scene({"render_window": window, "update": update}, "", None)
    assert found == explicit.Scene(window, update if called else None)
