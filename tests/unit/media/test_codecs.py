"""Which codec a viewer gets."""

from __future__ import annotations

import pytest

from vizstream.media.codecs import CODECS, choose
from vizstream.media.packetize import PACKETIZERS

_CHROMIUM = [
    ("video/VP8", {}),
    ("video/VP9", {"profile-id": 0}),
    ("video/VP9", {"profile-id": "2"}),
    ("video/H264", {"packetization-mode": "1", "profile-level-id": "42001f"}),
    ("video/H264", {"packetization-mode": "0", "profile-level-id": "64001f"}),
    ("video/H264", {"packetization-mode": "1", "profile-level-id": "64001f"}),
    ("video/AV1", {"profile": "0"}),
    ("video/red", {}),
]


@pytest.mark.parametrize(
    ("offered", "name", "index"),
    [
        (_CHROMIUM, "h264-high", 5),
        (
            [("video/VP8", {}), ("video/h264", {"packetization-mode": 1, "profile-level-id": "640C1F"})],
            "h264-high",
            1,
        ),
        ([("video/H264", {"packetization-mode": "1"}), ("video/VP8", {})], "h264-baseline", 0),
        ([("video/H264", {"profile-level-id": "42e01f"}), ("video/VP8", {})], "vp8", 1),
        ([("video/VP8", {}), ("video/VP9", {"profile-id": "0"})], "vp9", 1),
        ([("video/VP9", {"profile-id": "1"}), ("video/VP8", {})], "vp8", 1),
    ],
)
def test_the_best_codec_in_common(
    offered: list[tuple[str, dict[str, object]]], name: str, index: int
) -> None:
    choice = choose(offered)
    assert choice is not None
    assert (choice[0].name, choice[1]) == (name, index)


@pytest.mark.parametrize("offered", [[], [("video/AV1", {})], [("video/rtx", {"apt": 96})]])
def test_nothing_in_common(offered: list[tuple[str, dict[str, object]]]) -> None:
    assert choose(offered) is None


def test_every_codec_can_be_packetized() -> None:
    assert {codec.mime_type for codec in CODECS} == set(PACKETIZERS)
