"""JPEG: within the budget, better at rest, then silent."""

from __future__ import annotations

import av
import numpy as np

from vizstream.media.budget import FrameBudget
from vizstream.media.codecs import JPEG
from vizstream.media.convert import Converter
from vizstream.media.encoders import open_encoder

SIZE = (320, 192)


def _picture(seed: int = 1) -> av.VideoFrame:
    """Return a picture that costs some bytes: blocks of random colours, and a red patch."""
    blocks = np.random.default_rng(seed).integers(0, 255, (24, 40, 3), np.uint8)
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[:, :, :3] = blocks.repeat(8, 0).repeat(8, 1)
    pixels[:64, :64, :3] = (200, 30, 30)
    return Converter(layout=JPEG.pixels).convert(pixels)


def _decode(data: bytes) -> np.ndarray:
    decoder = av.CodecContext.create("mjpeg", "r")
    return decoder.decode(av.Packet(data))[0].to_ndarray(format="rgb24")


def test_colours_are_those_of_the_full_range() -> None:
    data, key = open_encoder(JPEG, SIZE).encode(_picture(), 3000)
    assert key
    assert np.abs(_decode(data)[150, 20].astype(int) - (200, 30, 30)).max() <= 4


def test_frames_follow_the_budget() -> None:
    encoder = open_encoder(JPEG, SIZE, FrameBudget(8_000_000))
    sizes = {}
    time = 0
    for rate_bps in (2_000_000, 800_000, 1_400_000):
        encoder.set_rate(rate_bps, 30)
        for _step in range(20):
            time += 3000
            data = encoder.encode(_picture(time), time)[0]
        sizes[rate_bps] = len(data)
        assert len(data) * 8 <= 1.15 * rate_bps / 30
    assert sizes[800_000] < sizes[1_400_000] < sizes[2_000_000]


def test_at_rest_it_gets_better_and_then_falls_silent() -> None:
    encoder = open_encoder(JPEG, SIZE, FrameBudget(1_000_000))
    for step in range(1, 10):
        encoder.encode(_picture(step), 3000 * step)
    picture = _picture(10)
    sizes = [len(encoder.encode(picture, 30000 + 9000 * step)[0]) for step in range(10)]
    sent = [size for size in sizes if size]
    assert 3 <= len(sent) < 7
    assert sent == sorted(set(sent)), "each is better than the one before"
    assert sizes[len(sent) :] == [0] * (10 - len(sent))
    data, key = encoder.encode(picture, 200_000, keyframe=True)
    assert data, "but whoever joins gets it"
    assert key
