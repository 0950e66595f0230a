"""Which packetizer cuts which codec's pictures."""

from __future__ import annotations

from collections.abc import Callable

from .packetize import packetize_h264, packetize_vp8, packetize_vp9
from .packetize_av1 import packetize_av1

#: Packetizer of each MIME type: (encoded frame, picture id, is a keyframe) → payloads.
PACKETIZERS: dict[str, Callable[[bytes, int, bool], list[bytes]]] = {
    "video/H264": packetize_h264,
    "video/AV1": packetize_av1,
    "video/VP9": packetize_vp9,
    "video/VP8": packetize_vp8,
    "image/jpeg": lambda _data, _picture_id, _keyframe: [],  # never sent over RTP
}
