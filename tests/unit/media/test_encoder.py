"""Encoders: decodable, tagged, sharp when asked, small when nothing changes."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest

from vizstream.media import hardware
from vizstream.media.budget import FrameBudget
from vizstream.media.choice import EFFORTS, HARDWARE, Effort
from vizstream.media.codecs import CODECS, JPEG, Codec, matches
from vizstream.media.convert import Converter
from vizstream.media.encoder import rate_cap_bps
from vizstream.media.encoders import open_encoder
from vizstream.media.h264 import LEVEL_IDC
from vizstream.media.machine import Machine
from vizstream.media.packetize import split_annex_b
from vizstream.media.packetize_av1 import split_obus
from vizstream.media.x264 import buffer_bits

_DECODERS = {"h264": "h264", "av1": "libdav1d", "vp9": "vp9", "vp8": "vp8", "jpeg": "mjpeg"}
_COLOURS = ((200, 40, 30), (20, 90, 220), (240, 240, 240), (10, 120, 40))


def _picture(codec: Codec, width: int = 320, height: int = 192, shift: int = 0) -> av.VideoFrame:
    pixels = np.zeros((height, width, 4), np.uint8)
    for index, colour in enumerate(_COLOURS):
        pixels[:, index * width // 4 : (index + 1) * width // 4, :3] = colour
    pixels[shift : shift + 8, :, :3] = 255
    return Converter(layout=codec.pixels).convert(pixels)


def _decode(codec: Codec, packets: list[bytes]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create(_DECODERS[codec.family], "r")
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return frames + decoder.decode(None)


@pytest.fixture(params=CODECS, ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    chosen: Codec = request.param
    return chosen


def test_colours_come_back_within_four_levels(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192))
    packets = [encoder.encode(_picture(codec), 3000 * step, keyframe=step == 0)[0] for step in range(1, 9)]
    rgb = _decode(codec, packets)[-1].to_ndarray(format="rgb24").astype(int)
    for index, colour in enumerate(_COLOURS):
        found = rgb[60:120, index * 80 + 20 : index * 80 + 60].mean(axis=(0, 1))
        assert np.abs(found - colour).max() <= 4, colour


def test_each_picture_is_one_access_unit_without_delay(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192))
    packets = [encoder.encode(_picture(codec, shift=step), 3000 * step)[0] for step in range(1, 11)]
    assert all(packets)
    assert len(_decode(codec, packets)) == 10


def test_keyframes_come_only_when_asked(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192))
    keys = [
        encoder.encode(_picture(codec, shift=step), 3000 * step, keyframe=step == 20)[1]
        for step in range(1, 60)
    ]
    assert [index + 1 for index, key in enumerate(keys) if key] == [1, 20]


def test_decoding_can_start_at_a_later_keyframe(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192))
    packets = [
        encoder.encode(_picture(codec, shift=step), 3000 * step, keyframe=step == 5)[0]
        for step in range(1, 9)
    ]
    assert len(_decode(codec, packets[4:])) == 4


def test_a_still_scene_costs_almost_nothing(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192))
    sizes = [len(encoder.encode(_picture(codec), 3000 * step)[0]) for step in range(1, 40)]
    # At one keepalive in two seconds this is 200 bytes a second at most; VP8 is the largest.
    assert max(sizes[-5:]) < 400


H264 = [codec for codec in CODECS if codec.family == "h264"]


@pytest.mark.parametrize("profile", [profile for codec in H264 for profile in codec.profiles])
@pytest.mark.parametrize("size", [(320, 192), (1280, 720), (1920, 1080)])
def test_the_stream_says_what_the_session_description_says(profile: str, size: tuple[int, int]) -> None:
    offered = {
        "profile-level-id": f"{profile}1f",
        "packetization-mode": "1",
        "level-asymmetry-allowed": "1",
    }
    (match,) = matches([("video/H264", offered)])
    data, _key = open_encoder(match.codec, size).encode(_picture(match.codec, *size), 3000, keyframe=True)
    sequence = next(unit for unit in split_annex_b(data) if unit[0] & 0x1F == 7)
    assert sequence[1:4].hex() == match.codec.answer_parameters(offered)["profile-level-id"]
    assert sequence[1:4].hex() == f"{profile}{LEVEL_IDC:02x}"


def test_a_lower_level_is_in_the_stream_too() -> None:
    codec = replace(H264[0], level_idc=31)
    data, _key = open_encoder(codec, (1280, 720)).encode(_picture(codec, 1280, 720), 3000, keyframe=True)
    assert next(unit for unit in split_annex_b(data) if unit[0] & 0x1F == 7)[3] == 31


@pytest.mark.parametrize("codec", [CODECS[0], CODECS[3]], ids=lambda codec: codec.name)
def test_colours_are_tagged_bt601_limited(codec: Codec) -> None:
    data, _key = open_encoder(codec, (320, 192)).encode(_picture(codec), 3000, keyframe=True)
    frame = _decode(codec, [data])[0]
    assert (int(frame.colorspace), int(frame.color_range)) == (6, 1)


def test_an_av1_keyframe_carries_its_sequence_header() -> None:
    codec = next(codec for codec in CODECS if codec.name == "av1")
    encoder = open_encoder(codec, (320, 192))
    kinds = []
    for step in range(1, 8):
        data, _key = encoder.encode(_picture(codec, shift=step), 3000 * step, keyframe=step in (1, 6))
        kinds.append({unit[0] >> 3 & 15 for unit in split_obus(data)})
    assert [1 in kind for kind in kinds] == [True, False, False, False, False, True, False]


def test_full_chroma_keeps_thin_coloured_lines() -> None:
    pixels = np.full((192, 320, 4), 255, np.uint8)
    pixels[::8, :, :3] = (220, 30, 30)
    errors = {}
    for name in ("vp9", "vp9-444"):
        codec = next(codec for codec in CODECS if codec.name == name)
        encoder = open_encoder(codec, (320, 192))
        picture = Converter(layout=codec.pixels).convert(pixels)
        packets = [encoder.encode(picture, 3000 * step)[0] for step in range(1, 12)]
        rgb = _decode(codec, packets)[-1].to_ndarray(format="rgb24").astype(int)
        errors[name] = np.abs(rgb[::-1][8:184:8] - (220, 30, 30)).max()
    assert errors["vp9-444"] <= 16
    assert errors["vp9"] > 40


def test_larger_pictures_may_use_more() -> None:
    assert (
        rate_cap_bps(640, 360)
        < rate_cap_bps(1280, 720)
        < rate_cap_bps(1920, 1080)
        < 2 * rate_cap_bps(1280, 720)
    )


def _noise(size: tuple[int, int], codec: Codec, count: int) -> list[av.VideoFrame]:
    noise = np.random.default_rng(7)
    frames = []
    for _frame in range(count):
        grey = noise.integers(72, 184, (size[1] // 2, size[0] // 2, 1), dtype=np.uint8)
        pixels = np.ascontiguousarray(grey.repeat(2, 0).repeat(2, 1).repeat(4, 2))
        frames.append(Converter(layout=codec.pixels).convert(pixels))
    return frames


@pytest.mark.parametrize("codec", [*H264, *CODECS[4:6]], ids=lambda codec: codec.name)
def test_the_rate_of_h264_and_vp9_follows_without_a_keyframe(codec: Codec) -> None:
    frames = _noise((640, 360), codec, 18)
    encoder = open_encoder(codec, (640, 360), FrameBudget(2_000_000))
    rates, keys, number = [], 0, 0
    for target in (2_000_000, 700_000, 4_000_000, 1_000_000):
        assert encoder.set_rate(target)
        assert encoder.rate_bps == target
        sizes = []
        for _frame in range(60):
            number += 1
            data, key = encoder.encode(frames[number % 18], 3000 * number)
            sizes.append(len(data))
            keys += key
        rates.append(sum(sizes[20:]) * 8 * 30 / 40)
    assert keys == 1
    assert rates[0] == pytest.approx(2_000_000, rel=0.25)
    assert rates[1] < 1_000_000
    assert rates[2] > 2_500_000
    assert rates[3] < 1_400_000


@pytest.mark.parametrize("codec", [CODECS[3], CODECS[6]], ids=lambda codec: codec.name)
def test_frames_of_the_others_keep_their_size(codec: Codec) -> None:
    encoder = open_encoder(codec, (320, 192), FrameBudget(500_000))
    assert encoder.set_rate(500_000)
    assert encoder.set_rate(400_000)
    assert not encoder.set_rate(300_000)
    assert not encoder.set_rate(800_000)


def test_a_change_of_rate_that_the_frame_rate_meets_needs_no_new_encoder() -> None:
    budget = FrameBudget(500_000)
    budget.aim(500_000, 16)
    encoder = open_encoder(CODECS[3], (320, 192), budget)
    picture = _picture(CODECS[3])
    for rate, fps in ((500_000, 16), (250_000, 8), (750_000, 24)):
        for _frame in range(30):
            encoder.encode(picture, (encoder.frames + 1) * 90_000 // fps)
        assert encoder.set_rate(rate, fps)


@pytest.mark.parametrize("codec", [CODECS[0], *CODECS[3:]], ids=lambda codec: codec.name)
@pytest.mark.parametrize("fps", [10, 30, 60])
def test_the_rate_holds_at_any_frame_rate(fps: int, codec: Codec) -> None:
    frames = _noise((320, 180), codec, 18)
    budget = FrameBudget(1_000_000)
    for step in range(30):
        budget.passed(step * 90_000 // fps)
    budget = FrameBudget(1_000_000) if codec.family in ("h264", "vp9") else budget
    encoder = open_encoder(codec, (320, 180), budget)
    sizes = [len(encoder.encode(frames[number % 18], 90_000 // fps * number)[0]) for number in range(30, 151)]
    assert sum(sizes[30:]) * 8 * fps / 91 == pytest.approx(1_000_000, rel=0.25)


def test_keyframes_are_smaller_on_narrow_lines_and_in_small_pictures() -> None:
    assert buffer_bits(640, 360, 100_000) == 50_000
    assert buffer_bits(1280, 720, 600_000) == 200_000
    assert buffer_bits(1280, 720, 3_000_000) == 450_000


def _waves(size: tuple[int, int], codec: Codec, count: int) -> list[av.VideoFrame]:
    """Something detailed that moves smoothly, as scenes do."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    frames = []
    for step in range(count):
        grey = 128 + 60 * np.sin((x + 3 * step) / 4) * np.cos((y - 2 * step) / 5) + 40 * np.sin(x * y / 900)
        pixels = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 4, 2)
        frames.append(Converter(layout=codec.pixels).convert(np.ascontiguousarray(pixels)))
    return frames


@pytest.mark.parametrize("effort", [e for e in EFFORTS if e.family == "av1"], ids=lambda e: e.preset)
def test_frames_of_av1_are_alike_and_its_keyframes_no_larger_than_a_few(effort: Effort) -> None:
    """A frame of twice the mean is late on a narrow line; a keyframe of a second's bits is a freeze."""
    codec, budget = CODECS[3], FrameBudget(300_000)
    budget.aim(300_000, 15)
    encoder = open_encoder(codec, (480, 270), budget, effort)
    frames = _waves((480, 270), codec, 60)
    sizes = [len(encoder.encode(frame, 6000 * step)[0]) for step, frame in enumerate(frames, 1)]
    mean = sum(sizes[15:]) / len(sizes[15:])
    assert max(sizes[15:]) < 1.8 * mean
    assert sizes[0] * 8 < 0.3 * 300_000


@pytest.mark.parametrize("effort", EFFORTS, ids=lambda effort: f"{effort.family}-{effort.preset}")
def test_every_preset_works(effort: Effort) -> None:
    codec = next(codec for codec in (*CODECS, JPEG) if codec.family == effort.family)
    encoder = open_encoder(codec, (320, 192), FrameBudget(500_000), effort)
    data, key = encoder.encode(_picture(codec), 3000)
    assert key
    assert len(_decode(codec, [data])) == 1


def test_hardware_that_cannot_be_opened_is_replaced_by_software(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    machine.hardware = ("h264_fake", "h264_nvenc")
    encoder = open_encoder(CODECS[0], (320, 192), effort=HARDWARE, machine=machine)
    assert machine.hardware == ()
    assert encoder.encode(_picture(CODECS[0]), 3000)[1]
    assert "h264_fake failed, the CPU encodes" in caplog.text


@pytest.mark.parametrize("live", [False, True])
def test_hardware_that_works_is_used_until_it_fails(live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # x264 stands in for hardware: a device that is not here.
    monkeypatch.setattr(hardware, "_LIVE", ("libx264",) if live else ())
    monkeypatch.setattr(hardware, "_OPTIONS", {"libx264": {"tune": "zerolatency", "forced-idr": "1"}})
    machine = Machine()
    machine.hardware = ("libx264",)
    codec = CODECS[2]
    encoder = open_encoder(codec, (320, 192), effort=HARDWARE, machine=machine)
    assert encoder.effort is HARDWARE
    pictures = [_picture(codec, shift=step) for step in range(4)]
    packets = [encoder.encode(pictures[at], 3000 * at, keyframe=at == 2) for at in range(4)]
    assert [key for _data, key in packets] == [True, False, True, False]
    assert len(_decode(codec, [data for data, _key in packets])) == 4
    sequence = next(unit for unit in split_annex_b(packets[0][0]) if unit[0] & 0x1F == 7)
    assert sequence[1:4].hex() == "42e034"
    assert encoder.set_rate(100_000) == live

    def lost(*_args: object) -> bytes:
        raise OSError("the device is gone")

    monkeypatch.setattr(hardware, "stamp", lost)
    with pytest.raises(OSError, match="gone"):
        encoder.encode(pictures[0], 30_000, keyframe=True)
    assert machine.hardware == ()
    assert open_encoder(codec, (320, 192), effort=HARDWARE, machine=machine).effort is not HARDWARE
