"""Every message of the table passes; whatever is not in it is refused with the right reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vizstream.errors import ProtocolError
from vizstream.events import InputEvent
from vizstream.protocol import INPUT, MAX_INPUT_BYTES, WISHES, Wish, decode_event, encode_event, parse_input

_GOOD: dict[str, Any] = {
    "x": 12.5,
    "y": -3,
    "button": 1,
    "buttons": [1, 3],
    "modifiers": ["Alt", "Shift"],
    "dx": 0,
    "dy": -120.0,
    "key": "ArrowLeft",
    "width": 800,
    "height": 600.5,
    "pixel_ratio": 2,
    "window": 3,
    "ticket": "A-ticket_of_22_letters",
    "name": "Ada",
    "inside": True,
    "viewer": 2,
    "locked": False,
    "quality": "sharp",
}


def _message(kind: str, **changes: Any) -> dict[str, Any]:
    fields = {name: _GOOD[name] for name in {**INPUT, **WISHES}.get(kind, {})}
    return {"type": kind, "id": 7, **fields, **changes}


@pytest.mark.parametrize("kind", INPUT)
def test_each_message_survives_the_way_to_the_renderer(kind: str) -> None:
    event = parse_input(json.dumps(_message(kind)))
    assert isinstance(event, InputEvent)
    assert (event.type, event.id, event.viewer) == (kind, 7, 0)
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize("kind", WISHES)
def test_each_wish_keeps_its_fields(kind: str) -> None:
    wish = parse_input(json.dumps(_message(kind)))
    assert wish == Wish(kind, {name: _GOOD[name] for name in WISHES[kind]})


def test_lists_are_put_in_order() -> None:
    event = parse_input(json.dumps(_message("pointer_down")))
    assert isinstance(event, InputEvent)
    assert event.buttons == (1, 3)
    assert event.modifiers == ("Shift", "Alt")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"3", b"null", b'"pointer_move"', b"\xff\xfe", b"[" * 1000]
)
def test_what_is_not_a_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_input(text)
    assert caught.value.reason == "json"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "explode", "id": 1}, "unknown"),
        ({"id": 1}, "unknown"),
        ({"type": ["wheel"], "id": 1}, "unknown"),
        (_message("wheel", id="7"), "type"),
        (_message("wheel", id=-1), "range"),
        (_message("wheel", id=True), "type"),
        (_message("wheel", dy="fast"), "type"),
        (_message("wheel", dy=None), "type"),
        (_message("wheel", dy=float("nan")), "range"),
        (_message("wheel", dx=float("inf")), "range"),
        (_message("pointer_move", x=1e9), "range"),
        (_message("pointer_move", x=10**400), "range"),
        (_message("pointer_move", y=float("-inf")), "range"),
        (_message("pointer_move", x=False), "type"),
        (_message("pointer_move", buttons=1), "type"),
        (_message("pointer_move", buttons=[1.5]), "type"),
        (_message("pointer_move", buttons=[9]), "range"),
        (_message("pointer_move", buttons=[1] * 6), "type"),
        (_message("pointer_down", button=0), "range"),
        (_message("pointer_down", modifiers=["Hyper"]), "range"),
        (_message("pointer_down", modifiers=[["Shift"]]), "range"),
        (_message("pointer_down", modifiers="Shift"), "type"),
        (_message("key_down", key=""), "type"),
        (_message("key_down", key="x" * 33), "type"),
        (_message("key_down", key="\n"), "type"),
        (_message("key_down", key=5), "type"),
        (_message("resize", width=0), "range"),
        (_message("resize", pixel_ratio=1e3), "range"),
        (_message("me", ticket="short"), "type"),
        (_message("me", ticket="<b>a ticket with spaces</b>"), "type"),
        (_message("me", ticket="x" * 65), "type"),
        (_message("me", name="x" * 101), "type"),
        (_message("me", name=7), "type"),
        (_message("point", inside=1), "type"),
        (_message("point", x=float("nan")), "range"),
        (_message("helm", viewer=-1), "range"),
        (_message("lock", locked="yes"), "type"),
        (_message("quality", quality="best"), "range"),
        (_message("quality", quality=["auto"]), "range"),
    ],
)
def test_bad_fields_are_refused_with_their_reason(message: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_input(json.dumps(message))
    assert caught.value.reason == reason


@pytest.mark.parametrize("kind", [*INPUT, *WISHES])
def test_every_field_is_required(kind: str) -> None:
    for name in [*{**INPUT, **WISHES}[kind], "id"]:
        message = _message(kind)
        del message[name]
        with pytest.raises(ProtocolError) as caught:
            parse_input(json.dumps(message))
        assert caught.value.reason == "missing"


def test_a_long_message_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_input("x" * (MAX_INPUT_BYTES + 1))
    assert caught.value.reason == "size"


def test_fields_that_nobody_asked_for_are_ignored() -> None:
    event = parse_input(json.dumps(_message("wheel", viewer=99, key="x")))
    assert isinstance(event, InputEvent)
    assert event.viewer == 0
    assert not event.key
