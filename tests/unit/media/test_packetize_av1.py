"""AV1 payloads that a depacketizer puts together again, OBU for OBU."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizstream.media.packetize import MAX_PAYLOAD
from vizstream.media.packetize_av1 import leb128, packetize_av1, split_obus

_SEQUENCE, _DELIMITER, _FRAME, _TILE_LIST, _PADDING = 1, 2, 6, 8, 15


def _obu(kind: int, body: bytes, *, extended: bool = False) -> bytes:
    header = bytes([kind << 3 | 0x02 | (0x04 if extended else 0)]) + (b"\x20" if extended else b"")
    return header + leb128(len(body)) + body


def _read_leb128(data: bytes) -> tuple[int, bytes]:
    value = shift = 0
    for index, byte in enumerate(data):
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, data[index + 1 :]
    raise AssertionError("a length without end")


def _depacketize(payloads: list[bytes]) -> list[bytes]:
    """Return the OBUs, by section 4.4 of the specification."""
    units: list[bytes] = []
    open_unit = False
    for payload in payloads:
        header, rest = payload[0], payload[1:]
        assert bool(header & 0x80) == open_unit, "Z continues what Y left open"
        counted, elements = header >> 4 & 3, []
        while rest:
            if counted and len(elements) == counted - 1:
                elements.append(rest)
                break
            size, rest = _read_leb128(rest)
            elements.append(rest[:size])
            rest = rest[size:]
        assert counted in (0, len(elements))
        assert all(elements)
        for index, element in enumerate(elements):
            if index == 0 and header & 0x80:
                units[-1] += element
            else:
                units.append(element)
        open_unit = bool(header & 0x40)
    assert not open_unit
    return units


_UNITS = st.lists(
    st.tuples(st.sampled_from([_SEQUENCE, 3, 4, 5, _FRAME]), st.integers(0, 4000), st.booleans()),
    min_size=1,
    max_size=7,
)


@given(_UNITS, st.booleans(), st.sampled_from([100, 1150]))
def test_a_temporal_unit_is_whole_after_the_journey(
    units: list[tuple[int, int, bool]], keyframe: bool, limit: int
) -> None:
    obus = [_obu(kind, bytes([at + 1]) * size, extended=ext) for at, (kind, size, ext) in enumerate(units)]
    payloads = packetize_av1(_obu(_DELIMITER, b"") + b"".join(obus), 0, keyframe, limit)
    assert max(map(len, payloads)) <= limit
    assert _depacketize(payloads) == list(split_obus(b"".join(obus)))
    assert [bool(payload[0] & 0x08) for payload in payloads] == [keyframe] + [False] * (len(payloads) - 1)
    assert not any(payload[0] & 0x07 for payload in payloads)


def test_sizes_are_stripped_and_some_obus_stay_at_home() -> None:
    data = b"".join(_obu(kind, b"abc") for kind in (_DELIMITER, _SEQUENCE, _TILE_LIST, _PADDING, _FRAME))
    assert packetize_av1(data, 0, True) == [bytes([0x28]) + b"\x04\x08abc" + b"\x30abc"]


def test_fragments_have_nearly_the_same_size() -> None:
    payloads = packetize_av1(_obu(_FRAME, bytes(4000)), 0, False)
    assert len(payloads) == -(-4000 // MAX_PAYLOAD)
    assert max(map(len, payloads)) - min(map(len, payloads)) < 16


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 16383, 16384, 1 << 28])
def test_lengths(value: int) -> None:
    assert _read_leb128(leb128(value)) == (value, b"")


@pytest.mark.parametrize("data", [b"\x30abc", b"\x32\x05abc", b"\x32" + b"\x80" * 9, b"\x32", b"\x36"])
def test_what_is_no_temporal_unit_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"OBU|size"):
        packetize_av1(data, 0, False)
