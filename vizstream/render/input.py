"""Delivers viewers' input to a VTK interactor as a desktop's event loop would.

Events are invoked (``InvokeEvent``) rather than sent through the interactor's methods of the same names:
those count pressed buttons for gestures and stick when a release is lost.

VTK knows one pointer; several viewers have one each.  Whoever presses a button has the pointer until all
buttons are up again, because a drag that jumps between two hands serves neither.  A viewer that vanishes in
a drag must not keep it: see `Pointer.release` and `HOLD_LIMIT`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vizstream.events import LEFT, MIDDLE, RIGHT, InputEvent

from .keys import translate

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

    from .size import Size

#: Two presses within this many seconds are a double click (vtkXRenderWindowInteractor: 400 ms).
DOUBLE_CLICK = 0.4

#: Two presses further apart than this are no double click, in logical pixels.
DOUBLE_CLICK_RADIUS = 5.0

#: Wheel movement that is one click of a desktop's wheel: what browsers report for one, in pixels.
WHEEL_STEP = 100.0

#: Another viewer may take the pointer from one who holds it and was not heard of for this many seconds:
#: a browser that died in a drag, or a server process that was replaced.
HOLD_LIMIT = 2.0

#: The keys that end an interactor's event loop (vtkInteractorStyle::OnChar).  One viewer must not be able to
#: end the session for all, so their CharEvent is kept back; a script's own KeyPressEvent still sees them.
EXIT_KEYS = frozenset("qQeE")

_BUTTONS = {
    LEFT: "LeftButton",
    RIGHT: "RightButton",
    MIDDLE: "MiddleButton",
    4: "FourthButton",
    5: "FifthButton",
}

_WHEEL = (
    ("dy", "MouseWheelForwardEvent", "MouseWheelBackwardEvent"),
    ("dx", "MouseWheelLeftEvent", "MouseWheelRightEvent"),
)


class Pointer:
    """Who holds which buttons, which click is a double one, and how far the wheels turned."""

    def __init__(self) -> None:
        self.holder = 0
        self.held: set[int] = set()
        self.heard = 0.0
        self._last_press = (-1.0, 0, 0, 0.0, 0.0)  # time, viewer, button, x, y
        self._wheel: dict[tuple[int, str], float] = {}

    def admits(self, event: InputEvent, now: float) -> bool:
        """Say whether the viewer may move the pointer now."""
        return not self.held or event.viewer == self.holder or now - self.heard > HOLD_LIMIT

    def repeats(self, event: InputEvent, now: float) -> bool:
        """Note a press; say whether it is the second one of a double click."""
        time, viewer, button, x, y = self._last_press
        double = (
            (viewer, button) == (event.viewer, event.button)
            and now - time < DOUBLE_CLICK
            and abs(event.x - x) <= DOUBLE_CLICK_RADIUS
            and abs(event.y - y) <= DOUBLE_CLICK_RADIUS
        )
        # After a double click the next press is a first one again.
        self._last_press = (-1.0 if double else now, event.viewer, event.button, event.x, event.y)
        return double

    def steps(self, event: InputEvent, axis: str) -> int:
        """Add a wheel's movement; return the whole steps in it, the rest being kept for the next."""
        key = (event.viewer, axis)
        total = self._wheel.get(key, 0.0) + getattr(event, axis)
        steps = int(total / WHEEL_STEP)
        self._wheel[key] = total - steps * WHEEL_STEP
        return steps

    def forget(self, viewer: int) -> None:
        """Drop what is kept about a viewer who has left."""
        for axis in ("dx", "dy"):
            self._wheel.pop((viewer, axis), None)


class InputDispatcher:
    """Turns `InputEvent` values into events of one interactor after the other.

    Parameters
    ----------
    exit_keys : bool
        Whether a viewer's ``q`` and ``e`` may end the script's event loop, as on a desktop.
    """

    def __init__(self, *, exit_keys: bool = False) -> None:
        self.pointer = Pointer()
        self._exit_keys = exit_keys
        self._last = InputEvent("pointer_move")

    @property
    def dragging(self) -> bool:
        """Whether a button is held."""
        return bool(self.pointer.held)

    def dispatch(
        self, interactor: vtkRenderWindowInteractor, size: Size, event: InputEvent, now: float
    ) -> bool:
        """Deliver one event.

        Parameters
        ----------
        interactor : vtkRenderWindowInteractor
            Receives the event, with positions in physical pixels, y upwards.
        size : Size
            The size of the picture that the viewer saw.
        event : InputEvent
            In logical pixels, origin top left.
        now : float
            Seconds on a monotonic clock, for double clicks.

        Returns
        -------
        bool
            False when the event was dropped, because another viewer holds the pointer.
        """
        if event.type in ("key_down", "key_up"):
            self._key(interactor, event)
            return True
        if event.type == "resize":
            return True
        pointer = self.pointer
        if not pointer.admits(event, now):
            return False
        if pointer.held and event.viewer != pointer.holder:
            self.release(interactor, size)
        pointer.heard = now
        self._last = event
        # A button that is up although we never saw it go up: its release was lost.
        lost = pointer.held - set(event.buttons) - ({event.button} if event.type == "pointer_up" else set())
        for button in sorted(lost):
            self._button(interactor, size, replace(event, button=button), press=False)
        if event.type == "pointer_down":
            if event.button in pointer.held:
                self._button(interactor, size, event, press=False)
            self._button(interactor, size, event, press=True, repeat=pointer.repeats(event, now))
        elif event.type == "pointer_up":
            if event.button in pointer.held:
                self._button(interactor, size, event, press=False)
        elif event.type == "wheel":
            self._wheel(interactor, size, event)
        else:
            self._position(interactor, size, event)
            name = {"pointer_enter": "EnterEvent", "pointer_leave": "LeaveEvent"}.get(
                event.type, "MouseMoveEvent"
            )
            interactor.InvokeEvent(name)
        if event.type == "pointer_leave" and not pointer.held:
            pointer.forget(event.viewer)
        return True

    def release(self, interactor: vtkRenderWindowInteractor, size: Size) -> None:
        """Release every held button where the pointer last was: its viewer has gone."""
        for button in sorted(self.pointer.held):
            self._button(interactor, size, replace(self._last, button=button), press=False)

    def _position(
        self, interactor: vtkRenderWindowInteractor, size: Size, event: InputEvent, *, repeat: bool = False
    ) -> None:
        x, y = size.to_physical(event.x, event.y)
        control, shift = "Control" in event.modifiers, "Shift" in event.modifiers
        interactor.SetEventInformationFlipY(x, y, control, shift, "\0", int(repeat), "")
        interactor.SetAltKey("Alt" in event.modifiers)

    def _button(
        self,
        interactor: vtkRenderWindowInteractor,
        size: Size,
        event: InputEvent,
        *,
        press: bool,
        repeat: bool = False,
    ) -> None:
        name = _BUTTONS.get(event.button)
        if name is None:
            return
        self._position(interactor, size, event, repeat=repeat)
        if press:
            self.pointer.held.add(event.button)
            self.pointer.holder = event.viewer
            interactor.InvokeEvent(f"{name}PressEvent")
            if repeat and event.button in (LEFT, RIGHT, MIDDLE):
                interactor.InvokeEvent(f"{name}DoubleClickEvent")
        else:
            self.pointer.held.discard(event.button)
            interactor.InvokeEvent(f"{name}ReleaseEvent")

    def _wheel(self, interactor: vtkRenderWindowInteractor, size: Size, event: InputEvent) -> None:
        self._position(interactor, size, event)
        for axis, negative, positive in _WHEEL:
            steps = self.pointer.steps(event, axis)
            for _ in range(abs(steps)):
                interactor.InvokeEvent(negative if steps < 0 else positive)

    def _key(self, interactor: vtkRenderWindowInteractor, event: InputEvent) -> None:
        control, shift = "Control" in event.modifiers, "Shift" in event.modifiers
        symbol, code = translate(event.key, control=control)
        # The position stays where the pointer is; X gives 1 as the repeat count of every key.
        x, y = interactor.GetEventPosition()
        interactor.SetEventInformation(x, y, control, shift, code, 1, symbol)
        interactor.SetAltKey("Alt" in event.modifiers)
        if event.type == "key_up":
            interactor.InvokeEvent("KeyReleaseEvent")
            return
        interactor.InvokeEvent("KeyPressEvent")
        if self._exit_keys or event.key not in EXIT_KEYS:
            # A script's observer may have looked at another key in a loop of its own: set it again.
            interactor.SetKeyCode(code)
            interactor.InvokeEvent("CharEvent")
