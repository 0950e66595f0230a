"""AV1 temporal units as RTP payloads (https://aomediacodec.github.io/av1-rtp-spec/, v1.0).

Each payload begins with an aggregation header, one byte, ``Z Y W W N 0 0 0``: Z the first element continues
one of the packet before, Y the last one goes on in the next, W how many elements there are (0: each has its
length before it; else the last has none), N a new coded video sequence begins.  Elements are OBUs without
their size field, whole or cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from .packetize import MAX_PAYLOAD

#: OBU types (AV1 specification, section 6.2.2) that do not travel: temporal delimiter, tile list, padding.
_DROPPED = (2, 8, 15)

_CONTINUES, _GOES_ON, _NEW_SEQUENCE = 0x80, 0x40, 0x08
#: The largest number of elements that W can tell.
_MAX_COUNTED = 3


def packetize_av1(data: bytes, _picture_id: int, keyframe: object, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Cut a temporal unit into RTP payloads of nearly the same size.

    Parameters
    ----------
    data : bytes
        OBUs in the low-overhead format, each with its size.
    keyframe : bool
        Whether a coded video sequence begins here.

    Raises
    ------
    ValueError
        Where an OBU has no size, or a wrong one.
    """
    units = list(split_obus(data))
    # Each element may cost two bytes of length, each cut two more; one byte is the aggregation header.
    total = sum(len(unit) + 2 for unit in units)
    count = max(1, -(-total // (limit - 3)))
    room = -(-total // count) + 2
    payloads: list[bytes] = []
    elements: list[bytes] = []
    left, continues = room, False

    def flush(*, goes_on: bool) -> None:
        nonlocal elements, left, continues
        flags = (_CONTINUES if continues else 0) | (_GOES_ON if goes_on else 0)
        flags |= _NEW_SEQUENCE if keyframe and not payloads else 0
        counted = len(elements) if len(elements) <= _MAX_COUNTED else 0
        body = [leb128(len(element)) + element for element in elements]
        if counted:
            body[-1] = elements[-1]
        payloads.append(bytes([flags | counted << 4]) + b"".join(body))
        elements, left, continues = [], room, goes_on

    for index, whole in enumerate(units):
        unit = whole
        while len(unit) + 2 > left:
            elements.append(unit[: left - 2])
            unit = unit[left - 2 :]
            flush(goes_on=True)
        elements.append(unit)
        left -= len(unit) + 2
        if left <= 2 and index < len(units) - 1:
            flush(goes_on=False)
    if elements:
        flush(goes_on=False)
    return payloads


def split_obus(data: bytes) -> Iterator[bytes]:
    """Yield the OBUs that travel, without their size field (AV1 specification, sections 5.3.1 and 5.3.2)."""
    at = 0
    while at < len(data):
        header = data[at]
        end = at + (2 if header & 0x04 else 1)
        if not header & 0x02 or end > len(data):
            raise ValueError("an OBU without a size")
        size, begin = _read_leb128(data, end)
        if begin + size > len(data):
            raise ValueError("an OBU that is longer than its temporal unit")
        if header >> 3 & 0x0F not in _DROPPED:
            yield bytes([header & ~0x02]) + data[at + 1 : end] + data[begin : begin + size]
        at = begin + size


def leb128(value: int) -> bytes:
    """Return a number in groups of seven bits, lowest first (AV1 specification, section 4.10.5)."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, and where it ends."""
    value = 0
    for index in range(8):
        if at + index >= len(data):
            break
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    raise ValueError("a size that does not end")
