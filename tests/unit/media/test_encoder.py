"""Encoders: decodable, tagged, sharp when asked, small when nothing changes."""

from __future__ import annotations

import av
import numpy as np
import pytest

from vizstream.media.codecs import CODECS, Codec
from vizstream.media.convert import Converter
from vizstream.media.encoder import Encoder, buffer_bits, h264_level, rate_cap_bps
from vizstream.media.packetize import split_annex_b

_DECODERS = {"video/H264": "h264", "video/VP9": "vp9", "video/VP8": "vp8"}
_COLOURS = ((200, 40, 30), (20, 90, 220), (240, 240, 240), (10, 120, 40))


def _picture(width: int = 320, height: int = 192, shift: int = 0) -> av.VideoFrame:
    pixels = np.zeros((height, width, 4), np.uint8)
    for index, colour in enumerate(_COLOURS):
        pixels[:, index * width // 4 : (index + 1) * width // 4, :3] = colour
    pixels[shift : shift + 8, :, :3] = 255
    return Converter().convert(pixels)


def _decode(codec: Codec, packets: list[bytes]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create(_DECODERS[codec.mime_type], "r")
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return frames + decoder.decode(None)


@pytest.fixture(params=CODECS, ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    chosen: Codec = request.param
    return chosen


def test_colours_come_back_within_four_levels(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192)
    packets = [encoder.encode(_picture(), 3000 * step, keyframe=step == 0)[0] for step in range(1, 9)]
    rgb = _decode(codec, packets)[-1].to_ndarray(format="rgb24").astype(int)
    for index, colour in enumerate(_COLOURS):
        found = rgb[60:120, index * 80 + 20 : index * 80 + 60].mean(axis=(0, 1))
        assert np.abs(found - colour).max() <= 4, colour


def test_each_picture_is_one_access_unit_without_delay(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192)
    packets = [encoder.encode(_picture(shift=step), 3000 * step)[0] for step in range(1, 11)]
    assert all(packets)
    assert len(_decode(codec, packets)) == 10


def test_keyframes_come_only_when_asked(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192)
    keys = [
        encoder.encode(_picture(shift=step), 3000 * step, keyframe=step == 20)[1] for step in range(1, 60)
    ]
    assert [index + 1 for index, key in enumerate(keys) if key] == [1, 20]


def test_decoding_can_start_at_a_later_keyframe(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192)
    packets = [
        encoder.encode(_picture(shift=step), 3000 * step, keyframe=step == 5)[0] for step in range(1, 9)
    ]
    assert len(_decode(codec, packets[4:])) == 4


def test_a_still_scene_costs_almost_nothing(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192)
    sizes = [len(encoder.encode(_picture(), 3000 * step)[0]) for step in range(1, 40)]
    # At one keepalive in two seconds this is 200 bytes a second at most; VP8 is the largest.
    assert max(sizes[-5:]) < 400


@pytest.mark.parametrize("name", ["h264-high", "h264-baseline"])
def test_the_stream_says_what_the_session_description_says(name: str) -> None:
    codec = next(codec for codec in CODECS if codec.name == name)
    data, _key = Encoder(codec, 1280, 720).encode(_picture(1280, 720), 3000, keyframe=True)
    sequence = next(unit for unit in split_annex_b(data) if unit[0] & 0x1F == 7)
    profile_and_constraints, level = sequence[1:3].hex(), sequence[3]
    assert profile_and_constraints[:2] == codec.profiles[0][:2]
    assert level == 0x1F


def test_h264_is_tagged_bt601_limited() -> None:
    data, _key = Encoder(CODECS[0], 320, 192).encode(_picture(), 3000, keyframe=True)
    frame = _decode(CODECS[0], [data])[0]
    assert (int(frame.colorspace), int(frame.color_range)) == (6, 1)


@pytest.mark.parametrize(
    ("size", "level"),
    [((1280, 720), "3.1"), ((1282, 720), "4.0"), ((1920, 1080), "4.0"), ((3840, 2160), "5.1")],
)
def test_levels(size: tuple[int, int], level: str) -> None:
    assert h264_level(*size) == level


def test_larger_pictures_may_use_more() -> None:
    assert (
        rate_cap_bps(640, 360)
        < rate_cap_bps(1280, 720)
        < rate_cap_bps(1920, 1080)
        < 2 * rate_cap_bps(1280, 720)
    )


@pytest.mark.parametrize("codec", CODECS[:2], ids=lambda codec: codec.name)
def test_the_rate_of_h264_follows_without_a_keyframe(codec: Codec) -> None:
    noise = np.random.default_rng(7)
    frames = []
    for _frame in range(12):
        pixels = noise.integers(0, 255, (180, 320, 4), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
        frames.append(Converter().convert(np.ascontiguousarray(pixels)))
    encoder = Encoder(codec, 640, 360, 2_000_000)
    rates, keys, number = [], 0, 0
    for target in (2_000_000, 500_000, 4_000_000, 1_000_000):
        assert encoder.set_rate(target)
        sizes = []
        for _frame in range(60):
            number += 1
            data, key = encoder.encode(frames[number % 12], 3000 * number)
            sizes.append(len(data))
            keys += key
        rates.append(sum(sizes[20:]) * 8 * 30 / 40)
    assert keys == 1
    assert rates[0] == pytest.approx(2_000_000, rel=0.25)
    assert rates[1] < 750_000
    assert rates[2] > 2_500_000
    assert rates[3] < 1_400_000


@pytest.mark.parametrize("codec", CODECS[2:], ids=lambda codec: codec.name)
def test_the_rate_of_the_others_is_fixed(codec: Codec) -> None:
    encoder = Encoder(codec, 320, 192, 500_000)
    assert encoder.set_rate(500_000)
    assert not encoder.set_rate(300_000)
    assert encoder.rate_bps == 500_000


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_the_rate_holds_at_any_frame_rate(fps: int) -> None:
    noise = np.random.default_rng(7)
    frames = []
    for _frame in range(6):
        pixels = noise.integers(0, 255, (90, 160, 4), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
        frames.append(Converter().convert(np.ascontiguousarray(pixels)))
    encoder = Encoder(CODECS[0], 320, 180, 1_000_000)
    sizes = [len(encoder.encode(frames[number % 6], 90_000 // fps * number)[0]) for number in range(1, 121)]
    assert sum(sizes[30:]) * 8 * fps / 90 == pytest.approx(1_000_000, rel=0.25)


def test_keyframes_are_smaller_on_narrow_lines_and_in_small_pictures() -> None:
    assert buffer_bits(640, 360, 100_000) == 50_000
    assert buffer_bits(1280, 720, 600_000) == 200_000
    assert buffer_bits(1280, 720, 3_000_000) == 450_000
