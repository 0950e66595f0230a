"""What scripts are told of a viewer's input, and that the picture shows what follows from it."""

from __future__ import annotations

import pytest
from scene_stage import played_well


def test_clicks_and_the_pointer_coming_and_going():
    def plan(end):
        yield end.next_frame()
        end.watch()
        place = {"x": 50.0, "y": 60.0}
        end.send("pointer_enter", **place, modifiers=("Alt",))
        for _press in range(3):
            end.send("pointer_down", **place, button=1, buttons=(1,), modifiers=("Shift",))
            end.send("pointer_up", **place, button=1)
        end.send("pointer_down", **place, button=2, buttons=(2,), modifiers=("Control", "Shift"))
        end.send("pointer_up", **place, button=2)
        for _press in range(2):
            end.send("pointer_down", **place, button=3, buttons=(3,))
            end.send("pointer_up", **place, button=3)
        end.send("pointer_down", **place, button=4, buttons=(4,))
        end.send("pointer_up", **place, button=4)
        end.send("pointer_leave", x=-1.0, y=60.0)
        seen = end.main("seen")
        yield lambda: seen and seen[-1][0] == "LeaveEvent"
        end.report["seen"] = seen

    played = played_well("clicks.py", plan)
    shift, none = [1, 0, 0], [0, 0, 0]
    here = [50, 239]
    assert played["seen"] == [
        ["EnterEvent", here, 0, [0, 0, 1]],
        ["LeftButtonPressEvent", here, 0, shift],
        ["LeftButtonReleaseEvent", here, 0, none],
        ["LeftButtonPressEvent", here, 1, shift],
        ["LeftButtonDoubleClickEvent", here, 1, shift],
        ["LeftButtonReleaseEvent", here, 0, none],
        ["LeftButtonPressEvent", here, 0, shift],
        ["LeftButtonReleaseEvent", here, 0, none],
        ["RightButtonPressEvent", here, 0, [1, 1, 0]],
        ["MiddleButtonDoubleClickEvent", here, 1, none],
        ["FourthButtonPressEvent", here, 0, none],
        ["LeaveEvent", [-1, 239], 0, none],
    ]


def test_keys_under_their_names_and_codes():
    def plan(end):
        yield end.next_frame()
        end.watch()
        for name, modifiers in (
            ("a", ()),
            ("A", ("Shift",)),
            ("c", ("Control",)),
            ("ArrowLeft", ("Alt",)),
            ("Enter", ()),
            ("F5", ()),
            ("+", ()),
            ("é", ()),
            ("Shift", ("Shift",)),
        ):
            end.send("key_down", key=name, modifiers=modifiers)
            end.send("key_up", key=name, modifiers=modifiers)
        seen = end.main("seen")
        yield lambda: len(seen) == 27
        end.report["seen"] = seen

    seen = played_well("keys.py", plan)["seen"]
    assert [row[0] for row in seen[:3]] == ["KeyPressEvent", "CharEvent", "KeyReleaseEvent"]
    pressed = [row[1:] for row in seen if row[0] == "KeyPressEvent"]
    assert pressed == [
        ["a", "a", [0, 0, 0]],
        ["A", "A", [1, 0, 0]],
        ["c", "\x03", [0, 1, 0]],
        ["Left", "\0", [0, 0, 1]],
        ["Return", "\r", [0, 0, 0]],
        ["F5", "\0", [0, 0, 0]],
        ["plus", "+", [0, 0, 0]],
        ["eacute", "é", [0, 0, 0]],
        ["Shift_L", "\0", [1, 0, 0]],
    ]


def test_pickers_find_what_lies_beneath_the_pointer():
    def plan(end):
        yield end.next_frame()
        end.watch()
        picked, ends = end.main("picked"), end.main("ends")
        for x in (120, 280, 200):
            end.send("pointer_move", x=x, y=150)
            end.send("pointer_down", x=x, y=150, button=1, buttons=(1,))
            yield end.shown(end.send("pointer_up", x=x, y=150, button=1))
        for x in (120, 280):
            end.send("pointer_move", x=x, y=150)
            end.send("key_down", key="p")
            yield lambda x=x: len(ends) == (1 if x == 120 else 2)
        yield end.settled()
        red = end.picture()
        end.report["framed"] = int(((red[..., 0] > 200) & (red[..., 1] < 60)).sum())
        end.report["picked"], end.report["ends"] = picked, ends

    played = played_well("pickers.py", plan)
    names = ["PropPicker", "CellPicker", "PointPicker", "Picker", "AreaPicker"]
    assert played["picked"][:2] == [dict.fromkeys(names, "left"), dict.fromkeys(names, "right")]
    assert played["picked"][2]["PropPicker"] is None
    assert played["ends"] == ["left", "right"]
    assert played["framed"] > 50, "the style draws a red frame around what the key p picks"


@pytest.mark.parametrize("style", ["JoystickCamera", "JoystickActor", "Flight"])
def test_styles_that_move_while_the_button_is_held(style):
    def plan(end):
        import sys

        yield end.next_frame()
        end.watch()
        while end.main("NAMES")[end.main("current")] != sys.argv[1]:
            end.send("key_down", key="n")
            yield end.settled()
        camera, actor = end.main("camera"), end.main("actor")

        def pose():
            matrix = actor.GetMatrix()
            return [
                *camera.GetPosition(),
                *camera.GetFocalPoint(),
                *(matrix.GetElement(i, j) for i in range(3) for j in range(3)),
            ]

        end.send("pointer_move", x=220, y=140)
        end.send("pointer_down", x=220, y=140, button=1, buttons=(1,))
        end.send("pointer_move", x=230, y=135, buttons=(1,))
        for _step in range(4):
            before, frame = pose(), end.next_frame()
            yield lambda before=before, frame=frame: pose() != before and frame()
        end.send("pointer_up", x=230, y=135, button=1)
        yield end.settled()
        turns, before = end.turns, pose()
        yield lambda: end.turns > turns + 5
        end.report["stopped"] = pose() == before

    assert played_well("styles.py", plan, style)["stopped"]


def test_the_pointers_shape_over_something_that_can_be_clicked_on():
    def plan(end):
        yield end.next_frame()
        end.watch()
        end.send("pointer_move", x=200, y=150)
        yield lambda: end.scene.get("cursor") == "pointer"
        end.send("pointer_move", x=5, y=5)
        yield lambda: end.scene.get("cursor") == "default"

    played_well("cursors.py", plan)


def test_a_click_on_the_axes_turns_the_camera_to_them():
    def plan(end):
        yield end.next_frame()
        end.watch()
        camera = end.main("ren").GetActiveCamera()
        end.send("pointer_move", x=375, y=69)
        yield end.settled()
        end.send("pointer_down", x=375, y=69, button=1, buttons=(1,))
        end.send("pointer_up", x=375, y=69, button=1)
        # VTK sets the camera to where it will be, then moves it there from where it was.
        seen = set()
        while not (len(seen) > 10 and abs(camera.GetDirectionOfProjection()[0]) > 0.999):
            frame = end.next_frame()
            yield frame
            seen.add(camera.GetDirectionOfProjection())

    played_well("camera_orientation.py", plan)


def test_a_button_and_a_balloon():
    def plan(end):
        yield end.next_frame()
        end.watch()
        yield end.settled()
        before = end.picture().copy()
        end.send("pointer_move", x=35, y=265)
        end.send("pointer_down", x=35, y=265, button=1, buttons=(1,))
        yield end.shown(end.send("pointer_up", x=35, y=265, button=1))
        yield end.settled()
        end.report["state"] = end.main("look").GetState()
        end.report["levels"] = [int(p[35, 35, 0]) for p in (before, end.picture())]
        after = end.picture().copy()
        end.send("pointer_move", x=220, y=150)
        # The balloon comes by a timer, when the pointer has rested.
        yield lambda: (abs(end.picture() - after).max(axis=2) > 60).sum() > 200

    played = played_well("button.py", plan)
    assert played["state"] == 1
    assert played["levels"] == [60, 250]
