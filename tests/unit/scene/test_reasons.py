import argparse
import socket
import urllib.error
from pathlib import Path

import pytest
from vtkmodules import vtkRenderingCore

from vizstream.scene.reasons import reason


class Scene(vtkRenderingCore.vtkRenderer):
    """As wrappers of VTK derive theirs."""


class Plain:
    pass


def needs_argument():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.parse_args([])


def fetch():
    try:
        raise socket.gaierror(-2, "Name or service not known")
    except OSError as error:
        raise RuntimeError("could not get the data") from error


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ("import no_such_package_at_all.part", "needs the package no_such_package_at_all"),
        ("raise ModuleNotFoundError('no', name='PyQt5.QtWidgets')", "needs Qt"),
        ("from vtkmodules.vtkRenderingCore import vtkNothing", "than the installed 9.9"),
        ("import vtkmodules.vtkNoSuchModule", "another version of VTK"),
        ("vtkRenderingCore.vtkNothing", "another version of VTK"),
        ("vtkRenderingCore.vtkRenderer().AddNothing()", "another version of VTK"),
        ("Scene().AddNothing()", "another version of VTK"),
        ("Path('/no/such/file.vtp').read_text()", "needs the file /no/such/file.vtp"),
        ("fetch()", "needs the network"),
        ("raise urllib.error.URLError('no route')", "needs the network"),
        ("raise type('ConnectTimeout', (Exception,), {})('slow')", "needs the network"),
        ("raise RuntimeError('no display name and no $DISPLAY environment variable')", "needs a screen"),
        ("needs_argument()", "give them after the script's name"),
        ("Plain().nothing", ""),
        ("raise ValueError('the mesh is empty')", ""),
        ("raise SystemExit(3)", ""),
    ],
)
def test_what_a_script_lacks(failing, words):
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        exec(failing, {**globals(), "Path": Path, "urllib": urllib})  # noqa: S102
    said = reason(caught.value, "9.9")
    assert words in said
    assert bool(said) == bool(words)
    assert "\n" not in said


def test_a_ring_of_causes_ends():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert reason(one, "9.9") == ""
