"""What goes over ``/ws`` in binary messages: frames one way, acknowledgements the other.  Pure.

::

    server → viewer     0        1        2                 4                 8                12
                        | kind   | codec  | 0               | number          | RTP timestamp  | picture …
    viewer → server     0        1                 5
                        | kind   | number          |

All integers are unsigned and big-endian; see docs/protocol.md.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from vizstream.errors import ProtocolError

#: Kinds of messages to a viewer: an empty one that wants to be acknowledged, and pictures.
PING, DELTA, KEY = 0, 1, 2
#: Kinds of messages from a viewer.
ACKNOWLEDGE, NEED_KEYFRAME = 1, 2

#: Longest message from a viewer in bytes: the first one, with the names of all codecs.
MAX_MESSAGE_BYTES = 4096
#: Codecs that a viewer may name.
MAX_CODECS = 16

_HEADER = struct.Struct("!BBHII")
_REPLY = struct.Struct("!BI")

HEADER_BYTES = _HEADER.size


@dataclass(frozen=True)
class Opening:
    """A viewer's first message, checked.

    Parameters
    ----------
    session : str
        The session that the connection is for; empty for a new one.
    codecs : tuple of str
        Names of what the viewer decodes; frames tell theirs by its place here.
    """

    session: str
    codecs: tuple[str, ...]


def read_opening(text: Any) -> Opening:
    """Read a viewer's first message.

    Raises
    ------
    ProtocolError
        Where it is anything else.
    """
    if not isinstance(text, str):
        raise ProtocolError("type", "the first message is not text")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("json", "the first message is not JSON") from error
    if not isinstance(message, dict) or message.get("type") != "open":
        raise ProtocolError("unknown", "the first message does not open")
    session, codecs = message.get("session"), message.get("codecs")
    if not isinstance(session, str) or not isinstance(codecs, list):
        raise ProtocolError("type", "the first message lacks a field")
    if len(codecs) > MAX_CODECS or not all(isinstance(name, str) for name in codecs):
        raise ProtocolError("type", "codecs is not a short list of names")
    return Opening(session, tuple(codecs))


def pack(kind: int, codec: int, number: int, stamp: int, data: bytes = b"") -> bytes:
    """Return a message to a viewer.

    Parameters
    ----------
    kind : int
        `PING`, `DELTA` or `KEY`.
    codec : int
        Place of the codec in the viewer's list.
    number : int
        Of the message, growing by one; wraps at 32 bits.
    stamp : int
        RTP timestamp.
    data : bytes
        The picture.
    """
    return _HEADER.pack(kind, codec, 0, number & 0xFFFFFFFF, stamp) + data


def read_reply(data: bytes) -> tuple[int, int]:
    """Return the kind of a binary message from a viewer, and its number (0 where it has none).

    Raises
    ------
    ProtocolError
        Where it is neither of the two.
    """
    if data == bytes([NEED_KEYFRAME]):
        return NEED_KEYFRAME, 0
    if len(data) != _REPLY.size or data[0] != ACKNOWLEDGE:
        raise ProtocolError("unknown", "unknown binary message")
    return _REPLY.unpack(data)
