"""Payloads that a depacketizer puts together again, byte for byte."""

from __future__ import annotations

import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from vizstream.media.packetize import (
    MAX_PAYLOAD,
    packetize_h264,
    packetize_vp8,
    packetize_vp9,
    split_annex_b,
)

#: NAL units that hold no start code and do not end in a zero, as the standard demands.
_UNITS = st.lists(
    st.builds(
        lambda kind, size, fill: bytes([0x60 | kind]) + bytes([fill]) * size,
        st.sampled_from([1, 5, 7, 8]),
        st.integers(1, 5000),
        st.integers(1, 255),
    ),
    min_size=1,
    max_size=8,
)


@given(_UNITS, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_h264_is_whole_after_the_journey(units: list[bytes], start: bytes) -> None:
    payloads = packetize_h264(b"".join(start + unit for unit in units), 0, False)
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    rebuilt = b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in payloads)
    assert list(split_annex_b(rebuilt)) == units


def test_parameter_sets_and_a_short_picture_share_a_packet() -> None:
    units = [b"\x67" + b"s" * 20, b"\x68" + b"p" * 5, b"\x65" + b"i" * 100]
    payloads = packetize_h264(b"".join(b"\0\0\0\1" + unit for unit in units), 0, True)
    assert len(payloads) == 1
    assert payloads[0][0] & 0x1F == 24


def test_banners_and_delimiters_are_not_sent() -> None:
    data = b"\0\0\1\x09\xf0" + b"\0\0\1\x06" + b"x264 " * 100 + b"\0\0\1\x41abc"
    assert packetize_h264(data, 0, False) == [b"\x41abc"]


@pytest.mark.parametrize("data", [b"", b"\0\0\1", b"no start code"])
def test_what_holds_no_unit_gives_no_packet(data: bytes) -> None:
    assert packetize_h264(data, 0, False) == []


@given(st.binary(min_size=1, max_size=6000), st.integers(0, 2**20))
def test_vp8_is_whole_after_the_journey(data: bytes, picture_id: int) -> None:
    payloads = packetize_vp8(data, picture_id, True)
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    parsed = [VpxPayloadDescriptor.parse(payload) for payload in payloads]
    assert b"".join(piece for _descriptor, piece in parsed) == data
    assert [d.partition_start for d, _piece in parsed] == [1] + [0] * (len(parsed) - 1)
    assert {d.picture_id for d, _piece in parsed} == {picture_id & 0x7FFF}


@pytest.mark.parametrize("keyframe", [True, False])
@pytest.mark.parametrize("size", [1, MAX_PAYLOAD - 3, MAX_PAYLOAD - 2, 5000])
def test_vp9_descriptors(size: int, keyframe: bool) -> None:
    data = bytes(index % 251 for index in range(size))
    payloads = packetize_vp9(data, 0x1ABCD, keyframe)
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    assert b"".join(payload[3:] for payload in payloads) == data
    begins = [bool(payload[0] & 0x08) for payload in payloads]
    ends = [bool(payload[0] & 0x04) for payload in payloads]
    assert begins == [True] + [False] * (len(payloads) - 1)
    assert ends == [False] * (len(payloads) - 1) + [True]
    assert {bool(payload[0] & 0x40) for payload in payloads} == {not keyframe}
    assert {payload[1:3] for payload in payloads} == {b"\xab\xcd"}


@pytest.mark.parametrize("size", [4000, 4001, 4592, 4593, 40_000])
def test_fragments_have_one_size_and_the_last_is_hardly_smaller(size: int) -> None:
    sizes = [len(payload) for payload in packetize_vp8(b"x" * size, 0, False)]
    assert len(sizes) == -(-size // (MAX_PAYLOAD - 4))
    assert len(set(sizes[:-1])) == 1
    assert 0 <= sizes[0] - sizes[-1] < len(sizes)
