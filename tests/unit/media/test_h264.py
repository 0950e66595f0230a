"""Sequence parameter sets that say what the session description says."""

from __future__ import annotations

import pytest

from vizstream.media.h264 import LEVEL_IDC, LEVELS, level_name, stamp

_SLICE = b"\0\0\1\x65" + b"\x67\x64\x00\x1f" * 3


def test_constraints_and_level_are_written_into_each_parameter_set() -> None:
    data = b"\0\0\0\1\x67\x64\x00\x1f\xac" + b"\0\0\1\x68\xee" + b"\0\0\1\x67\x64\x08\x28\xac" + _SLICE
    stamped = stamp(data, "640c", 0x34)
    assert stamped == data.replace(b"\x67\x64\x00\x1f\xac", b"\x67\x64\x0c\x34\xac").replace(
        b"\x67\x64\x08\x28", b"\x67\x64\x0c\x34"
    )
    assert stamped.endswith(_SLICE), "what follows is entropy-coded"


@pytest.mark.parametrize("data", [b"", b"\0\0\1", b"\0\0\1\x67", _SLICE])
def test_what_holds_no_parameter_set_stays(data: bytes) -> None:
    assert stamp(data, "42e0", 0x1F) == data


def test_another_profile_cannot_be_mended() -> None:
    with pytest.raises(ValueError, match="profile 100, not 66"):
        stamp(b"\0\0\1\x67\x64\x00\x1f\xac", "42e0", 0x34)


def test_our_level_admits_the_largest_picture() -> None:
    assert level_name(LEVEL_IDC) == "5.2"
    assert LEVELS[LEVEL_IDC] * 256 >= 3840 * 2160
