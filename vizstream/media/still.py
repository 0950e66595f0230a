"""The picture of a scene at rest: bit for bit what OpenGL drew, and what browsers decode without loss.

Lossless WebP, cut into strips: each is a WebP file of its own, so that encoding can stop within some
milliseconds, the first strip travels while the next is made, and a viewer decodes while the rest arrives.

Measured, one thread, 720p, multisampled (kB, ms of CPU):

======================  ==========  ==========  ==========  ==========  ==========  ==========
format                  flow        molecule    plain_vtk   terrain     volume      widgets
======================  ==========  ==========  ==========  ==========  ==========  ==========
PNG, mixed filters, 6   413   27    613  187    367  127    120   27    249   67    601  186
WebP, one picture, 2    317  296    439  540    254  407     82  213    153  249    417  549
**16 strips, 2, q50**   320  208    427  297    220  203     81   69    167  168    394  309
15 strips, 4, q50       308  588
16 strips, 6, q75       303 1527    414 1239    212  383     77  374    174  632    387 1184
FFV1 (for comparison)   344   62    374   48                101   25                366   46
======================  ==========  ==========  ==========  ==========  ==========  ==========

JPEG-LS, lossless VP9 and H.264 are 20 to 60 % larger.  At 1080p the sizes of one picture are 1.8 to 2.1 times
those at 720p.  Strips cost nothing: each has codes and predictors of its own, which fit it better.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np

from .convert import MATRIX_BT601, RANGE_FULL

if TYPE_CHECKING:
    import numpy.typing as npt
    from av.video.codeccontext import VideoCodecContext

    from vizstream.ipc.frame_ring import FrameInfo

    Pixels = npt.NDArray[np.uint8]

#: Rows of a strip.
STRIP_ROWS = 48


@dataclass(frozen=True)
class StillEffort:
    """How hard to try to make a strip small.

    Parameters
    ----------
    level, quality : int
        On libwebp's own scales.
    strip_s : float
        CPU seconds for a strip 1280 pixels wide, at most (flow; the others need less, see the table above).
    """

    level: int
    quality: int
    strip_s: float


#: Quickest first.
EFFORTS = (StillEffort(2, 50, 0.017), StillEffort(4, 50, 0.052), StillEffort(6, 75, 0.134))

#: How many times its CPU seconds a strip may take on a machine that is slower, or does other things as well.
SLOWNESS = 2.0

#: JPEG quantizers that a draft is tried with, best first; each try costs 10 ms at 720p.
DRAFT_QUANTIZERS = (4, 8, 14, 22)

#: Size in bytes that a draft should not exceed: 1.6 s of a line of 300 kbit/s.
DRAFT_BYTES = 60_000


@dataclass(frozen=True)
class StillPicture:
    """A picture that has come to rest.

    Parameters
    ----------
    info : FrameInfo
        Of the frame that it was.
    bgra : ndarray of uint8, shape (height, width, 4)
        Blue, green, red, and an alpha of 255; rows top-down.
    """

    info: FrameInfo
    bgra: Pixels

    def sha256(self) -> str:
        """Return the hash of the picture's bytes as RGB, rows top-down, in hexadecimal; 10 ms at 720p."""
        return hashlib.sha256(np.ascontiguousarray(self.bgra[:, :, 2::-1]).data).hexdigest()

    def strips(self) -> list[Pixels]:
        """Return the picture cut into strips of `STRIP_ROWS`, the last one maybe lower; nothing is copied."""
        return [self.bgra[top : top + STRIP_ROWS] for top in range(0, len(self.bgra), STRIP_ROWS)]


def top_down_bgra(pixels: Pixels) -> Pixels:
    """Copy a bottom-up RGBA picture into a top-down BGRA one.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 4)
        C-contiguous.  Its alpha is ignored: OpenGL leaves 0 behind the scene, and WebP encoders feel free to
        change colours that nobody would see.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        With an alpha of 255.
    """
    rgba = pixels[::-1].view("<u4")
    bgra = np.right_shift(rgba, 16) & 0xFF
    bgra |= np.left_shift(rgba, 16) & 0xFF0000
    bgra |= rgba & 0xFF00
    bgra |= 0xFF000000
    whole: Pixels = bgra.view(np.uint8)
    return whole


def best_effort(spare_s: float, width: int) -> StillEffort:
    """Return the greatest effort with which a strip is ready before the line has sent what there is.

    Parameters
    ----------
    spare_s : float
        Seconds for which the line is busy with the strips made so far.
    width : int
        Of the strip, in pixels.
    """
    fits = [effort for effort in EFFORTS if SLOWNESS * effort.strip_s * width / 1280 <= spare_s]
    return fits[-1] if fits else EFFORTS[0]


def encode_lossless(bgra: Pixels, effort: StillEffort = EFFORTS[0]) -> bytes:
    """Encode a strip as lossless WebP.

    Parameters
    ----------
    bgra : ndarray of uint8, shape (height, width, 4)
        C-contiguous, alpha 255.
    effort : StillEffort, optional
        The quickest where it is left out.
    """
    options = {
        "lossless": "1",
        "compression_level": str(effort.level),
        "quality": str(effort.quality),
    }
    return _encode("libwebp", av.VideoFrame.from_numpy_buffer(bgra, format="bgra"), options)


def encode_png(bgra: Pixels) -> bytes:
    """Encode a whole picture as PNG, for whoever wants a file; 40 ms at 720p.

    Parameters
    ----------
    bgra : ndarray of uint8, shape (height, width, 4)
        C-contiguous.
    """
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgra[:, :, 2::-1]), format="rgb24")
    return _encode("png", frame, {"pred": "mixed"})


def encode_draft(bgra: Pixels) -> bytes:
    """Encode a whole picture as the best JPEG of `DRAFT_BYTES`, with colours in full resolution (4:4:4).

    Parameters
    ----------
    bgra : ndarray of uint8, shape (height, width, 4)
        C-contiguous.
    """
    frame = av.VideoFrame.from_numpy_buffer(bgra, format="bgra")
    yuv = frame.reformat(format="yuvj444p", dst_colorspace=MATRIX_BT601, dst_color_range=RANGE_FULL)
    data = b""
    for quantizer in map(str, DRAFT_QUANTIZERS):
        data = _encode("mjpeg", yuv, {"qmin": quantizer, "qmax": quantizer, "huffman": "optimal"})
        if len(data) <= DRAFT_BYTES:
            break
    return data


def _encode(name: str, frame: av.VideoFrame, options: dict[str, str]) -> bytes:
    context = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
    context.width, context.height, context.pix_fmt = frame.width, frame.height, frame.format.name
    context.time_base = Fraction(1, 25)
    context.thread_count = 1
    if name == "mjpeg":
        context.color_range = RANGE_FULL
    context.options = options
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
