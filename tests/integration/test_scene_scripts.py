"""Scripts of every kind that we take, each unmodified and in a process of its own, before a viewer."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scene_stage import played_well


def first_frame(end):
    yield end.next_frame()


def drag(end):
    """Turn the scene by hand and note how the camera moved."""
    yield end.next_frame()
    end.watch()
    camera = end.main("ren").GetActiveCamera()
    before = camera.GetPosition()
    end.send("pointer_down", x=600, y=300, button=1, buttons=(1,))
    for step in range(1, 21):
        end.send("pointer_move", x=600 + 5 * step, y=300, buttons=(1,))
    yield end.shown(end.send("pointer_up", x=700, y=300, button=1))
    end.report["before"], end.report["after"] = before, camera.GetPosition()


def looks(end):
    """Note what the picture shows: a background of one colour, and something on it."""
    yield end.next_frame()
    picture = end.picture()
    background = picture[0, 0]
    end.report["shape"] = picture.shape
    end.report["background"] = [int(value) for value in background]
    end.report["drawn"] = float((abs(picture - background).max(axis=2) > 30).mean())


def test_plain_script():
    played = played_well("plain.py", looks)
    assert played["shape"] == [720, 1280, 3]
    assert played["background"] == [51, 102, 153]
    assert 0.02 < played["drawn"] < 0.9


def test_plain_script_is_steered():
    played = played_well("plain.py", drag)
    assert played["before"] != played["after"]
    assert {post.get("title") for post in played.posts} >= {"plain.py", "plain"}, "the window's own name"


@pytest.mark.parametrize("scene", ["guarded.py", "unguarded.py"])
def test_a_script_runs_once_and_gets_its_arguments_and_goes_on_after_start(scene, tmp_path):
    log = tmp_path / "log"
    played_well(scene, first_frame, str(log), "--mesh", "x")
    assert log.read_text() == "__main__ ['--mesh', 'x']\nafter\n"


def test_whole_vtk_with_the_windows_own_interactor():
    def plan(end):
        yield end.next_frame()
        end.report["style"] = end.main("style")
        end.report["shape"] = end.picture().shape
        end.watch()
        before = end.main("actor").GetProperty().GetRepresentation()
        end.send("key_down", key="w")
        yield end.shown(end.send("key_up", key="w"))
        end.report["representations"] = [before, end.main("actor").GetProperty().GetRepresentation()]

    played = played_well("whole_vtk.py", plan)
    assert played["style"] == "vtkInteractorStyleSwitch"
    assert played["shape"] == [300, 400, 3], "the size that the script gave its window"
    assert played["representations"] == [2, 1], "from surface to wireframe"


def test_a_joystick_style_moves_while_the_button_is_held():
    def plan(end):
        yield end.next_frame()
        end.watch()
        camera = end.main("ren").GetActiveCamera()
        yield end.shown(end.send("pointer_down", x=350, y=150, button=1, buttons=(1,)))
        positions = []
        for _ in range(3):
            positions.append(camera.GetPosition())
            yield end.seconds(0.2)
        yield end.shown(end.send("pointer_up", x=350, y=150, button=1))
        seq = end.seq
        yield end.seconds(0.3)
        end.report["positions"], end.report["later"] = positions, end.seq - seq

    played = played_well("whole_vtk.py", plan)
    assert len({tuple(position) for position in played["positions"]}) == 3
    assert played["later"] <= 1, "it stops when the button is up"


def test_an_event_recorder_keeps_our_event_loop(tmp_path):
    log = tmp_path / "events.log"
    played = played_well("recorded.py", drag, str(log))
    assert played["before"] != played["after"]
    assert "LeftButtonPressEvent" in log.read_text()


def test_a_renderer_that_was_in_another_window_meanwhile():
    assert played_well("recorded_elsewhere.py", looks)["drawn"] > 0.02
    played = played_well("recorded_elsewhere.py", drag)
    assert played["before"] != played["after"]


def test_a_window_that_an_object_of_the_script_keeps():
    played = played_well("managed.py", looks)
    assert played["shape"] == [300, 400, 3]
    assert played["drawn"] > 0.02


def test_an_observer_of_start_takes_the_event_loops_place():
    def plan(end):
        yield end.next_frame()
        end.report["calls"] = end.main("calls")

    assert played_well("started_elsewhere.py", plan)["calls"] == ["StartEvent", "after"]


def test_derived_interactor_and_style():
    def plan(end):
        yield end.next_frame()
        end.watch()
        for _ in range(2):
            end.send("pointer_down", x=10, y=20, button=1, buttons=(1,))
            end.send("pointer_up", x=10, y=20, button=1)
        end.send("key_down", key="ArrowUp", modifiers=("Control",))
        end.send("key_down", key="q")
        yield lambda: len(end.main("seen")) >= 4 and end.main("iren").ticks >= 5
        end.report["seen"] = end.main("seen")

    played = played_well("subclassed.py", plan)
    assert played["seen"] == [
        ["press", [10, 699], 0],
        ["press", [10, 699], 1],
        ["key", "Up", "\0", 1],
        ["key", "q", "q", 0],
    ]


def test_loop_over_render_is_paced_and_shown():
    def plan(end):
        yield end.next_frame()
        end.watch()
        start, frames = time.monotonic(), end.main("frames")
        first = end.seq
        yield end.seconds(1.5)
        seconds = time.monotonic() - start
        end.report["rendered"] = (end.main("frames") - frames) / seconds
        end.report["published"] = (end.seq - first) / seconds

    played = played_well("render_loop.py", plan, max_fps=30)
    assert 20 < played["rendered"] < 32
    assert played["published"] == pytest.approx(played["rendered"], abs=2)


def test_loop_over_render_goes_on_for_nobody_but_draws_next_to_nothing():
    def plan(end):
        yield end.next_frame()
        frames, seq = end.main("frames"), end.seq
        yield end.seconds(1.5)
        end.report["rendered"], end.report["published"] = end.main("frames") - frames, end.seq - seq

    played = played_well("render_loop.py", plan, max_fps=60)
    assert played["rendered"] > 40
    assert played["published"] <= 2


def test_script_that_ends_leaves_its_window():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield end.seconds(0.5)
        seq = end.seq
        end.send("pointer_down", x=600, y=300, button=1, buttons=(1,))
        yield end.shown(end.send("pointer_move", x=700, y=300, buttons=(1,)))
        end.report["published"] = end.seq - seq

    assert played_well("finite_loop.py", plan)["published"] >= 1


def test_loop_over_process_events():
    played = played_well("process_events.py", drag)
    assert played["before"] != played["after"]


def test_timers_fire_at_their_rate():
    def plan(end):
        yield end.next_frame()
        end.watch()
        start = time.monotonic()
        end.main("fired").clear()
        yield end.seconds(2)
        seconds = time.monotonic() - start
        fired = end.main("fired")
        end.report["rate"] = fired[end.main("repeating")] / seconds
        end.report["others"] = [fired.get(end.main(name), 0) for name in ("once", "destroyed")]
        end.report["published"] = end.seq

    played = played_well("timers.py", plan)
    assert played["rate"] == pytest.approx(20, rel=0.15)
    assert played["others"][0] == 1
    assert played["others"][1] <= 3
    assert played["published"] > 20


def test_timers_go_on_while_nobody_watches():
    def plan(end):
        yield end.next_frame()
        fired, seq = dict(end.main("fired")), end.seq
        yield (
            lambda: (
                end.main("fired").get(end.main("repeating"), 0) >= fired.get(end.main("repeating"), 0) + 10
            )
        )
        end.report["published"] = end.seq - seq

    assert played_well("timers.py", plan)["published"] == 0


def test_windows_in_turn_and_a_script_that_ends_by_itself():
    def plan(end):
        end.watch()
        while True:
            yield end.next_frame()

    from scene_stage import play

    played = play("windows_in_turn.py", plan)
    assert played["status"] == 0, played.stderr
    titles = [post["title"] for post in played.posts if post["phase"] == "live"]
    assert [title for index, title in enumerate(titles) if title not in titles[:index]] == ["first", "second"]
    assert played.posts[-1]["phase"] == "ended"


def test_start_within_a_callback():
    def plan(end):
        yield end.next_frame()
        end.watch()
        end.send("key_down", key="a")
        end.send("key_down", key="n")
        yield lambda: end.scene.get("title") == "inner"
        end.send("key_down", key="b")
        end.send("key_down", key="x")
        yield lambda: end.main("log")[-1] == "inner ended"
        end.send("key_down", key="c")
        yield lambda: end.main("log")[-1] == "outer c"
        end.report["log"] = end.main("log")

    log = played_well("nested.py", plan)["log"]
    assert log == ["outer a", "outer n", "inner b", "inner x", "inner ended", "outer c"]


def test_view_with_a_chart():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield lambda: len(end.main("ticks")) >= 5
        end.report["colours"] = len(np.unique(end.picture().reshape(-1, 3), axis=0))
        picture = end.picture().copy()
        end.send("pointer_down", x=640, y=300, button=1, buttons=(1,))
        yield end.shown(end.send("pointer_move", x=740, y=300, buttons=(1,)))
        end.report["moved"] = float((abs(end.picture() - picture).max(axis=2) > 30).mean())

    played = played_well("chart_view.py", plan)
    assert played["colours"] > 3
    assert played["moved"] > 0.001, "dragging pans a chart"


def test_view_of_a_graph():
    def plan(end):
        yield end.next_frame()
        end.watch()
        before = end.picture().copy()
        end.report["colours"] = len(np.unique(before.reshape(-1, 3), axis=0))
        yield end.shown(end.send("wheel", x=640, y=360, dy=-200.0))
        end.report["moved"] = float((abs(end.picture() - before).max(axis=2) > 30).mean())

    played = played_well("graph_view.py", plan)
    assert played["colours"] > 3
    assert played["moved"] > 0.001


def test_slider_widget():
    def plan(end):
        yield end.next_frame()
        end.watch()
        picture = end.picture().copy()
        end.send("pointer_move", x=207, y=500)
        end.send("pointer_down", x=207, y=500, button=1, buttons=(1,))
        for x in range(207, 408, 20):
            end.send("pointer_move", x=x, y=500, buttons=(1,))
        yield end.shown(end.send("pointer_up", x=407, y=500, button=1))
        end.report["value"] = end.main("look").GetValue()
        end.report["calls"] = len(end.main("values"))
        end.report["moved"] = float((abs(end.picture() - picture).max(axis=2) > 30).mean())

    played = played_well("slider.py", plan)
    assert played["value"] == pytest.approx(53, abs=5)
    assert played["calls"] >= 1
    assert played["moved"] > 0.001


def test_animation_that_vtk_plays():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield lambda: end.main("after") is True
        end.report["ticks"], end.report["published"] = len(end.main("ticks")), end.seq

    played = played_well("animation.py", plan)
    assert played["ticks"] > 10
    assert played["published"] > 10


def test_animation_within_one_callback_is_seen():
    def plan(end):
        yield end.next_frame()
        end.watch()
        seq = end.seq
        yield end.shown(end.send("key_down", key="a"))
        yield lambda: end.seq >= seq + 9
        end.report["published"] = end.seq - seq

    played = played_well("in_a_callback.py", plan)
    assert 9 <= played["published"] <= 12
    times = [frame["render_begin_ns"] for frame in played.frames[1:10]]
    assert (times[-1] - times[0]) / 1e9 > 0.9 * 8 / 60, "at the pace of the frames, not all at once"


def test_changes_by_a_thread_are_noticed_and_the_thread_is_not_starved():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield end.seconds(0.5)
        end.report["still"] = end.seq
        end.main("turning").set()
        seq, spins, start = end.seq, end.main("spins"), time.monotonic()
        yield lambda: end.seq >= seq + 4
        end.report["seconds"] = time.monotonic() - start
        end.report["spins_per_s"] = (end.main("spins") - spins) / end.report["seconds"]

    played = played_well("own_thread.py", plan)
    assert played["still"] <= 2
    assert played["seconds"] < 2.5, "five looks a second"
    assert played["spins_per_s"] > 50


def test_the_colours_of_a_hardware_pick_are_never_shown():
    def plan(end):
        yield end.next_frame()
        end.watch()
        reference = end.picture().copy()
        worst = 0
        for x in range(100, 300, 10):
            yield end.shown(end.send("pointer_move", x=x, y=150))
            worst = max(worst, int(abs(end.picture() - reference).max()))
        end.report["worst"], end.report["found"] = worst, len(end.main("found"))

    played = played_well("picking.py", plan)
    assert played["found"] >= 10
    assert played["worst"] <= 2


def test_rubber_band_is_shown_while_it_is_drawn():
    def plan(end):
        yield end.next_frame()
        end.watch()
        before = end.picture().copy()
        end.send("pointer_down", x=50, y=50, button=1, buttons=(1,))
        yield end.shown(end.send("pointer_move", x=150, y=120, buttons=(1,)))
        end.report["band"] = int((abs(end.picture() - before).max(axis=2) > 30).sum())

    assert played_well("rubber_band.py", plan)["band"] > 100


@pytest.mark.parametrize(
    "scene",
    [
        "explicit_scene.py",
        "variables.py",
        "variables.py:another",
        "variables.py:plotter",
        "explicit_scene.py:scene",
    ],
)
def test_explicit_forms(scene):
    played = played_well(scene, looks)
    assert 0.005 < played["drawn"] < 0.9


def test_update_is_called_while_watched_and_draws_only_what_changed():
    def plan(end):
        yield end.next_frame()
        yield end.seconds(0.3)
        end.report["unwatched"] = len(end.main("times"))
        end.watch()
        start, times = time.monotonic(), len(end.main("times"))
        yield end.seconds(1)
        end.report["rate"] = (len(end.main("times")) - times) / (time.monotonic() - start)
        seq, calls = end.seq, len(end.main("times"))
        yield end.seconds(0.4)
        end.report["drawn_while_still"] = end.seq - seq
        end.report["called_while_still"] = len(end.main("times")) - calls
        end.report["times"] = end.main("times")

    played = played_well("variables.py", plan, max_fps=30)
    assert played["unwatched"] <= 1
    assert 15 < played["rate"] < 32
    assert played["drawn_while_still"] == 0
    assert played["called_while_still"] > 5
    assert played["times"] == sorted(played["times"])
    assert played["times"][0] < 0.5


def test_a_module_by_name(tmp_path, monkeypatch):
    (tmp_path / "my_module.py").write_text(
        "from vtk import *\ndef build():\n    r = vtkRenderer()\n    return [r, vtkAxesActor()]\n"
    )
    monkeypatch.chdir(tmp_path)
    played_well("my_module:build", first_frame)
