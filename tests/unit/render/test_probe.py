"""Which of VTK's windows is chosen, where which libraries are missing."""

import pytest

from vizstream.errors import MachineError
from vizstream.render import probe

EGL, X, OSMESA = "vtkEGLRenderWindow", "vtkXOpenGLRenderWindow", "vtkOSOpenGLRenderWindow"


@pytest.fixture
def machine(monkeypatch):
    """A Linux machine whose libraries the test decides on."""

    def have(*, egl=False, osmesa=False, x11=False, display="", chosen=""):
        libraries = {probe._OSMESA: osmesa, probe._X11: x11, probe._EGL: egl}
        monkeypatch.setattr("sys.platform", "linux")
        monkeypatch.setattr(probe, "egl_works", lambda: egl)
        monkeypatch.setattr(probe, "_open", lambda names: object() if libraries[names] else None)
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setenv(probe.BACKEND_VARIABLE, chosen)

    return have


@pytest.mark.parametrize(
    ("have", "chosen"),
    [
        ({"egl": True, "osmesa": True}, EGL),
        ({"egl": True, "x11": True, "display": ":0"}, EGL),
        ({"x11": True, "display": ":0", "osmesa": True}, X),
        ({"x11": True, "osmesa": True}, OSMESA),
        ({"egl": True, "osmesa": True, "chosen": OSMESA}, OSMESA),
        ({"egl": True, "chosen": "vtkSomethingElse"}, "vtkSomethingElse"),
    ],
)
def test_the_window_class_is_chosen(machine, have, chosen, monkeypatch):
    machine(**have)
    assert probe.choose_backend() == chosen
    assert probe.os.environ[probe.BACKEND_VARIABLE] == chosen


@pytest.mark.parametrize(
    "have",
    [{}, {"display": ":0"}, {"x11": True}, {"egl": True, "chosen": OSMESA}, {"osmesa": True, "chosen": EGL}],
)
def test_a_machine_that_cannot_draw_says_so_with_the_remedy(machine, have):
    machine(**have)
    with pytest.raises(MachineError, match="no OpenGL") as caught:
        probe.choose_backend()
    assert caught.value.remedy == "apt-get install libegl1 libgl1-mesa-dri"


def test_other_systems_have_one_window_class_only(machine, monkeypatch):
    machine()
    monkeypatch.setattr("sys.platform", "darwin")
    assert probe.choose_backend() == ""


def test_libraries_that_are_not_there_are_not_opened():
    assert probe._open(("libNoSuchLibrary.so.99",)) is None
