"""Input events as plain values, and the merging of those that wait together.

Names and fields follow the renderview event specification
(https://github.com/pygfx/renderview): ``x`` and ``y`` are logical pixels of the *scene's* window with
the origin at its top left corner, buttons are 1 left, 2 right, 3 middle, 4 back, 5 forward, modifiers
are ``"Shift"``, ``"Control"``, ``"Alt"``, ``"Meta"``.

When the renderer is slower than the hand, events queue up.  Movement may be merged, because only where
the pointer is *now* matters; a press, a release or a key may never be, because each one changes state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

LEFT, RIGHT, MIDDLE = 1, 2, 3


@dataclass(frozen=True)
class InputEvent:
    """One thing a viewer did.

    Parameters
    ----------
    type : str
        ``pointer_move``, ``pointer_down``, ``pointer_up``, ``pointer_enter``, ``pointer_leave``,
        ``wheel``, ``key_down``, ``key_up``, ``resize`` or ``window``.
    id : int
        On the wire: the viewer's own number of this event.  In the input ring: the server's number,
        which grows over all viewers, so that a frame can name the last input that it shows.
    viewer : int
        The viewer's number, given by the server; 0 before that.
    window : int
        The number of the window that the event is meant for, given by the server: the one that the viewer
        sees; 0 for the one that the script shows.  In a ``window`` event: the one that the viewer chooses.
    x, y : float
        Logical pixels, origin top left; may lie outside of the window during a drag.
    button : int
        The button that changed, for ``pointer_down`` and ``pointer_up``; 0 otherwise.
    buttons : tuple of int
        The buttons held after the event.
    modifiers : tuple of str
        The modifier keys held.
    dx, dy : float
        Wheel movement in pixels; positive ``dy`` scrolls down (away from zooming in), as in the DOM.
    key : str
        The DOM ``KeyboardEvent.key`` value: ``"a"``, ``"A"``, ``"Enter"``, ``"ArrowLeft"``, …
    width, height : float
        Logical size in pixels, for ``resize``.
    pixel_ratio : float
        Physical pixels for each logical pixel, for ``resize``.
    """

    type: str
    id: int = 0
    viewer: int = 0
    window: int = 0
    x: float = 0.0
    y: float = 0.0
    button: int = 0
    buttons: tuple[int, ...] = ()
    modifiers: tuple[str, ...] = ()
    dx: float = 0.0
    dy: float = 0.0
    key: str = ""
    width: float = 0.0
    height: float = 0.0
    pixel_ratio: float = 1.0

    @property
    def hovers(self) -> bool:
        """Whether it only says where an idle pointer is, or how large a page: nobody steers by that."""
        return self.type in _IDLE and not self.buttons

    @property
    def switches(self) -> bool:
        """Whether it presses or releases something: what one waits to see the effect of."""
        return self.type in _SWITCHING


_SWITCHING = frozenset({"pointer_down", "pointer_up", "key_down", "key_up"})
_IDLE = frozenset({"pointer_move", "pointer_enter", "pointer_leave", "resize"})


def _keep_last(_old: InputEvent, new: InputEvent) -> InputEvent:
    return new


def _add_wheel(old: InputEvent, new: InputEvent) -> InputEvent:
    return replace(new, dx=old.dx + new.dx, dy=old.dy + new.dy)


#: How two *neighbouring* events of one type and one viewer become one.  What is not here never merges.
MERGE = {
    "pointer_move": _keep_last,
    "wheel": _add_wheel,
    "resize": _keep_last,
}


def can_merge(old: InputEvent, new: InputEvent) -> bool:
    """Say whether `new` may replace `old`, its direct predecessor, without changing what happened."""
    return (
        old.type == new.type
        and old.type in MERGE
        and old.viewer == new.viewer
        and old.window == new.window
        and old.buttons == new.buttons
        and old.modifiers == new.modifiers
    )


def merge(events: Iterable[InputEvent]) -> list[InputEvent]:
    """Merge runs of movement, wheel and resize events; keep the order and every press and release.

    Returns
    -------
    list of InputEvent
        A merged event carries the id of the newest one that went into it.
    """
    merged: list[InputEvent] = []
    for event in events:
        if merged and can_merge(merged[-1], event):
            merged[-1] = MERGE[event.type](merged[-1], event)
        else:
            merged.append(event)
    return merged


_RELEASE_OF = {"pointer_down": "pointer_up", "key_down": "key_up"}


class Held:
    """What is held down, so that it can be let go when the hand is suddenly gone."""

    def __init__(self) -> None:
        self._releases: dict[tuple[int, str, str | int], InputEvent] = {}

    def __bool__(self) -> bool:
        """Say whether anything is held."""
        return bool(self._releases)

    def note(self, event: InputEvent) -> bool:
        """Take note of an event; say whether it makes sense: a release needs a press before it."""
        if event.type in _RELEASE_OF:
            release = replace(event, type=_RELEASE_OF[event.type], buttons=())
            self._releases[_what(release)] = release
        elif event.type in _RELEASE_OF.values():
            return self._releases.pop(_what(event), None) is not None
        return True

    def let_go(self) -> list[InputEvent]:
        """Return the releases of all that is held, and hold nothing any more."""
        releases = list(self._releases.values())
        self._releases.clear()
        return releases


def _what(event: InputEvent) -> tuple[int, str, str | int]:
    # A key may come up under another name than it went down with: "a" down, Shift, "A" up.
    return event.viewer, event.type, event.key.lower() if event.key else event.button
