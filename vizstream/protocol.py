"""The messages between a viewer and the server: one table, and its checker.

A message is a JSON object with a ``type``.  It travels on the ``input`` and ``state`` data channels of
a WebRTC session.  `INPUT` holds what a viewer may send, `STATE` what the server sends;
``docs/protocol.md`` is checked against both by a test.  Whatever is not in the table, is not finite,
or lies out of range is refused with a `ProtocolError`, whose reason is counted in the metrics.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import ProtocolError
from .events import InputEvent

#: Longest input message in bytes.  The longest honest one (a pointer event with all modifiers) has 180.
MAX_INPUT_BYTES = 1024

#: Largest coordinate in logical pixels.  A drag may leave the window, but no screen is wider than this.
MAX_COORDINATE = 32768.0

MODIFIERS = ("Shift", "Control", "Alt", "Meta")

Check = Callable[[Any], Any]


def _number(low: float, high: float) -> Check:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ProtocolError("type", "not a number")
        # NaN fails every comparison; JSON integers may be too large for math.isfinite.
        if not low <= value <= high:
            raise ProtocolError("range", f"number outside of {low:g} … {high:g}")
        return float(value)

    return check


def _integer(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ProtocolError("type", "not an integer")
        if not low <= value <= high:
            raise ProtocolError("range", f"integer outside of {low} … {high}")
        return value

    return check


def _buttons(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 5:
        raise ProtocolError("type", "buttons is not a short list")
    return tuple(sorted({_integer(1, 5)(item) for item in value}))


def _modifiers(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > len(MODIFIERS):
        raise ProtocolError("type", "modifiers is not a short list")
    if any(item not in MODIFIERS for item in value):
        raise ProtocolError("range", "unknown modifier")
    return tuple(name for name in MODIFIERS if name in value)


def _key(value: Any) -> str:
    # The longest name in the UI Events specification is "LaunchApplication16"-like; 32 is ample.
    if not isinstance(value, str) or not 1 <= len(value) <= 32 or not value.isprintable():
        raise ProtocolError("type", "key is not a short printable string")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ProtocolError("type", "not true or false")
    return value


def _name(value: Any) -> str:
    # The server keeps 24 characters at most; see server/names.py.
    if not isinstance(value, str) or len(value) > 100:
        raise ProtocolError("type", "name is not a short string")
    return value


#: What a viewer may prefer; see media/ladder.py.
QUALITIES = ("auto", "smooth", "sharp", "save")


def _quality(value: Any) -> str:
    if value not in QUALITIES:
        raise ProtocolError("range", "unknown quality")
    return str(value)


_TICKET = re.compile(r"[A-Za-z0-9_-]{22,64}")


def _ticket(value: Any) -> str:
    if not isinstance(value, str) or _TICKET.fullmatch(value) is None:
        raise ProtocolError("type", "ticket is not 22 to 64 URL-safe characters")
    return value


_COORDINATE = _number(-MAX_COORDINATE, MAX_COORDINATE)
_POINTER: dict[str, Check] = {
    "x": _COORDINATE,
    "y": _COORDINATE,
    "buttons": _buttons,
    "modifiers": _modifiers,
}
_CLICK: dict[str, Check] = {**_POINTER, "button": _integer(1, 5)}
_KEYBOARD: dict[str, Check] = {"key": _key, "modifiers": _modifiers}
_WHEEL_DELTA = _number(-100_000, 100_000)

#: What a viewer may send: type → field → check.  Every field is required, and so is ``id``.
INPUT: dict[str, dict[str, Check]] = {
    "pointer_move": _POINTER,
    "pointer_down": _CLICK,
    "pointer_up": _CLICK,
    "pointer_enter": _POINTER,
    "pointer_leave": _POINTER,
    "wheel": {**_POINTER, "dx": _WHEEL_DELTA, "dy": _WHEEL_DELTA},
    "key_down": _KEYBOARD,
    "key_up": _KEYBOARD,
    "resize": {
        "width": _number(1, 16384),
        "height": _number(1, 16384),
        "pixel_ratio": _number(0.1, 16),
    },
    "window": {"window": _integer(0, 2**31 - 1)},
}

#: What a viewer who must not steer may send all the same: it concerns nobody else.
VIEW_INPUT = frozenset({"window"})

_VIEWER = _integer(0, 2**53 - 1)

#: What a viewer says to the server about itself and the others, and never to the scene: type → field → check.
WISHES: dict[str, dict[str, Check]] = {
    "me": {"ticket": _ticket, "name": _name},
    "point": {"x": _COORDINATE, "y": _COORDINATE, "inside": _boolean},
    "helm": {"viewer": _VIEWER},
    "lock": {"locked": _boolean},
    "drop": {"viewer": _VIEWER},
    "rotate": {},
    "quality": {"quality": _quality},
}

_ALL = {**INPUT, **WISHES}

_ID = _integer(0, 2**53 - 1)

#: What the server sends on the state channel: type → field → meaning.
STATE: dict[str, dict[str, str]] = {
    "hello": {
        "viewer": "this viewer's number",
        "role": "control or view",
        "session": "this viewer's session, for further connections of the same viewer",
        "version": "version of the server",
    },
    "scene": {
        "phase": "loading, live, ended or error",
        "title": "title of the window that this viewer sees",
        "message": "the error in words, or empty",
        "width": "width of the picture in logical pixels",
        "height": "height of the picture in logical pixels",
        "pixel_ratio": "physical pixels for each logical pixel",
    },
    "frames": {
        "rows": "list of [RTP timestamp, seq, id of the viewer's last input in this frame]",
        "rtt_ms": "round trip that the server measured, null before that",
    },
    "still": {
        "seq": "the frame that it is, drawn once more as well as it can be drawn",
        "url": "where to fetch it, with the token",
        "exact": "whether it is lossless WebP; if not, it is JPEG, and an exact one follows",
        "bytes": "size of the whole body, or 0 while that is still growing",
        "sha256": "of the picture's bytes as RGB, rows top-down, in hexadecimal; empty if it is not exact",
        "width": "width in pixels",
        "height": "height in pixels",
        "rows": "height of its strips in pixels; the last one may be lower",
        "rtp": "the RTP timestamp at which the same frame comes as video, or a little earlier",
        "age_ms": "milliseconds since the scene last moved",
    },
    "moved": {"seq": "the first frame that differs: stills of earlier ones are out of date"},
    "viewers": {"count": "how many watch"},
    "windows": {
        "window": "number of the window that this viewer sees; 0 before there is one",
        "rows": "list of [number, title] of the windows worth seeing, in the order in which they were made",
        "waits": "number of the window that this viewer waits for, as no more can be watched at once, or 0",
    },
    "people": {
        "rows": "list of [number, name, colour, role, whether it is the owner] of everybody who is here",
    },
    "helm": {
        "viewer": "number of the viewer who steers the window that this viewer sees; 0 for nobody",
        "locked": "whether the owner alone decides who steers",
    },
    "pointers": {
        "rows": "list of [number, x, y] of others' pointers that moved; x and y are null for one that left",
    },
    "links": {
        "control": "token of the link that may steer; empty for who may only watch, or where none is needed",
        "view": "token of the link that may only watch; empty where none is needed",
    },
    "dropped": {"message": "why this viewer has to leave, in words"},
    "busy": {
        "busy": "whether something has kept the scene from going on for more than a second",
        "drawing": "whether that is the drawing of a single picture, and not the script",
    },
    "tunnel": {
        "carried_mb": "megabytes that the tunnel has carried",
        "budget_mb": "how many it may",
    },
    "cursor": {"shape": "a CSS cursor keyword"},
}


@dataclass(frozen=True)
class Wish:
    """What a viewer says to the server itself; see `WISHES`.

    Parameters
    ----------
    type : str
        A row of `WISHES`.
    values : dict of str to object
        Its fields, checked.
    """

    type: str
    values: dict[str, Any]


def parse_input(data: str | bytes) -> InputEvent | Wish:
    """Parse and check one message from a viewer.

    Parameters
    ----------
    data : str or bytes
        JSON text, at most `MAX_INPUT_BYTES` long.

    Returns
    -------
    InputEvent or Wish
        An event with ``viewer`` 0; the server fills that in.

    Raises
    ------
    ProtocolError
        With the reason ``size``, ``json``, ``unknown``, ``missing``, ``type`` or ``range``.
    """
    if len(data) > MAX_INPUT_BYTES:
        raise ProtocolError("size", f"message of {len(data)} bytes")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("json", "message is not JSON") from error
    if not isinstance(message, dict):
        raise ProtocolError("json", "message is not an object")
    kind = message.get("type")
    fields = _ALL.get(kind) if isinstance(kind, str) else None
    if fields is None or kind is None:
        raise ProtocolError("unknown", "unknown message type")
    try:
        values = {name: check(message[name]) for name, check in fields.items()}
        number = _ID(message["id"])
        return Wish(kind, values) if kind in WISHES else InputEvent(type=kind, id=number, **values)
    except KeyError as error:
        raise ProtocolError("missing", f"{kind} lacks {error}") from error


def encode_event(event: InputEvent) -> bytes:
    """Encode a checked event for the input ring."""
    fields = {name: getattr(event, name) for name in INPUT[event.type]}
    return json.dumps(
        {"type": event.type, "id": event.id, "viewer": event.viewer, "window": event.window, **fields},
        separators=(",", ":"),
    ).encode()


def decode_event(data: bytes) -> InputEvent:
    """Decode what `encode_event` wrote; the input ring's other end trusts it."""
    message = json.loads(data)
    for name in ("buttons", "modifiers"):
        if name in message:
            message[name] = tuple(message[name])
    return InputEvent(**message)
