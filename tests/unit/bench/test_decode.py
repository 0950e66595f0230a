from __future__ import annotations

import time

import numpy as np
import pytest

from vizstream.bench.assemble import Assembled
from vizstream.bench.decode import Decoder
from vizstream.media.choice import EFFORTS
from vizstream.media.codecs import CODECS
from vizstream.media.convert import Converter
from vizstream.media.encoders import open_encoder
from vizstream.media.packetizers import PACKETIZERS

SIZE = (192, 128)


def pictures(family: str, count: int = 6) -> list[tuple[str, Assembled]]:
    codec = next(codec for codec in CODECS if codec.family == family)
    effort = next(effort for effort in EFFORTS if effort.family == family)
    encoder = open_encoder(codec, SIZE, effort=effort)
    converter, found = Converter(), []
    for number in range(count):
        pixels = np.full((SIZE[1], SIZE[0], 4), 40 * number, np.uint8)
        data, keyframe = encoder.encode(converter.convert(pixels), 3000 * (number + 1))
        payloads = PACKETIZERS[codec.mime_type](data, number, keyframe)
        found.append((codec.mime_type, Assembled(number * 2, 97, payloads)))
    return found


class Watched:
    """A decoder, and what it said."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.lost = 0
        self.decoder = Decoder(self._show, self._lose)

    def _show(self, stamp: int, at_ns: int, size: tuple[int, int]) -> None:
        assert at_ns <= time.monotonic_ns()
        assert size == SIZE
        self.shown.append(stamp)

    def _lose(self) -> None:
        self.lost += 1

    def until(self, condition) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, (self.shown, self.lost)
            time.sleep(0.005)


@pytest.mark.parametrize("family", ["h264", "av1", "vp9", "vp8"])
def test_each_picture_comes_out_before_the_next_one_is_in(family):
    watched = Watched()
    for mime_type, picture in pictures(family):
        watched.decoder.put(mime_type, picture)
        watched.until(lambda: watched.shown[-1:] == [picture.stamp])  # noqa: B023
    assert watched.lost == 0


def test_the_codec_may_change():
    watched = Watched()
    for mime_type, picture in [*pictures("vp8", 2), *pictures("h264", 2)]:
        watched.decoder.put(mime_type, picture)
    watched.until(lambda: len(watched.shown) == 4)


def test_after_a_loss_only_a_keyframe_helps():
    watched = Watched()
    first, second, third, *_rest = pictures("vp9")
    watched.decoder.put(*first)
    watched.until(lambda: watched.shown == [0])
    watched.decoder.lose()
    assert watched.lost == 1
    for mime_type, picture in (second, third, first):
        watched.decoder.put(mime_type, picture)
    watched.until(lambda: watched.shown == [0, 0])


def test_what_is_no_picture_asks_for_a_keyframe():
    watched = Watched()
    mime_type, picture = pictures("h264", 1)[0]
    watched.decoder.put(mime_type, picture._replace(payloads=[b"\x1fnonsense"]))
    watched.until(lambda: watched.lost == 1)
    watched.decoder.put(mime_type, picture)
    watched.until(lambda: watched.shown == [0])
