"""What all encoders have in common: one picture in, one access unit out, no delay.

All are set up alike: no B-frames, no lookahead, an infinite group of pictures with a keyframe only on
demand, and a rate that is told as bits for a frame (`budget`).  `encoders.open_encoder` makes one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, cast

import av
from av.video.frame import PictureType

from .budget import NOMINAL_FPS, FrameBudget
from .cadence import REFINE_AT_S
from .codecs import CLOCK_RATE_HZ
from .convert import MATRIX_BT601, PRIMARIES_BT709, RANGE_LIMITED, TRANSFER_BT709

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

    from .choice import Effort
    from .codecs import Codec

#: Rate in bit/s beyond which a 1280x720 picture gets no better to the eye; other sizes scale with the square
#: root of their area, because detail grows more slowly than pixels.  The flow scene in full motion needs
#: 5-6 Mbit/s at crf 23 (39 dB).
CAP_BPS_720P = 6_000_000

#: Quantizer of H.264 below which nothing improves: what CBR must not spend its rate on when little moves.
MIN_QUANTIZER = 16

#: Pictures over which such an encoder's bits are counted.
GROUP = 4

#: How much an encoder whose frames have a fixed size may be off before a new one is better.
REOPEN_RATIO = 1.4


def rate_cap_bps(width: int, height: int) -> int:
    """Return the largest rate that a picture of this size may use."""
    return int(CAP_BPS_720P * (width * height / (1280 * 720)) ** 0.5)


class Encoder(ABC):
    """Encode pictures of one size with one codec.

    Parameters
    ----------
    codec : Codec
        What to encode.
    size : tuple of (int, int)
        Width and height in pixels, both even.
    budget : FrameBudget
        Rate to aim at; the encoder's own from now on.
    effort : Effort
        How hard it tries.
    """

    #: Ages in seconds at which an unchanged picture gets a step sharper, and the encodings that a step takes.
    refine_at_s: ClassVar[tuple[float, ...]] = REFINE_AT_S
    layers = 1

    def __init__(self, codec: Codec, size: tuple[int, int], budget: FrameBudget, effort: Effort) -> None:
        self.codec = codec
        self.size = size
        self.effort = effort
        self.budget = budget
        self._context = self._open()

    @property
    def rate_bps(self) -> int:
        """Rate that the encoder aims at, in bit/s."""
        return self.budget.rate_bps

    def set_rate(self, rate_bps: int, max_fps: float = NOMINAL_FPS) -> bool:
        """Aim at another rate from the next picture on; see `FrameBudget.aim`.

        Returns
        -------
        bool
            False where a new encoder, which starts with a keyframe, would meet the rate much better.
        """
        self.budget.aim(rate_bps, max_fps)
        return True

    def encode(self, picture: av.VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture.

        Parameters
        ----------
        picture : av.VideoFrame
            In the codec's pixel format and the encoder's size.
        rtp_time : int
            Time stamp in units of 1/90000 s, larger than the one before.
        keyframe : bool
            Whether the picture must be decodable by itself.

        Returns
        -------
        tuple of (bytes, bool)
            The access unit (H.264: Annex B with parameter sets in band), empty when the encoder chose to
            drop the picture, and whether it is a keyframe.
        """
        self.budget.passed(rtp_time)
        picture.pts = self._begin(rtp_time)
        picture.time_base = self._context.time_base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        packets = self._context.encode(picture)
        return b"".join(bytes(packet) for packet in packets), any(p.is_keyframe for p in packets)

    def blame(self) -> None:  # noqa: B027 - in software there is no other
        """Hear that it hangs: the next encoder should be another one, where there is a choice."""

    @abstractmethod
    def _open(self) -> VideoCodecContext:
        """Open libav's encoder; raises where it cannot be had."""

    @abstractmethod
    def _begin(self, rtp_time: int) -> int:
        """Tell the encoder what the next picture may cost, and return the time stamp to give it."""

    def _new_context(self, name: str, threads: int) -> VideoCodecContext:
        """Return a context with all that every encoder needs to know, not opened yet."""
        context = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
        context.width, context.height = self.size
        context.pix_fmt = self.codec.pixels
        context.time_base = Fraction(1, CLOCK_RATE_HZ)
        context.framerate = Fraction(NOMINAL_FPS, 1)
        context.color_range = RANGE_LIMITED
        context.colorspace = MATRIX_BT601
        context.color_primaries = PRIMARIES_BT709
        context.color_trc = TRANSFER_BT709
        context.thread_count = threads
        return context


class FixedFrames(Encoder):
    """An encoder whose frames keep the size for which it was opened (SVT-AV1, VP8).

    Neither takes a rate while it runs, and both count frames as if they came at `NOMINAL_FPS`.  That suffices
    for most changes: below some 2 Mbit/s the ladder answers a change of rate with a change of frame rate, and
    a frame's size stays the same.  What counts is therefore how often frames are meant to come: when a line
    narrows they still come faster for a while, and an encoder that was opened then had frames of half the
    size.  That made 9 new ones in 30 s of AV1 at 300 kbit/s, each with a keyframe; now it is 3.
    """

    def __init__(self, codec: Codec, size: tuple[int, int], budget: FrameBudget, effort: Effort) -> None:
        # What is asked for: SVT-AV1 spends up to half as much again where much moves (flow scene).
        self._frame_bits = budget.steady_bits / budget.excess
        #: Pictures encoded.
        self.frames = 0
        self._group_bits = 0.0
        super().__init__(codec, size, budget, effort)

    def set_rate(self, rate_bps: int, max_fps: float = NOMINAL_FPS) -> bool:
        """Aim at another rate as far as the frame rate alone brings it; see `Encoder.set_rate`."""
        super().set_rate(rate_bps, max_fps)
        bits = self.budget.steady_bits / self.budget.excess
        return max(bits, self._frame_bits) < REOPEN_RATIO * min(bits, self._frame_bits)

    def encode(self, picture: av.VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture; see `Encoder.encode`."""
        data, is_keyframe = super().encode(picture, rtp_time, keyframe=keyframe)
        # Single frames differ in size; and a keyframe's is no measure.
        self._group_bits += self._frame_bits if is_keyframe else 8 * len(data)
        if self.frames % GROUP == 0:
            self.budget.came(self._group_bits, GROUP * self._frame_bits)
            self._group_bits = 0.0
        return data, is_keyframe

    @property
    def _nominal_bps(self) -> int:
        return int(self._frame_bits * NOMINAL_FPS)

    def _begin(self, _rtp_time: int) -> int:
        self.frames += 1
        return self.frames * CLOCK_RATE_HZ // NOMINAL_FPS
