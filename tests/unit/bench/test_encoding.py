from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from vizstream.bench.encoding import codecs_for, efforts_for, encode, packetize, there_and_back, usual_effort
from vizstream.bench.sending import send
from vizstream.media.choice import HARDWARE
from vizstream.media.convert import Converter
from vizstream.media.machine import Machine

SIZE = (192, 128)


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(1)
    return [Converter().convert(random.integers(0, 255, (SIZE[1], SIZE[0], 4), np.uint8)) for _n in range(3)]


def test_pictures_go_there_and_back():
    assert list(islice(there_and_back([1, 2, 3]), 9)) == [1, 2, 3, 2, 1, 2, 3, 2, 1]
    assert list(islice(there_and_back([1]), 3)) == [1, 1, 1]


def test_one_codec_of_each_family_or_the_one_that_was_asked_for():
    assert [codec.family for codec in codecs_for("auto")] == ["h264", "av1", "vp9", "vp8"]
    assert [codec.name for codec in codecs_for("vp9")] == ["vp9"]


def test_hardware_is_measured_where_it_works():
    (codec,) = codecs_for("h264")
    machine = Machine(cores=2)
    assert HARDWARE not in efforts_for(codec, machine)
    machine.hardware = ("h264_nvenc",)
    assert efforts_for(codec, machine)[0] is HARDWARE
    assert HARDWARE not in efforts_for(codecs_for("av1")[0], machine)


def test_from_a_picture_to_its_packets_on_the_line(pictures):
    (codec,) = codecs_for("h264")
    machine = Machine(cores=2)
    row, encoded = encode(codec, usual_effort(codec, SIZE, machine), machine, pictures, 0.01)
    assert (row.width, row.height, row.codec) == (*SIZE, "h264")
    assert len(encoded) > 4
    assert encoded[0][1]
    assert row.bytes > 100
    cut, frames = packetize(codec, encoded, SIZE)
    assert cut.name == "packetize"
    assert [keyframe for _payloads, keyframe in frames] == [keyframe for _data, keyframe in encoded]
    sent = send(codec, frames, SIZE)
    assert sent.name == "send"
    assert 0 < sent.ms <= sent.p95_ms
