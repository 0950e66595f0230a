import pytest

from vizstream.errors import UsageError
from vizstream.scene import resolve
from vizstream.scene.target import Target


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_scene.py").write_text("")
    (tmp_path / "without_ending").write_text("")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("raise RuntimeError('resolving must not run anything')")
    return tmp_path


def test_a_file(folder):
    assert resolve("my_scene.py") == Target(path="my_scene.py")
    assert resolve(str(folder / "my_scene.py")).title == "my_scene.py"
    assert resolve("without_ending") == Target(path="without_ending")


def test_a_name_in_a_file(folder):
    assert resolve("my_scene.py:window") == Target(path="my_scene.py", name="window")


def test_a_module_and_a_name_in_it(folder):
    assert resolve("my_scene") == Target(module="my_scene")
    assert resolve("pack.inner:make") == Target(module="pack.inner", name="make")
    assert resolve("json.tool").title == "json.tool"


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("missing.py", "no such file: missing.py"),
        ("missing.py:name", "no such file: missing.py"),
        ("my_scene.py:", "no such file"),
        ("some/where/scene.py", "no such file: some/where/scene.py"),
        ("no_such_module_anywhere", "no such file or module"),
        ("no such thing", "no such file"),
        ("pack", None),
        ("pack/", "is a directory"),
        ("", "no scene given"),
    ],
)
def test_what_does_not_exist_is_said_in_one_line(folder, scene, words):
    if words is None:
        words = "is a directory"
    with pytest.raises(UsageError, match=words) as caught:
        resolve(scene)
    assert "\n" not in str(caught.value)
