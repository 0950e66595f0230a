"""What a user is told when a scene cannot be shown, and that the program does not crash over it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scene_stage import SCENES, play, played_well

SYNTAX = "def f(:\n    pass\n"


def nothing(end):
    yield end.seconds(60)


def test_an_exception_in_the_script():
    played = play("fails.py", nothing)
    assert played["error_type"] == "SceneError"
    assert played["error"] == "fails.py failed: ValueError: the mesh is empty"
    trace = played["trace"].splitlines()
    assert trace[0] == "Traceback (most recent call last):"
    assert [line for line in trace if "File" in line] == [
        f'  File "{SCENES / "fails.py"}", line 11, in <module>',
        f'  File "{SCENES / "fails.py"}", line 7, in deeper',
    ]
    assert trace[-1] == "ValueError: the mesh is empty"
    assert played.posts[-1] == {"phase": "error", "title": "fails.py", "message": played["error"]}


def test_a_syntax_error(tmp_path):
    script = tmp_path / "broken.py"
    script.write_text(SYNTAX)
    played = play(str(script), nothing)
    assert played["error_type"] == "SceneError"
    assert "SyntaxError" in played["error"]
    python = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert played["trace"] == python.stderr, "as Python prints it"


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("no_window.py", "ended without a window to show"),
        ("exits.py", "exits.py exited with status 4"),
        ("variables.py:number", "number must be or return a vtkRenderWindow"),
        ("variables.py:nothing", "the script has no 'nothing'"),
        ("embedded.py", "inside of a Qt window"),
        ("no_such_package_here.py", "no such file"),
    ],
)
def test_a_scene_that_shows_nothing(scene, words):
    played = play(scene, nothing)
    assert words in played["error"]
    assert "\n" not in played["error"]
    expected = [] if played["error_type"] == "UsageError" else ["loading", "error"]
    assert played.phases == expected


def test_a_missing_module(tmp_path):
    script = tmp_path / "needs_much.py"
    script.write_text("import no_such_package_at_all\n")
    played = play(str(script), nothing)
    assert "No module named 'no_such_package_at_all'" in played["error"]
    assert "it needs the package no_such_package_at_all, which is not installed here" in played["error"]
    assert played["trace"].count("File") == 1


def test_qt_is_refused_before_it_ends_the_process(tmp_path, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "PyQt5").mkdir()
    (tmp_path / "PyQt5" / "__init__.py").touch()
    (tmp_path / "PyQt5" / "QtWidgets.py").write_text(
        "import os\nclass QApplication:\n    __init__ = os.abort\n"
    )
    script = tmp_path / "embeds.py"
    script.write_text("from PyQt5.QtWidgets import QApplication\nQApplication([])\n")
    assert "inside of a Qt window" in play(str(script), nothing)["error"]


def test_a_failing_update_ends_the_scene_with_its_trace():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield end.seconds(60)

    played = play("fails_in_update.py", plan)
    assert played["error"] == "fails_in_update.py failed: RuntimeError: the data ran out"
    assert "vizstream" not in played["trace"]
    assert "in update" in played["trace"]
    assert played.phases == ["loading", "live", "error"]
    assert len(played.frames) > 3


def test_failing_callbacks_and_vtks_complaints_are_counted_and_the_scene_lives_on():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield lambda: len(end.main("calls")) >= 120
        end.send("pointer_down", x=600, y=300, button=1, buttons=(1,))
        yield end.shown(end.send("pointer_move", x=650, y=300, buttons=(1,)))

    played = played_well("fails_in_callback.py", plan)
    assert played.stderr.count("Traceback") == 1
    assert "100 times now" in played.stderr
    assert played.stderr.count("Unable to open /no/such/file.stl") == 3, "the 1st, the 10th and the 100th"
    assert "vizstream/" not in played.stderr
    assert len(played.stderr.splitlines()) < 60


def test_exit_from_a_callback_tells_the_viewers():
    """VTK ends the process inside of its own code; what Python runs at exit is all that is left to us."""
    source = """
import sys
sys.path.insert(0, sys.argv[1])
from scene_stage import FakeEnd
from vizstream.config import Config
from vizstream.scene import run_scene
def plan(end):
    while True:
        yield end.next_frame()
end = FakeEnd(plan, 30)
end.post_scene = lambda **fields: print(fields["phase"], flush=True)
run_scene(Config(scene=sys.argv[2]), end)
print("not reached")
"""
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            source,
            str(Path(__file__).parents[1] / "support"),
            str(SCENES / "exits_in_callback.py"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    phases = child.stdout.split()
    assert phases[0] == "loading"
    assert phases[-1] == "ended", child.stderr
    assert "not" not in phases


SNAPSHOT = """
import os, sys
from pathlib import Path
from vizstream.config import Config
from vizstream.errors import VizstreamError
from vizstream.snapshot import snapshot
try:
    snapshot(Config(scene=sys.argv[1], width=320, height=240), Path(sys.argv[2]))
    print("written", flush=True)
except VizstreamError as error:
    print(type(error).__name__, error, getattr(error, "remedy", ""), flush=True)
os._exit(0)
"""


def take(scene, output, before="", **environment):
    environment = {**os.environ, **environment}
    if not environment.get("VTK_DEFAULT_OPENGL_WINDOW"):
        environment.pop("VTK_DEFAULT_OPENGL_WINDOW", None)
    child = subprocess.run(
        [sys.executable, "-c", before + SNAPSHOT, str(SCENES / scene), str(output)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert child.returncode == 0, f"it crashed: {child.returncode} {child.stderr}"
    return child.stdout.strip()


@pytest.mark.parametrize(
    "scene",
    [
        "plain.py",
        "render_loop.py",
        "finite_loop.py",
        "variables.py",
        "windows_in_turn.py",
    ],
)
def test_snapshot(scene, tmp_path):
    import av

    output = tmp_path / "out.png"
    assert take(scene, output) == "written"
    with av.open(str(output)) as file:
        (frame,) = file.decode(video=0)
        picture = frame.to_ndarray(format="rgb24")
    assert picture.shape == (240, 320, 3)
    assert len({tuple(pixel) for row in picture[::4, ::4] for pixel in row}) > 2, "something is drawn"


@pytest.mark.parametrize(
    ("scene", "output", "words"),
    [
        ("no_window.py", "out.png", "SceneError the script ended without a window"),
        ("fails.py", "out.png", "SceneError fails.py failed: ValueError"),
        ("missing.py", "out.png", "UsageError no such file"),
        ("plain.py", "no/such/folder/out.png", "UsageError cannot write"),
        ("plain.py", "", "UsageError cannot write"),
    ],
)
def test_snapshot_that_cannot_be_taken(scene, output, words, tmp_path):
    assert take(scene, tmp_path / output).startswith(words)


NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/no/such/vendor.json"}
NO_OSMESA = "import vizstream.render.probe as probe\nprobe._OSMESA = ()\n"


def test_without_opengl_it_says_so_and_does_not_crash(tmp_path):
    words = take(
        "plain.py", tmp_path / "out.png", NO_OSMESA, DISPLAY="", VTK_DEFAULT_OPENGL_WINDOW="", **NO_EGL
    )
    assert words.startswith("MachineError no OpenGL")
    assert words.endswith("apt-get install libegl1 libgl1-mesa-dri")


def test_a_chosen_backend_that_does_not_work_does_not_crash(tmp_path):
    chosen = {"VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow", "DISPLAY": ""}
    assert take("plain.py", tmp_path / "out.png", **chosen, **NO_EGL).startswith("MachineError no OpenGL")


def test_the_report_names_what_draws():
    from vizstream.render.probe import gl_report

    report = gl_report()
    assert report.ok, report.failure
    assert report.renderer
    assert report.vtk.startswith("9.")
    assert report.software == ("llvmpipe" in report.renderer)


@pytest.mark.parametrize(
    ("drawing", "failure"),
    [
        ("import os; os.kill(os.getpid(), 11)", "VTK crashed while it drew (SIGSEGV)"),
        ("raise OSError('no such device')", "VTK could not draw: OSError: no such device"),
        ("print('noise')", "VTK could not draw: no output"),
    ],
)
def test_the_report_of_a_machine_where_vtk_fails(drawing, failure, monkeypatch):
    from vizstream.render import probe

    monkeypatch.setattr(probe, "_DRAW_ONE_PICTURE", drawing)
    report = probe.gl_report()
    assert not report.ok
    assert report.failure == failure
