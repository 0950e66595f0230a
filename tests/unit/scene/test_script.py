"""Scripts run as Python would run them; in this process, since none of them needs VTK."""

import sys

import pytest

from vizstream.scene.script import run_script
from vizstream.scene.target import Target


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", ["vizstream"])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("made_here")]:
        del sys.modules[name]


def write(folder, name, source):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return name


def test_a_script_is_main_and_sees_its_arguments(folder):
    write(folder, "sub/made_here_neighbour.py", "VALUE = 3")
    path = write(
        folder,
        "sub/made_here_script.py",
        "import sys, made_here_neighbour, __main__\n"
        "is_main = vars(__main__) is globals()\n"
        "seen = (__name__, list(sys.argv), __file__, made_here_neighbour.VALUE, is_main)\n",
    )
    seen = run_script(Target(path=path), ["--fast", "7"])["seen"]
    assert seen == ("__main__", [path, "--fast", "7"], str(folder / path), 3, True)


def test_a_script_that_is_asked_for_a_name_is_imported_and_its_main_guard_does_not_run(folder):
    path = write(folder, "made_here_script.py", "ran = []\nif __name__ == '__main__':\n    ran.append(1)\n")
    names = run_script(Target(path=path, name="ran"), [])
    assert names["ran"] == []
    assert names["__name__"] == "made_here_script"


def test_our_future_imports_are_not_the_scripts(folder):
    path = write(folder, "made_here_script.py", "def f(x: 1 + 1): pass\n")
    assert run_script(Target(path=path), [])["f"].__annotations__ == {"x": 2}


def test_a_module_runs_as_with_dash_m(folder):
    write(folder, "made_here_pack/__init__.py", "")
    write(
        folder,
        "made_here_pack/inner.py",
        "from . import helper\nimport sys\nseen = __name__, sys.argv, __package__",
    )
    write(folder, "made_here_pack/helper.py", "")
    write(folder, "made_here_pack/__main__.py", "seen = 'package'")
    name, argv, package = run_script(Target(module="made_here_pack.inner"), ["x"])["seen"]
    assert (name, package) == ("__main__", "made_here_pack")
    assert argv == [str(folder / "made_here_pack" / "inner.py"), "x"]
    assert run_script(Target(module="made_here_pack"), [])["seen"] == "package"


def test_a_module_that_is_asked_for_a_name_is_imported(folder):
    write(folder, "made_here_module.py", "name = __name__")
    assert run_script(Target(module="made_here_module", name="name"), [])["name"] == "made_here_module"


def test_exit_with_zero_is_an_end_like_any_other(folder):
    path = write(folder, "made_here_script.py", "import sys\nx = 1\nsys.exit(0)\n")
    assert run_script(Target(path=path), [])["x"] == 1
    path = write(folder, "made_here_script.py", "import sys\nsys.exit(3)\n")
    with pytest.raises(SystemExit):
        run_script(Target(path=path), [])


def test_a_missing_module_inside_of_a_package_is_named(folder):
    write(folder, "made_here_pack/__init__.py", "")
    with pytest.raises(ImportError, match=r"made_here_pack\.nothing"):
        run_script(Target(module="made_here_pack.nothing"), [])
