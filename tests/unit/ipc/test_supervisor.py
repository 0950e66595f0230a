"""What the supervisor does to its own process; tests/integration starts real children."""

import dataclasses
import multiprocessing
import os
import pickle
import sys
import threading
import types

import pytest

from vizstream.ipc.supervisor import Supervisor, _SearchPath, hidden_main


@pytest.fixture
def main_module(monkeypatch):
    """A script that runs as ``__main__``."""
    module = types.ModuleType("__main__")
    module.__file__ = "/somewhere/script.py"
    module.answer = 42
    monkeypatch.setitem(sys.modules, "__main__", module)
    return module


def in_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join(10)
    return result[0]


def test_spawning_finds_no_main_to_import(main_module):
    from multiprocessing import spawn

    assert spawn.get_preparation_data("child")["init_main_from_path"] == "/somewhere/script.py"
    with hidden_main():
        data = spawn.get_preparation_data("child")
    assert "init_main_from_path" not in data
    assert "init_main_from_name" not in data
    assert sys.modules["__main__"] is main_module


def test_a_module_run_with_m_is_hidden_too(main_module):
    from multiprocessing import spawn

    main_module.__spec__ = types.SimpleNamespace(name="package.script")
    assert spawn.get_preparation_data("child")["init_main_from_name"] == "package.script"
    with hidden_main():
        data = spawn.get_preparation_data("child")
    assert not [key for key in data if key.startswith("init_main")]


@dataclasses.dataclass
class Point:
    x: int


def test_other_threads_see_the_true_main(main_module):
    """The user's script may be pickling objects of its own classes at this moment."""
    Point.__module__ = "__main__"
    main_module.Point = Point
    with hidden_main():
        seen = in_thread(lambda: sys.modules["__main__"])
        assert in_thread(lambda: seen.__file__) == "/somewhere/script.py"
        assert in_thread(lambda: seen.answer) == 42
        assert in_thread(lambda: pickle.loads(pickle.dumps(Point(3)))) == Point(3)
        in_thread(lambda: setattr(sys.modules["__main__"], "answer", 43))
    assert main_module.answer == 43


def test_a_main_put_there_meanwhile_stays(main_module):
    script = types.ModuleType("__main__")
    with hidden_main():
        sys.modules["__main__"] = script
    assert sys.modules["__main__"] is script


def test_main_comes_back_after_an_error(main_module):
    with pytest.raises(ZeroDivisionError), hidden_main():
        raise ZeroDivisionError
    assert sys.modules["__main__"] is main_module


def test_the_script_may_still_choose_its_start_method(main_module):
    from multiprocessing import spawn

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(None, force=True)
    try:
        with hidden_main():
            spawn.get_preparation_data("child")  # fixes the default
        assert multiprocessing.get_start_method(allow_none=True) is None
        multiprocessing.set_start_method("spawn")
        with hidden_main():
            spawn.get_preparation_data("child")
        assert multiprocessing.get_start_method(allow_none=True) == "spawn"
    finally:
        multiprocessing.set_start_method(before, force=True)


def test_search_path_is_that_of_the_beginning(monkeypatch):
    monkeypatch.setattr(sys, "path", ["", "/first"])
    path = _SearchPath()
    sys.path.insert(0, "/folder/of/the/script")
    assert pickle.loads(pickle.dumps(path)) is None
    assert sys.path == [os.getcwd(), "/first"]  # noqa: PTH109


def test_stop_before_start_closes_the_doorbells():
    supervisor = Supervisor(print)
    supervisor.stop()
    supervisor.stop()
    assert supervisor.doorbell.fileno() == -1
    assert not supervisor.doorbell.wait(5)
    supervisor.doorbell.ring()
    supervisor.wake()


def test_wake_ends_a_wait_on_the_doorbell():
    supervisor = Supervisor(print)
    supervisor.wake()
    assert supervisor.doorbell.wait(5)
    assert not supervisor.doorbell.wait(0)
    supervisor.stop()


def test_a_fork_does_not_stop_its_parents_child():
    supervisor = Supervisor(print)
    supervisor._owner = os.getppid()  # as a fork of the owner sees it
    supervisor.stop()
    assert supervisor.doorbell.fileno() >= 0
    supervisor._owner = os.getpid()
    supervisor.stop()
