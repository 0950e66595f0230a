"""Cut encoded pictures into RTP payloads, once for all viewers.

Pure functions from bytes to bytes; the RTP header is each viewer's own (`vizstream.server.sender`).
"""

from __future__ import annotations

from collections.abc import Iterator

#: Largest RTP payload in bytes.  With RTP, extensions, SRTP, UDP and IP headers (12+20+16+8+40) this fits
#: into IPv6's minimum MTU of 1280, which is what VPNs and tunnels leave.
MAX_PAYLOAD = 1150

#: H.264 NAL unit types (ITU-T H.264, table 7-1) and the two that RFC 6184 adds.
_SEI, _AUD, _STAP_A, _FU_A = 6, 9, 24, 28


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of an Annex B byte stream, without start codes (ITU-T H.264, B.1)."""
    start = data.find(b"\0\0\1")
    while start >= 0:
        start += 3
        end = data.find(b"\0\0\1", start)
        unit = data[start:] if end < 0 else data[start:end].rstrip(b"\0")
        if unit:
            yield unit
        start = end


def packetize_h264(data: bytes, _picture_id: int, _keyframe: object, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Cut an Annex B access unit into RTP payloads (RFC 6184, packetization mode 1).

    Small neighbours (SPS, PPS, short slices) share a STAP-A, large units become FU-A fragments of equal size.
    SEI and access unit delimiters are dropped: no browser wants them, and x264's banner has 700 bytes.
    """
    payloads: list[bytes] = []
    group: list[bytes] = []
    group_size = 1

    def flush() -> None:
        nonlocal group_size
        if len(group) == 1:
            payloads.append(group[0])
        elif group:
            importance = max(unit[0] & 0x60 for unit in group)
            header = bytes([importance | _STAP_A])
            payloads.append(header + b"".join(len(unit).to_bytes(2, "big") + unit for unit in group))
        group.clear()
        group_size = 1

    for unit in split_annex_b(data):
        if unit[0] & 0x1F in (_SEI, _AUD):
            continue
        if len(unit) > limit:
            flush()
            payloads.extend(_fragment_h264(unit, limit))
            continue
        if group_size + 2 + len(unit) > limit:
            flush()
        group.append(unit)
        group_size += 2 + len(unit)
    flush()
    return payloads


def _fragment_h264(unit: bytes, limit: int) -> Iterator[bytes]:
    indicator, kind = (unit[0] & 0x60) | _FU_A, unit[0] & 0x1F
    pieces = list(_cut(unit[1:], limit - 2))
    for index, piece in enumerate(pieces):
        start = 0x80 if index == 0 else 0
        end = 0x40 if index == len(pieces) - 1 else 0
        yield bytes([indicator, start | end | kind]) + piece


def packetize_vp8(data: bytes, picture_id: int, _keyframe: object, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Cut a VP8 frame into RTP payloads (RFC 7741, section 4.2) with 15-bit picture ids."""
    tail = bytes([0x80]) + (0x8000 | picture_id & 0x7FFF).to_bytes(2, "big")
    return [
        bytes([0x80 | (0x10 if index == 0 else 0)]) + tail + piece
        for index, piece in enumerate(_cut(data, limit - 4))
    ]


def packetize_vp9(data: bytes, picture_id: int, keyframe: object, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Cut a VP9 frame into RTP payloads (RFC 9628, section 4.2): non-flexible mode, one layer."""
    pieces = list(_cut(data, limit - 3))
    identity = (0x8000 | picture_id & 0x7FFF).to_bytes(2, "big")
    payloads = []
    for index, piece in enumerate(pieces):
        flags = 0x80  # I: a picture id follows
        flags |= 0 if keyframe else 0x40  # P: predicted from earlier pictures
        flags |= 0x08 if index == 0 else 0  # B: begins the frame
        flags |= 0x04 if index == len(pieces) - 1 else 0  # E: ends it
        payloads.append(bytes([flags]) + identity + piece)
    return payloads


def _cut(data: bytes, limit: int) -> Iterator[bytes]:
    """Cut into the fewest pieces of at most `limit` bytes, all of one size but the last, a little smaller.

    Of one size, because Linux sends a run of equal datagrams with one call.
    """
    count = max(1, -(-len(data) // limit))
    size = -(-len(data) // count)
    for offset in range(0, max(1, len(data)), max(1, size)):
        yield data[offset : offset + size]
