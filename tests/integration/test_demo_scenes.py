"""The scenes that we show: each draws a picture that is worth the name, by the command that users type."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

SCENES = Path(__file__).resolve().parents[2] / "scenes"
NAMES = sorted(path.name for path in SCENES.glob("*.py"))


def snapshot(png: Path, scene: str, *args: str) -> np.ndarray:
    """Return the picture of a scene, with shape (720, 1280, 3)."""
    command = [sys.executable, "-m", "vizstream", "snapshot", str(SCENES / scene), "-o", str(png)]
    child = subprocess.run([*command, *args], capture_output=True, text=True, check=False, timeout=60)
    assert child.returncode == 0, child.stderr
    assert "Warning" not in child.stderr
    assert "ERR|" not in child.stderr, "VTK complained"
    with av.open(str(png)) as file:
        (frame,) = file.decode(video=0)
        return frame.to_ndarray(format="rgb24")


def test_there_are_enough():
    assert len(NAMES) >= 5
    assert "flow.py" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_scene_draws_a_picture(name: str, tmp_path: Path):
    picture = snapshot(tmp_path / "out.png", name)
    assert picture.shape == (720, 1280, 3)
    colours = np.unique(picture.reshape(-1, 3), axis=0)
    assert len(colours) > 300, "hardly any shading"
    # A background is one colour in each row (a gradient) or everywhere; what differs from it is the scene.
    ground = np.median(picture, axis=1, keepdims=True)
    drawn = (np.abs(picture - ground).max(axis=2) > 24).mean()
    assert drawn > 0.03, f"only {drawn:.1%} of the picture is drawn on"


@pytest.mark.parametrize("name", NAMES)
def test_scene_is_short(name: str):
    assert len((SCENES / name).read_text(encoding="utf-8").splitlines()) < 150


def test_arguments_reach_the_scene(tmp_path: Path):
    first = snapshot(tmp_path / "a.png", "terrain.py", "--", "1")
    again = snapshot(tmp_path / "b.png", "terrain.py", "--", "1")
    other = snapshot(tmp_path / "c.png", "terrain.py", "--", "2")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
