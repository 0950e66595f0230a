"""Which codecs a viewer may be sent."""

from __future__ import annotations

import pytest

from vizstream.config import CODEC_CHOICES
from vizstream.media.codecs import CODECS, FAMILIES, JPEG, Codec, matches, named
from vizstream.media.h264 import LEVEL_IDC
from vizstream.media.packetizers import PACKETIZERS

Offered = list[tuple[str, dict[str, object]]]

_CHROMIUM: Offered = [
    ("video/VP8", {}),
    ("video/VP9", {"profile-id": 0}),
    ("video/VP9", {"profile-id": "2"}),
    ("video/VP9", {"profile-id": "1"}),
    *(
        (
            "video/H264",
            {"level-asymmetry-allowed": "1", "packetization-mode": mode, "profile-level-id": profile},
        )
        for profile in ("42001f", "42e01f", "4d001f", "64001f")
        for mode in "01"
    ),
    ("video/AV1", {"level-idx": "5", "profile": "0", "tier": "0"}),
    ("video/AV1", {"level-idx": "5", "profile": "1", "tier": "0"}),
    ("video/red", {}),
]
_FIREFOX: Offered = [("video/VP8", {"max-fs": 12288}), ("video/VP9", {"max-fs": 12288}), ("video/AV1", {})]


def _codec(name: str) -> Codec:
    return next(codec for codec in CODECS if codec.name == name)


@pytest.mark.parametrize(
    ("offered", "wanted", "expected"),
    [
        (_CHROMIUM, "auto", [("h264-high", 11), ("av1", 12), ("vp9", 1), ("vp9-444", 3), ("vp8", 0)]),
        (_FIREFOX, "auto", [("av1", 2), ("vp9", 1), ("vp8", 0)]),
        (_CHROMIUM[4:6], "auto", [("h264-baseline", 1)]),
        (_CHROMIUM[4:8], "auto", [("h264-baseline", 3)]),
        (_CHROMIUM[4:10], "auto", [("h264-main", 5)]),
        (_CHROMIUM, "h264", [("h264-high", 11)]),
        (_CHROMIUM, "vp9", [("vp9", 1), ("vp9-444", 3)]),
        (_CHROMIUM, "av1", [("av1", 12)]),
        (_CHROMIUM, "vp8", [("vp8", 0)]),
        (_FIREFOX, "h264", [("av1", 2), ("vp9", 1), ("vp8", 0)]),
        ([("video/H264", {"profile-level-id": "42e01f"}), ("video/VP8", {})], "auto", [("vp8", 1)]),
        ([("video/VP9", {"profile-id": "2"}), ("video/AV1", {"profile": "2"})], "auto", []),
        ([("video/rtx", {"apt": 96})], "auto", []),
        ([], "auto", []),
    ],
)
def test_all_that_both_sides_know(offered: Offered, wanted: str, expected: list[tuple[str, int]]) -> None:
    assert [(match.codec.name, match.entry) for match in matches(offered, wanted)] == expected


def test_the_level_is_ours_where_the_two_directions_may_differ() -> None:
    (match,) = matches(_CHROMIUM, "h264")
    assert match.codec.level_idc == LEVEL_IDC
    answer = match.codec.answer_parameters(_CHROMIUM[match.entry][1])
    assert answer == {
        "level-asymmetry-allowed": "1",
        "packetization-mode": "1",
        "profile-level-id": "640034",
    }


@pytest.mark.parametrize("asymmetry", [{}, {"level-asymmetry-allowed": "0"}])
def test_the_level_is_the_offers_where_they_must_be_the_same(asymmetry: dict[str, object]) -> None:
    offered: dict[str, object] = {"packetization-mode": "1", "profile-level-id": "640C1F", **asymmetry}
    (match,) = matches([("video/h264", offered)])
    assert match.codec.answer_parameters(offered)["profile-level-id"] == "640c1f"
    assert match.codec.max_pixels == 1280 * 720
    assert match.codec != _codec("h264-high"), "its pictures may be smaller, so it is encoded for itself"


def test_viewers_who_spell_the_profile_alike_share_an_encoder() -> None:
    def high(profile: str) -> Codec:
        parameters = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": profile}
        (match,) = matches([("video/H264", parameters)])
        return match.codec

    assert high("64001f") == high("640034")
    assert high("640c1f") != high("64001f"), "their streams differ in the constraint flags"


@pytest.mark.parametrize("level", ["09", "zz", ""])
def test_a_level_that_does_not_exist_is_not_agreed_to(level: str) -> None:
    offered: dict[str, object] = {"packetization-mode": "1", "profile-level-id": f"6400{level}"}
    assert matches([("video/H264", offered)]) == []


@pytest.mark.parametrize(
    ("name", "offered", "answer"),
    [
        ("av1", dict(_CHROMIUM[12][1]), dict(_CHROMIUM[12][1])),
        ("av1", {}, {}),
        ("vp9", {"max-fs": 12288}, {}),
        ("vp9-444", {"profile-id": 1}, {"profile-id": "1"}),
        ("vp8", {"max-fr": 60}, {}),
    ],
)
def test_the_answer_repeats_what_tells_codecs_apart(
    name: str, offered: dict[str, object], answer: dict[str, str]
) -> None:
    assert _codec(name).answer_parameters(offered) == answer


def test_every_codec_can_be_packetized_and_asked_for() -> None:
    assert {codec.mime_type for codec in (*CODECS, JPEG)} == set(PACKETIZERS)
    assert {codec.family for codec in CODECS} == set(FAMILIES)
    assert ("auto", *FAMILIES) == CODEC_CHOICES


def test_what_viewers_name_is_found_one_h264_at_most() -> None:
    names = ["vp8", "h264-baseline", "h264-high", "mpeg2", "jpeg"]
    assert [codec.name for codec in named(names)] == ["h264-high", "vp8"]
    assert [codec.name for codec in named(names, "vp8")] == ["vp8"]
    assert [codec.name for codec in named(names, "av1")] == ["h264-high", "vp8"]
    assert named(["jpeg"], "av1") == (JPEG,)
    assert named(["mpeg2"]) == ()
