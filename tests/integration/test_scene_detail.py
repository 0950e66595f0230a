"""What a scene shows while it moves and at rest, and windows that a desktop treats in a special way."""

from __future__ import annotations

from scene_stage import played_well


def test_levels_of_detail_while_moving_and_all_of_it_at_rest():
    def plan(end):
        yield end.next_frame()
        end.watch()

        def green_and_red(picture):
            high, low = picture > 100, picture < 60
            green = high[..., 1] & low[..., 0] & low[..., 2]
            red = high[..., 0] & low[..., 1] & low[..., 2]
            return [int(green.sum()), int(red.sum())]

        yield end.settled()
        rows = [green_and_red(end.picture())]
        end.send("pointer_move", x=200, y=100)
        end.send("pointer_down", x=200, y=100, button=1, buttons=(1,))
        for x in (202, 204):
            yield end.shown(end.send("pointer_move", x=x, y=100, buttons=(1,)))
        rows.append(green_and_red(end.picture()))
        stills = len(end.frames.stills)
        yield end.shown(end.send("pointer_up", x=204, y=100, button=1))
        yield end.settled()
        rows.append(green_and_red(end.picture()))
        yield lambda: len(end.frames.stills) > stills
        rows.append(green_and_red(end.frames.stills[-1]["pixels"][..., :3].astype(int)))
        end.report["rows"] = rows

    before, moving, after, at_rest = played_well("level_of_detail.py", plan)["rows"]
    assert before[0] > 1000
    assert before[1] == 0
    assert moving[0] == 0, "coarse, which is red, while the hand holds it"
    assert moving[1] > 1000
    for green, red in (after, at_rest):
        assert green > 1000
        assert red == 0


def test_full_screen_borders_and_place_leave_the_size_to_the_viewer():
    def plan(end):
        yield end.next_frame()
        end.report["first"] = end.picture().shape[:2]
        end.watch(1, 500, 400)
        yield lambda: end.picture().shape[:2] == (400, 500)
        for key in "fbf":
            yield end.shown(end.send("key_down", key=key))
            end.report[key] = end.picture().shape[:2]
        end.report["drawn"] = float((abs(end.picture() - end.picture()[0, 0]).max(axis=2) > 30).mean())

    played = played_well("full_screen.py", plan)
    assert played["first"] == [300, 400]
    assert [played[key] for key in "fb"] == [[400, 500]] * 2
    assert played["drawn"] > 0.05


def test_stereo_without_a_render_is_noticed():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield lambda: end.frames.stills
        flat = end.picture().copy()
        end.report["quiet"] = end.seq
        vars(__import__("sys").modules["__main__"])["toggling"] = True
        yield lambda: (abs(end.picture() - flat).max(axis=2) > 30).sum() > 100
        yield lambda: (abs(end.picture() - flat).max(axis=2) > 30).sum() == 0

    assert played_well("stereo.py", plan)["quiet"] == 1


def test_a_window_that_the_script_reads_back_after_each_render():
    def plan(end):
        yield end.next_frame()
        end.watch()
        colours = end.main("colours")
        end.report["drawn"] = float((abs(end.picture() - end.picture()[0, 0]).max(axis=2) > 30).mean())
        end.send("pointer_down", x=200, y=100, button=1, buttons=(1,))
        count = len(colours)
        yield end.shown(end.send("pointer_move", x=220, y=100, buttons=(1,)))
        yield lambda: len(colours) > count
        end.report["read"], end.report["shown"] = colours[-1], [int(v) for v in end.picture()[150, 200]]

    played = played_well("streamed.py", plan)
    assert 0.05 < played["drawn"] < 0.9
    assert played["read"] == played["shown"], "what it reads is the newest picture"


def test_what_takes_long_is_known_to_be_drawing_or_the_script():
    def plan(end):
        yield end.next_frame()
        end.watch()
        marks = {"drawing": [], "callback": []}
        end.main("ren").AddObserver("StartEvent", lambda *_: marks["drawing"].append(end.drawing))
        end.main("iren").AddObserver("KeyPressEvent", lambda *_: marks["callback"].append(end.drawing))
        yield end.shown(end.send("key_down", key="w"))
        yield lambda: end.frames.stills
        end.report["marks"], end.report["after"] = marks, end.drawing

    played = played_well("plain.py", plan)
    assert set(played["marks"]["drawing"]) == {True}
    assert played["marks"]["callback"] == [False]
    assert played["after"] is False
