"""H.264's levels, and the three bytes of a stream that must say what the session description says.

A receiver may choose its decoder by ``profile-level-id`` (RFC 6184, section 8.1); some show black where the
stream then says something else.  So both say the same: the level of the largest picture that we ever send,
or, to a receiver that does not allow the two directions' levels to differ, the level of its offer, to which
its pictures are scaled down.
"""

from __future__ import annotations

#: Macroblocks of the largest picture of each level, by ``level_idc`` (ITU-T H.264, table A-1, MaxFS).
LEVELS = {
    10: 99,
    11: 396,
    12: 396,
    13: 396,
    20: 396,
    21: 792,
    22: 1620,
    30: 1620,
    31: 3600,
    32: 5120,
    40: 8192,
    41: 8192,
    42: 8704,
    50: 22080,
    51: 36864,
    52: 36864,
}

#: 5.2, which admits 3840x2160 at 60 frames/s.  All browsers offer 3.1 with ``level-asymmetry-allowed=1``,
#: which leaves the answer's level to us, and decode what comes.  One level for all sizes, because a window
#: may grow while the session lasts, and because viewers who differed only in it would need two encoders.
LEVEL_IDC = 52

#: Of a sequence parameter set: NAL unit type, and where profile, constraints and level stand (7.3.2.1.1).
_SPS = 7
_AT_CONSTRAINTS, _AT_LEVEL = 2, 3


def level_name(level_idc: int) -> str:
    """Return a level as encoders call it, such as ``"5.2"``."""
    return f"{level_idc // 10}.{level_idc % 10}"


def stamp(data: bytes, profile: str, level_idc: int) -> bytes:
    """Write constraint flags and level into the sequence parameter sets of an access unit.

    Encoders differ in the flags that they set for the same stream, and some choose the level themselves.  The
    three bytes are not entropy-coded, and none of the values that occur needs emulation prevention.

    Parameters
    ----------
    data : bytes
        Annex B.
    profile : str
        First four digits of ``profile-level-id``: profile and constraint flags.
    level_idc : int
        Level to declare.

    Returns
    -------
    bytes
        The same length.

    Raises
    ------
    ValueError
        Where the encoder made another profile than this one: that cannot be mended here.
    """
    stamped: bytearray | None = None
    start = data.find(b"\0\0\1")
    while start >= 0 and start + 3 + _AT_LEVEL < len(data):
        unit = start + 3
        if data[unit] & 0x1F == _SPS:
            if data[unit + 1] != int(profile[:2], 16):
                raise ValueError(f"the encoder made profile {data[unit + 1]}, not {int(profile[:2], 16)}")
            stamped = stamped or bytearray(data)
            stamped[unit + _AT_CONSTRAINTS] = int(profile[2:4], 16)
            stamped[unit + _AT_LEVEL] = level_idc
        elif data[unit] & 0x1F in (1, 5):
            break  # slices follow, parameter sets do not
        start = data.find(b"\0\0\1", unit)
    return data if stamped is None else bytes(stamped)
