"""Binary messages over the WebSocket, and the message that opens it."""

from __future__ import annotations

import json

import pytest

from vizstream.errors import ProtocolError
from vizstream.server import framing


def _opening(**changes: object) -> str:
    return json.dumps({"type": "open", "session": "s", "codecs": ["vp8", "jpeg"], **changes})


def test_the_opening_is_read() -> None:
    assert framing.read_opening(_opening()) == framing.Opening("s", ("vp8", "jpeg"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{}", "type"),
        ("", "json"),
        ("[" * 5000, "json"),
        ("[]", "unknown"),
        (_opening(type="wheel"), "unknown"),
        (_opening(session=None), "type"),
        (_opening(codecs="vp8"), "type"),
        (_opening(codecs=[1]), "type"),
        (_opening(codecs=["vp8"] * (framing.MAX_CODECS + 1)), "type"),
    ],
)
def test_anything_else_is_refused(text: object, reason: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        framing.read_opening(text)
    assert refused.value.reason == reason


def test_a_frame_is_packed_as_the_protocol_says() -> None:
    message = framing.pack(framing.KEY, 3, 2**32 + 7, 0xFFFFFFFE, b"picture")
    assert message == b"\x02\x03\x00\x00" + b"\x00\x00\x00\x07" + b"\xff\xff\xff\xfe" + b"picture"
    assert len(framing.pack(framing.PING, 0, 1, 0)) == framing.HEADER_BYTES == 12


def test_replies_are_read() -> None:
    assert framing.read_reply(b"\x01\x00\x00\x01\x00") == (framing.ACKNOWLEDGE, 256)
    assert framing.read_reply(b"\x02") == (framing.NEED_KEYFRAME, 0)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", b"\x01\x00", b"\x03\x00\x00\x00\x00", b"\x01" * 6])
def test_other_replies_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        framing.read_reply(data)
