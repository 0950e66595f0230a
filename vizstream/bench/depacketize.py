"""Put RTP payloads together again: what `vizstream.media.packetizers` cut.  Pure.

Each function takes the payloads of one picture in order and returns what its decoder takes; it raises
``ValueError`` where a payload is none of its codec.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_START = b"\0\0\0\1"

#: H.264 NAL unit types (ITU-T H.264, table 7-1; RFC 6184, section 5.2).
_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28

#: An AV1 temporal delimiter with its size, with which each temporal unit of a stream begins.
_DELIMITER = b"\x12\x00"


def join_h264(payloads: Sequence[bytes]) -> tuple[bytes, bool]:
    """Return an Annex B access unit, and whether it is a keyframe."""
    units: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == _STAP_A:
            at = 1
            while at + 2 <= len(payload):
                size = int.from_bytes(payload[at : at + 2], "big")
                units.append(payload[at + 2 : at + 2 + size])
                at += 2 + size
        elif kind == _FU_A:
            if payload[1] & 0x80:
                units.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
            if not units:
                raise ValueError("H.264: a fragment without a beginning")
            units[-1] += payload[2:]
        elif 1 <= kind < _STAP_A:
            units.append(payload)
        else:
            raise ValueError(f"H.264: a payload of type {kind}")
    keyframe = any(unit[0] & 0x1F in (_IDR, _SPS) for unit in units)
    return b"".join(_START + unit for unit in units), keyframe


def join_vp8(payloads: Sequence[bytes]) -> tuple[bytes, bool]:
    """Return a VP8 frame, and whether it is a keyframe."""
    data = b""
    for payload in payloads:
        at = 1
        if payload[0] & 0x80:
            extensions = payload[1]
            at = 2
            if extensions & 0x80:
                at += 2 if payload[at] & 0x80 else 1
            at += bool(extensions & 0x40) + bool(extensions & 0x30)
        data += payload[at:]
    if not data:
        raise ValueError("VP8: an empty frame")
    return data, not data[0] & 1


def join_vp9(payloads: Sequence[bytes]) -> tuple[bytes, bool]:
    """Return a VP9 frame, and whether it is predicted from none."""
    data = b""
    for payload in payloads:
        flags = payload[0]
        if flags & 0x32:
            raise ValueError("VP9: layers, which we never send")
        at = 1
        if flags & 0x80:
            at += 2 if payload[1] & 0x80 else 1
        data += payload[at:]
    return data, not payloads[0][0] & 0x40


def join_av1(payloads: Sequence[bytes]) -> tuple[bytes, bool]:
    """Return an AV1 temporal unit in the low-overhead format, and whether a new sequence begins with it."""
    units: list[bytes] = []
    for payload in payloads:
        flags, at = payload[0], 1
        count, number = flags >> 4 & 3, 0
        while at < len(payload):
            number += 1
            size = len(payload) - at
            if number != count:
                size, at = _leb128(payload, at)
            element = payload[at : at + size]
            at += size
            if number == 1 and flags & 0x80:
                if not units:
                    raise ValueError("AV1: an OBU without a beginning")
                units[-1] += element
            else:
                units.append(element)
    return _DELIMITER + b"".join(map(_sized, units)), bool(payloads[0][0] & 0x08)


def _sized(unit: bytes) -> bytes:
    """Give an OBU its size field (AV1 specification, section 5.3.2)."""
    head = 2 if unit[0] & 0x04 else 1
    value, size = len(unit) - head, bytearray()
    while value > 0x7F:
        size.append(value & 0x7F | 0x80)
        value >>= 7
    size.append(value)
    return bytes([unit[0] | 0x02]) + unit[1:head] + bytes(size) + unit[head:]


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 56:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
        shift += 7
    raise ValueError("AV1: a size that does not end")


#: MIME type → what puts its payloads together.
JOINERS: dict[str, Callable[[Sequence[bytes]], tuple[bytes, bool]]] = {
    "video/H264": join_h264,
    "video/AV1": join_av1,
    "video/VP9": join_vp9,
    "video/VP8": join_vp8,
}
