"""The same gestures for a scene that is served and for VTK alone, to hold the one against the other.

A gesture is a list of input messages.  `follow` sends them as a viewer does; `play_natively` runs the script
in a process without vizstream, on VTK's own ``vtkGenericRenderWindowInteractor``, and invokes what the event
loop of a desktop would.  After each gesture both note what an expression over the script's names is worth.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scene_stage import SCENES

Message = dict[str, Any]

_BUTTONS = {1: "LeftButton", 2: "RightButton", 3: "MiddleButton"}

_CODES = {"Delete": "\x7f"}


def drag(
    start: tuple[int, int], stop: tuple[int, int], button: int = 1, modifiers: tuple[str, ...] = ()
) -> list[Message]:
    """Press a button, move in four steps, let go.  In logical pixels, origin top left."""
    held = {"modifiers": modifiers}
    places = [
        {"x": start[0] + (stop[0] - start[0]) * step / 4, "y": start[1] + (stop[1] - start[1]) * step / 4}
        for step in range(5)
    ]
    return [
        {"kind": "pointer_move", **places[0], **held},
        {"kind": "pointer_down", **places[0], "button": button, "buttons": (button,), **held},
        *({"kind": "pointer_move", **place, "buttons": (button,), **held} for place in places[1:]),
        {"kind": "pointer_up", **places[-1], "button": button, **held},
    ]


def click(x: int, y: int) -> list[Message]:
    """Move there, press the left button and let go."""
    place = {"x": x, "y": y}
    return [
        {"kind": "pointer_move", **place},
        {"kind": "pointer_down", **place, "button": 1, "buttons": (1,)},
        {"kind": "pointer_up", **place, "button": 1},
    ]


def key(name: str) -> list[Message]:
    """Press and release a key."""
    return [{"kind": "key_down", "key": name}, {"kind": "key_up", "key": name}]


def turn_wheel(x: int, y: int, notches: int) -> list[Message]:
    """Turn the wheel towards the scene, or away from it where `notches` is negative."""
    return [{"kind": "wheel", "x": x, "y": y, "dy": -100.0 * notches}]


def follow(end: Any, gestures: list[list[Message]], worth: str) -> Iterator[Callable[[], bool]]:
    """Carry out `gestures` before a served scene; leave what `worth` was after each in ``end.report``.

    Each message waits until the one before is drawn: none are merged, and widgets find what they look for in
    what was drawn.
    """
    end.report["worth"] = []
    for gesture in gestures:
        for message in gesture:
            end.send(**message)
            yield end.settled()
        end.report["worth"].append(eval(worth, vars(sys.modules["__main__"])))  # noqa: S307


def play_natively(scene: str, gestures: list[list[Message]], worth: str) -> list[Any]:
    """Return what `worth` is after each of `gestures` when VTK runs the script by itself."""
    child = subprocess.run(
        [sys.executable, __file__, str(SCENES / scene), worth],
        input=json.dumps(gestures),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    _, _, text = child.stdout.partition("WORTH ")
    return json.loads(text)


def _inject(interactor: Any, message: Message) -> None:
    kind, modifiers = message["kind"], message.get("modifiers", ())
    control, shift = "Control" in modifiers, "Shift" in modifiers
    if kind.startswith("key"):
        x, y = interactor.GetEventPosition()
        name = message["key"]
        code = _CODES.get(name, name)
        interactor.SetEventInformation(x, y, control, shift, code, 1, name)
        interactor.InvokeEvent("KeyPressEvent" if kind == "key_down" else "KeyReleaseEvent")
        if kind == "key_down":
            interactor.InvokeEvent("CharEvent")
        return
    x, y = int(message["x"]), int(message["y"])
    interactor.SetEventInformationFlipY(x, y, control, shift, "\0", 0, "")
    if kind == "wheel":
        name = "MouseWheelForwardEvent" if message["dy"] < 0 else "MouseWheelBackwardEvent"
        for _notch in range(abs(round(message["dy"] / 100))):
            interactor.InvokeEvent(name)
    elif kind == "pointer_move":
        interactor.InvokeEvent("MouseMoveEvent")
    else:
        change = "Press" if kind == "pointer_down" else "Release"
        interactor.InvokeEvent(f"{_BUTTONS[message['button']]}{change}Event")


def _main() -> None:
    import vtkmodules.vtkInteractionStyle
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers what draws
    from vtkmodules import vtkRenderingCore, vtkRenderingUI

    script, worth = sys.argv[1:]
    gestures = json.load(sys.stdin)

    class Injecting(vtkRenderingUI.vtkGenericRenderWindowInteractor):
        def Start(self) -> None:  # noqa: N802 - VTK's name
            # The styles that move by themselves want timers, which this class leaves to its user.
            self.AddObserver("CreateTimerEvent", lambda *_: None)
            self.AddObserver("DestroyTimerEvent", lambda *_: None)
            names = sys._getframe(1).f_globals
            values = []
            for gesture in gestures:
                for message in gesture:
                    _inject(self, message)
                values.append(eval(worth, names))  # noqa: S307
            print("WORTH " + json.dumps(values))

    vtkRenderingCore.vtkRenderWindowInteractor = Injecting
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    _main()
