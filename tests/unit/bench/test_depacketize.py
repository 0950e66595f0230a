"""What our packetizers cut is put together again."""

from __future__ import annotations

import numpy as np
import pytest

from vizstream.bench.depacketize import JOINERS
from vizstream.media.choice import EFFORTS
from vizstream.media.codecs import CODECS
from vizstream.media.convert import Converter
from vizstream.media.encoders import open_encoder
from vizstream.media.packetizers import PACKETIZERS

SIZE = (192, 128)
#: Annex B start codes of three bytes come out with four, and some units do not travel.
_SAME = ("video/VP9", "video/VP8")


@pytest.fixture(scope="module", params=["h264", "av1", "vp9", "vp8"])
def stream(request):
    """Return a codec, and three encoded pictures of noise, whose packets are many."""
    codec = next(codec for codec in CODECS if codec.family == request.param)
    effort = next(effort for effort in EFFORTS if effort.family == request.param)
    encoder = open_encoder(codec, SIZE, effort=effort)
    random, converter, pictures = np.random.default_rng(1), Converter(), []
    for number in range(3):
        pixels = random.integers(0, 255, (SIZE[1], SIZE[0], 4), np.uint8)
        pictures.append(encoder.encode(converter.convert(pixels), 3000 * (number + 1)))
    return codec, pictures


def test_what_was_cut_is_joined(stream):
    import av

    codec, pictures = stream
    cut, join = PACKETIZERS[codec.mime_type], JOINERS[codec.mime_type]
    decoder = av.CodecContext.create("libdav1d" if codec.family == "av1" else codec.family, "r")
    decoded = 0
    for number, (data, keyframe) in enumerate(pictures):
        payloads = cut(data, number, keyframe)
        assert len(payloads) > 1 or number
        joined, found = join(payloads)
        assert found == keyframe == (number == 0)
        if codec.mime_type in _SAME:
            assert joined == data
        decoded += len(decoder.decode(av.Packet(joined)))
    decoded += len(decoder.decode(None))
    assert decoded == 3


@pytest.mark.parametrize(
    ("mime_type", "payload"),
    [
        ("video/H264", b"\x7c\x05rest"),
        ("video/H264", b"\x1drest"),
        ("video/AV1", b"\x90rest"),
        ("video/AV1", b"\x00\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("video/VP9", b"\xa0\x00\x00"),
        ("video/VP8", b"\x90\x80\x00"),
    ],
)
def test_what_is_no_payload_is_refused(mime_type, payload):
    with pytest.raises(ValueError, match=mime_type.removeprefix("video/").replace("264", ".264")):
        JOINERS[mime_type]([payload])
