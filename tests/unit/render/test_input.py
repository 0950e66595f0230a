# ruff: noqa: N802 - VTK names its methods so
"""What an interactor receives, seen through one that only takes notes."""

import pytest

from vizstream.events import InputEvent
from vizstream.render.input import HOLD_LIMIT, InputDispatcher
from vizstream.render.size import fit


class NotingInteractor:
    """Takes the calls that vtkRenderWindowInteractor takes; y is flipped as VTK flips it."""

    def __init__(self, height):
        self.height = height
        self.events = []
        self.state = {}

    def SetEventInformationFlipY(self, x, y, control, shift, code, repeat, keysym):
        self.SetEventInformation(x, self.height - y - 1, control, shift, code, repeat, keysym)

    def SetEventInformation(self, x, y, control, shift, code, repeat, keysym):
        self.state = {
            "x": x,
            "y": y,
            "control": bool(control),
            "shift": bool(shift),
            "code": code,
            "repeat": repeat,
            "keysym": keysym,
        }

    def SetAltKey(self, alt):
        self.state["alt"] = bool(alt)

    def SetKeyCode(self, code):
        self.state["code"] = code

    def GetEventPosition(self):
        return self.state.get("x", 0), self.state.get("y", 0)

    def InvokeEvent(self, name):
        self.events.append((name, dict(self.state)))


class Desk:
    """A dispatcher, its interactor, and hands."""

    def __init__(self, **options):
        self.size = fit(800, 600, 2.0)
        self.interactor = NotingInteractor(self.size.height)
        self.dispatcher = InputDispatcher(**options)
        self.now = 0.0

    def do(self, kind, **fields):
        return self.dispatcher.dispatch(self.interactor, self.size, InputEvent(kind, **fields), self.now)

    def names(self):
        names = [name for name, _ in self.interactor.events]
        self.interactor.events.clear()
        return names

    def last(self):
        return self.interactor.events[-1][1]


@pytest.fixture
def desk():
    return Desk()


def test_positions_are_physical_and_y_points_up(desk):
    desk.do("pointer_move", x=10, y=20)
    assert (desk.last()["x"], desk.last()["y"]) == (20, 1200 - 40 - 1)
    assert desk.names() == ["MouseMoveEvent"]


def test_modifiers_reach_the_interactor(desk):
    desk.do("pointer_move", modifiers=("Shift", "Alt"))
    assert (desk.last()["shift"], desk.last()["control"], desk.last()["alt"]) == (True, False, True)


@pytest.mark.parametrize(
    ("button", "name"), [(1, "Left"), (2, "Right"), (3, "Middle"), (4, "Fourth"), (5, "Fifth")]
)
def test_each_button_presses_and_releases(desk, button, name):
    desk.do("pointer_down", button=button, buttons=(button,))
    assert desk.dispatcher.dragging
    desk.do("pointer_up", button=button)
    assert not desk.dispatcher.dragging
    assert desk.names() == [f"{name}ButtonPressEvent", f"{name}ButtonReleaseEvent"]


def test_enter_and_leave(desk):
    desk.do("pointer_enter")
    desk.do("pointer_leave")
    assert desk.names() == ["EnterEvent", "LeaveEvent"]


def click(desk, **fields):
    desk.do("pointer_down", button=1, buttons=(1,), **fields)
    repeat = desk.interactor.events[-1][1]["repeat"]
    desk.do("pointer_up", button=1, **fields)
    return repeat


def test_two_quick_clicks_are_a_double_click_and_a_third_is_a_first_again(desk):
    assert click(desk) == 0
    desk.now = 0.2
    assert click(desk) == 1
    assert "LeftButtonDoubleClickEvent" in desk.names()
    desk.now = 0.4
    assert click(desk) == 0
    desk.now = 0.7
    assert click(desk) == 1


def test_slow_or_distant_clicks_are_single_ones(desk):
    click(desk)
    desk.now = 0.5
    assert click(desk) == 0
    desk.now = 0.6
    assert click(desk, x=100) == 0
    desk.now = 0.7
    assert click(desk, x=100, viewer=2) == 0


def test_the_wheel_turns_in_steps_and_loses_nothing(desk):
    for _ in range(10):
        desk.do("wheel", dy=-30.0)
    assert desk.names() == ["MouseWheelForwardEvent"] * 3
    desk.do("wheel", dy=250.0)
    assert desk.names() == ["MouseWheelBackwardEvent"] * 2
    desk.do("wheel", dy=50.0)
    assert desk.names() == ["MouseWheelBackwardEvent"]


def test_the_wheel_turns_sideways_too(desk):
    desk.do("wheel", dx=-200.0)
    desk.do("wheel", dx=100.0)
    assert desk.names() == ["MouseWheelLeftEvent"] * 2 + ["MouseWheelRightEvent"]


def test_each_viewer_has_a_wheel_of_their_own(desk):
    desk.do("wheel", dy=60.0, viewer=1)
    desk.do("wheel", dy=60.0, viewer=2)
    assert desk.names() == []


def test_a_key_is_pressed_typed_and_released(desk):
    desk.do("key_down", key="w")
    desk.do("key_up", key="w")
    assert [name for name, _ in desk.interactor.events] == ["KeyPressEvent", "CharEvent", "KeyReleaseEvent"]
    assert all((state["keysym"], state["code"]) == ("w", "w") for _, state in desk.interactor.events)


def test_a_key_keeps_the_pointer_where_it_is(desk):
    desk.do("pointer_move", x=100, y=50)
    where = desk.last()["x"], desk.last()["y"]
    desk.do("key_down", key="r")
    assert (desk.last()["x"], desk.last()["y"]) == where


@pytest.mark.parametrize("key", ["q", "e", "Q", "E"])
def test_the_keys_that_would_end_the_session_are_not_typed(desk, key):
    desk.do("key_down", key=key)
    assert desk.names() == ["KeyPressEvent"]


def test_unless_asked_for():
    desk = Desk(exit_keys=True)
    desk.do("key_down", key="q")
    assert desk.names() == ["KeyPressEvent", "CharEvent"]


def test_a_lost_release_is_made_up_for_when_the_pointer_comes_back(desk):
    desk.do("pointer_down", button=1, buttons=(1,))
    desk.names()
    desk.do("pointer_move", x=5, buttons=())
    assert desk.names() == ["LeftButtonReleaseEvent", "MouseMoveEvent"]


def test_leaving_with_a_button_held_goes_on_dragging_and_without_one_releases(desk):
    desk.do("pointer_down", button=1, buttons=(1,))
    desk.do("pointer_leave", buttons=(1,))
    assert desk.dispatcher.dragging
    desk.do("pointer_leave", buttons=())
    assert not desk.dispatcher.dragging
    assert desk.names()[-2:] == ["LeftButtonReleaseEvent", "LeaveEvent"]


def test_a_release_that_has_no_press_is_dropped(desk):
    desk.do("pointer_up", button=1)
    assert desk.names() == []


def test_a_press_of_a_held_button_releases_it_first(desk):
    desk.do("pointer_down", button=1, buttons=(1,))
    desk.now = 5.0
    desk.do("pointer_down", button=1, buttons=(1,))
    assert desk.names() == ["LeftButtonPressEvent", "LeftButtonReleaseEvent", "LeftButtonPressEvent"]


def test_while_one_drags_the_other_does_not_move_the_pointer(desk):
    desk.do("pointer_down", button=1, buttons=(1,), viewer=1)
    desk.names()
    assert not desk.do("pointer_move", x=300, viewer=2)
    assert not desk.do("pointer_down", button=1, buttons=(1,), viewer=2)
    assert not desk.do("pointer_up", button=1, viewer=2)
    assert not desk.do("wheel", dy=100.0, viewer=2)
    assert desk.names() == []
    assert desk.do("key_down", key="w", viewer=2), "keys move nothing"
    desk.do("pointer_up", button=1, viewer=1)
    assert desk.do("pointer_move", x=300, viewer=2)


def test_a_drag_whose_viewer_fell_silent_can_be_taken_over(desk):
    desk.do("pointer_down", button=1, buttons=(1,), viewer=1)
    desk.names()
    desk.now = HOLD_LIMIT + 0.1
    assert desk.do("pointer_down", button=2, buttons=(2,), viewer=2)
    assert desk.names() == ["LeftButtonReleaseEvent", "RightButtonPressEvent"]


def test_release_lets_go_of_everything_where_the_pointer_was(desk):
    desk.do("pointer_down", button=1, buttons=(1,), x=10, y=0)
    desk.do("pointer_down", button=3, buttons=(1, 3), x=30, y=0)
    desk.names()
    desk.dispatcher.release(desk.interactor, desk.size)
    assert desk.last()["x"] == 60
    assert desk.names() == ["LeftButtonReleaseEvent", "MiddleButtonReleaseEvent"]
    assert not desk.dispatcher.dragging
