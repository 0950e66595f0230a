"""The encoders: one picture in, one access unit out, no delay.

All are set up alike: no B-frames, no lookahead, an infinite group of pictures with a keyframe only on
demand, quality-led with a cap on the rate, so that a still scene decays to almost nothing.
"""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.video.frame import PictureType

from .codecs import CLOCK_RATE_HZ
from .convert import MATRIX_BT601, PRIMARIES_BT709, RANGE_LIMITED, TRANSFER_BT709

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

    from .codecs import Codec

#: Rate in bit/s beyond which a 1280x720 picture gets no better to the eye; other sizes scale with the square
#: root of their area, because detail grows more slowly than pixels.  The flow scene in full motion needs
#: 5-6 Mbit/s at crf 23 (39 dB).
CAP_BPS_720P = 6_000_000

#: Frames per second that x264 counts on.  zerolatency makes it count frames and not time, and undoing that
#: (force-cfr=0) costs a frame of delay.  So what it is told is the bits of a frame times this: at a target of
#: 1 Mbit/s, 60 and 12 frames/s otherwise gave 1982 and 396 kbit/s.
X264_FPS = 30
#: Longest and shortest interval between frames that is budgeted for, in seconds, and how fast it is followed.
MIN_INTERVAL_S, MAX_INTERVAL_S = 1 / 60, 0.2
INTERVAL_GAIN = 0.25
#: How much longer than meant an interval may be and still be budgeted for in full.
INTERVAL_SLACK = 1.25

#: x264's rate can be lowered and raised again on a running encoder only below the rate it was opened with,
#: and only in CBR.  Measured: 1 M → 300 k → 3 M without a keyframe, each met within 10-30 frames.
X264_OPEN_BPS = 60_000_000

#: x264's buffer, which is also the largest keyframe, in seconds of the rate that it was opened for, and at
#: least these bits at 1280x720, less for fewer pixels.  With a buffer of 1 Mbit, a change from 1 M to 300 k
#: took 60 frames instead of 10.  A keyframe is coarse, and as good as its neighbours after three or four of
#: them; until it has come, nothing else does: 0.3 s and 120 kbit were 0.8 s at 150 kbit/s.
BUFFER_S = 0.15
MIN_BUFFER_BITS_720P = 200_000

#: Quantizer below which nothing improves: what CBR must not spend its rate on when little moves.
MIN_QUANTIZER = 16

#: superfast costs 9.8 ms of CPU a frame at 720p of the flow scene, veryfast 12.5 ms for 20 % fewer bits,
#: ultrafast 5.6 ms for 2.8 dB less (one run, a slow machine; stock aiortc's medium costs 2.4 times veryfast).
PRESET = "superfast"

_X264 = {
    # animation adds 0.65 dB on flat shading.  The profile is set by the codec, the preset by `preset_for`.
    "tune": "animation,zerolatency",
    "forced-idr": "1",
    "x264-params": "keyint=infinite:min-keyint=1:scenecut=0:bframes=0:repeat-headers=1:log-level=none",
}

#: Threads of an encoder, each with a slice of the picture: a frame should be out soon.  One thread
#: took 12 ms at 720p on 2 cores, two take 7 ms, and the drag went from 36 to 44 frames/s.  Slices cost 3 %.
THREADS = 2

_VPX = {
    "deadline": "realtime",
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
    "g": "999999",
    "error-resilient": "0",
    "static-thresh": "0",
}

#: libav name and options of each codec's encoder.
_ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "h264-high": ("libx264", {**_X264, "profile": "high"}),
    "h264-baseline": ("libx264", {**_X264, "profile": "baseline"}),
    "vp9": ("libvpx-vp9", {**_VPX, "cpu-used": "8", "row-mt": "1", "crf": "30", "aq-mode": "3"}),
    "vp8": ("libvpx", {**_VPX, "cpu-used": "8", "crf": "20", "qmin": "4", "qmax": "56"}),
}


def h264_level(width: int, height: int) -> str:
    """Return the lowest H.264 level of 3.1, 4.0, 5.1 that admits the size (ITU-T H.264, table A-1)."""
    macroblocks = -(-width // 16) * -(-height // 16)
    if macroblocks <= 3600:
        return "3.1"
    return "4.0" if macroblocks <= 8192 else "5.1"


def rate_cap_bps(width: int, height: int) -> int:
    """Return the largest rate that a picture of this size may use."""
    return int(CAP_BPS_720P * (width * height / (1280 * 720)) ** 0.5)


def buffer_bits(width: int, height: int, rate_bps: float) -> int:
    """Return the bits that x264 may have ahead: the largest keyframe of a picture of this size."""
    least = MIN_BUFFER_BITS_720P * width * height / (1280 * 720)
    return int(max(least, BUFFER_S * rate_bps))


class Encoder:
    """Encode pictures of one size with one codec.

    Parameters
    ----------
    codec : Codec
        What to encode.
    width, height : int
        Size in pixels, both even.
    rate_bps : int, optional
        Rate to aim at; the cap for this size where it is not given.
    """

    def __init__(self, codec: Codec, width: int, height: int, rate_bps: int | None = None) -> None:
        name, options = _ENCODERS[codec.name]
        options = dict(options)
        self._rate_bps = rate_bps or rate_cap_bps(width, height)
        context = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
        context.width, context.height = width, height
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, CLOCK_RATE_HZ)
        context.framerate = Fraction(X264_FPS, 1)
        context.color_range = RANGE_LIMITED
        context.colorspace = MATRIX_BT601
        context.color_primaries = PRIMARIES_BT709
        context.color_trc = TRANSFER_BT709
        if name == "libx264":
            options["level"] = h264_level(width, height)
            options["preset"] = PRESET
            options["maxrate"] = str(X264_OPEN_BPS)
            options["bufsize"] = str(buffer_bits(width, height, self._rate_bps))
            context.bit_rate = X264_OPEN_BPS
            context.qmin = MIN_QUANTIZER
        else:
            context.bit_rate = self._rate_bps
        context.thread_count = min(THREADS, os.cpu_count() or 1)
        context.options = options
        if name == "libx264":
            context.open()
        self._context = context
        self._interval_s = 1 / X264_FPS
        self._longest_s = MAX_INTERVAL_S
        self._told_bps = 0
        self._rtp_time: int | None = None
        self.codec = codec
        self.size = (width, height)

    @property
    def rate_bps(self) -> int:
        """Rate that the encoder aims at, in bit/s."""
        return self._rate_bps

    def set_rate(self, rate_bps: int, max_fps: float = X264_FPS) -> bool:
        """Aim at another rate from the next picture on.

        Parameters
        ----------
        rate_bps : int
            In bit/s.
        max_fps : float
            Frames per second that are meant to come.  When fewer do, because the line is full, their bits are
            *not* saved up for larger frames, which would fill it for longer.

        Returns
        -------
        bool
            False where this encoder cannot do that while it runs (VP8, VP9): a new one is needed then, which
            starts with a keyframe.
        """
        if self._context.name != "libx264":
            return rate_bps == self._rate_bps
        self._rate_bps = rate_bps
        self._longest_s = min(MAX_INTERVAL_S, INTERVAL_SLACK / max_fps)
        return True

    def encode(self, picture: av.VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture.

        Parameters
        ----------
        picture : av.VideoFrame
            ``yuv420p``, of the encoder's size.
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
        if self._context.name == "libx264":
            self._budget(rtp_time)
        picture.pts = rtp_time
        picture.time_base = self._context.time_base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        packets = self._context.encode(picture)
        return b"".join(bytes(packet) for packet in packets), any(p.is_keyframe for p in packets)

    def _budget(self, rtp_time: int) -> None:
        """Tell x264 how many bits the next picture may have, in its own terms."""
        if self._rtp_time is not None:
            passed_s = (rtp_time - self._rtp_time) / CLOCK_RATE_HZ
            passed_s = min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, passed_s))
            self._interval_s += INTERVAL_GAIN * (passed_s - self._interval_s)
        self._rtp_time = rtp_time
        interval_s = min(self._interval_s, self._longest_s)
        rate_bps = min(X264_OPEN_BPS, int(self._rate_bps * interval_s * X264_FPS))
        # Each change makes x264 set its rate control up anew; small ones are not worth it.
        if abs(rate_bps - self._told_bps) > 0.03 * rate_bps:
            self._told_bps = self._context.bit_rate = rate_bps
