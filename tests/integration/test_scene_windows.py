"""Scripts with several windows: which are offered, which are drawn, where input goes."""

from __future__ import annotations

import time

from scene_stage import played_well


def titles(post):
    return [row["title"] for row in post.get("windows", ())]


def test_one_window_is_drawn_until_somebody_watches_the_other():
    def plan(end):
        yield lambda: len(end.scene.get("windows", ())) == 2
        end.report["rows"] = [[row["window"], row["title"], row["width"]] for row in end.scene["windows"]]
        end.report["shown"] = end.scene["window"]
        end.watch()
        yield lambda: len(end.of_window(1)) > 20
        end.report["unwatched"] = len(end.of_window(2))
        end.watch(1, window=2)
        yield lambda: len(end.of_window(2)) > 1
        start, counts = time.monotonic(), [len(end.of_window(window)) for window in (1, 2)]
        yield end.seconds(1.5)
        end.report["rates"] = [
            (len(end.of_window(window)) - count) / (time.monotonic() - start)
            for window, count in zip((1, 2), counts, strict=True)
        ]
        end.report["colours"] = [[int(value) for value in end.picture(window)[0, 0]] for window in (1, 2)]
        end.watch(0, window=2)
        yield end.seconds(0.2)
        count = len(end.of_window(2))
        yield end.seconds(0.5)
        end.report["unwatched_again"] = len(end.of_window(2)) - count

    played = played_well("two_windows.py", plan, max_fps=30)
    assert played["rows"] == [[1, "red", 400], [2, "blue", 400]], "and no helper that was never drawn"
    assert played["shown"] == 1
    assert played["unwatched"] == 0
    assert max(played["rates"]) < 33
    assert min(played["rates"]) > 0.5 * max(played["rates"]) > 3, "one is not drawn at the other's expense"
    assert played["colours"] == [[153, 26, 26], [26, 26, 153]]
    assert played["unwatched_again"] == 0
    seqs = [frame["seq"] for frame in played.frames]
    assert seqs == sorted(set(seqs)), "one numbering for all windows"


def test_input_goes_to_the_window_that_its_viewer_sees():
    def plan(end):
        yield end.next_frame()
        end.watch()
        end.watch(1, window=2)
        yield lambda: end.of_window(2)
        end.send("key_down", key="a", window=1)
        end.send("key_down", key="b", window=2)
        end.send("key_down", key="c")
        # Two hands at once, each in its own window.
        for window in (1, 2):
            end.send("pointer_down", viewer=window, window=window, x=200, y=150, button=1, buttons=(1,))
        for window in (1, 2):
            end.send("pointer_move", viewer=window, window=window, x=240, y=150, buttons=(1,))
        yield lambda: [i.GetInteractorStyle().GetState() for i in end.main("interactors")] == [1, 1]
        end.watch(0, window=2)
        yield lambda: end.main("interactors")[1].GetInteractorStyle().GetState() == 0
        end.report["first"] = end.main("interactors")[0].GetInteractorStyle().GetState()
        end.report["seen"] = end.main("seen")

    played = played_well("two_windows.py", plan)
    assert played["seen"] == [["red", "a"], ["blue", "b"], ["red", "c"]]
    assert played["first"] == 1, "who stays goes on dragging"


def test_each_window_has_the_size_that_its_viewers_want():
    def plan(end):
        yield end.next_frame()
        end.watch(1, 500, 400)
        end.watch(1, 320, 200, 2, window=2)
        yield lambda: end.of_window(2) and end.of_window(2)[-1]["shape"] == (400, 640, 4)
        yield lambda: end.of_window(1)[-1]["shape"] == (400, 500, 4)
        rows = end.scene["windows"]
        end.report["sizes"] = [[row["width"], row["height"], row["pixel_ratio"]] for row in rows]

    assert played_well("two_windows.py", plan)["sizes"] == [[500, 400, 1], [320, 200, 2]]


def test_windows_that_come_and_go_and_change_their_names():
    def plan(end):
        yield end.next_frame()
        end.watch()

        def names():
            return [row["title"] for row in end.scene["windows"]]

        end.send("key_down", key="t")
        yield lambda: names() == ["red", "navy"]
        end.send("key_down", key="n")
        yield lambda: names() == ["red", "navy", "third"]
        end.report["third"] = end.scene["windows"][2]["window"]
        end.watch(1, window=end.report["third"])
        yield lambda: end.of_window(end.report["third"])
        end.send("key_down", key="x")
        yield lambda: names() == ["red", "navy"]
        end.main("interactors").pop()
        end.send("key_down", key="n")
        yield lambda: names() == ["red", "navy", "third"]
        end.send("key_down", key="d")
        yield lambda: names() == ["red", "navy"]
        yield end.next_frame()

    played_well("two_windows.py", plan)


def test_more_windows_than_can_be_watched_at_once(tmp_path):
    script = tmp_path / "many.py"
    script.write_text(
        "from vtkmodules.vtkFiltersSources import vtkConeSource\n"
        "from vtkmodules.vtkRenderingCore import *\n"
        "import vtkmodules.vtkRenderingOpenGL2\n"
        "windows = []\n"
        "for index in range(6):\n"
        "    source, mapper = vtkConeSource(), vtkPolyDataMapper()\n"
        "    mapper.SetInputConnection(source.GetOutputPort())\n"
        "    renderer, window = vtkRenderer(), vtkRenderWindow()\n"
        "    renderer.AddActor(vtkActor(mapper=mapper))\n"
        "    window.AddRenderer(renderer)\n"
        "    window.SetSize(100, 100)\n"
        "    window.Render()\n"
        "    windows.append(window)\n"
        "iren = vtkRenderWindowInteractor()\n"
        "iren.SetRenderWindow(windows[0])\n"
        "iren.Start()\n"
    )

    def plan(end):
        yield end.next_frame()
        for window in range(2, 7):
            end.watch(1, window=window)
        yield lambda: all(end.of_window(window) for window in (1, 2, 3, 4))
        yield lambda: sum(row["ring"] >= 0 for row in end.scene["windows"]) == 4
        end.report["rings"] = [row["ring"] for row in end.scene["windows"]]
        end.report["waits"] = [row["waits"] for row in end.scene["windows"]]
        end.watch(0, window=2)
        yield lambda: end.of_window(5)
        end.report["later"] = [row["ring"] for row in end.scene["windows"]]

    played = played_well(str(script), plan)
    assert played["rings"] == [0, 1, 2, 3, -1, -1]
    assert played["waits"] == [False] * 4 + [True] * 2
    assert played["later"] == [0, -1, 2, 3, 1, -1]


def test_a_window_that_the_script_hides_stays_in_the_background():
    played = played_well("recorded_elsewhere.py", first_frames)
    assert {len(titles(post)) for post in played.posts if post["phase"] == "live"} == {1}


def first_frames(end):
    yield end.next_frame()
    end.watch()
    yield end.shown(end.send("key_down", key="w"))


def test_stereo_that_needs_no_screen_of_its_own():
    def plan(end):
        yield end.next_frame()
        end.watch(1, 400, 300)
        yield lambda: end.picture().shape[:2] == (300, 400)
        window = end.main("renWin")
        yield end.shown(end.send("key_down", key="r"))
        flat = end.picture().copy()
        for name in ("RedBlue", "Interlaced", "Right", "Checkerboard", "SplitViewportHorizontal"):
            getattr(window, f"SetStereoTypeTo{name}")()
            window.StereoRenderOn()
            yield end.shown(end.send("key_down", key="r"))
            end.report[name] = float((abs(end.picture() - flat).max(axis=2) > 30).mean())
            window.StereoRenderOff()
            yield end.shown(end.send("key_down", key="r"))
        end.report["again"] = float((abs(end.picture() - flat).max(axis=2) > 30).mean())

    played = played_well("plain.py", plan)
    assert played["RedBlue"] > 0.5
    assert 0 < played["Interlaced"] < played["Right"]
    assert 0 < played["Checkerboard"] < played["Right"]
    assert played["SplitViewportHorizontal"] > 0.1
    assert played["again"] == 0
