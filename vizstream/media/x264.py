"""H.264 by x264: the cheapest encoder, and the only one whose rate is made to be changed while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .budget import NOMINAL_FPS
from .encoder import MIN_QUANTIZER, Encoder
from .h264 import level_name, stamp

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

#: x264's rate can be lowered and raised again on a running encoder only below the rate it was opened with,
#: and only in CBR.  Measured: 1 M → 300 k → 3 M without a keyframe, each met within 10-30 frames.
#: zerolatency makes it count frames and not time, and undoing that (force-cfr=0) costs a frame of delay: so
#: it is told the bits of a frame times `NOMINAL_FPS`.
OPEN_BPS = 60_000_000

#: x264's buffer, which is also the largest keyframe, in seconds of the rate that it was opened for, and at
#: least these bits at 1280x720, less for fewer pixels.  With a buffer of 1 Mbit, a change from 1 M to 300 k
#: took 60 frames instead of 10.  A keyframe is coarse, and as good as its neighbours after three or four of
#: them; until it has come, nothing else does: 0.3 s and 120 kbit were 0.8 s at 150 kbit/s.
BUFFER_S = 0.15
MIN_BUFFER_BITS_720P = 200_000

#: Threads, each with a slice of the picture: a frame should be out soon.  One thread took 12 ms at 720p on
#: 2 cores, two take 7 ms, and the drag went from 36 to 44 frames/s.  Slices cost 3 %.
THREADS = 2

_OPTIONS = {
    # animation adds 0.65 dB on flat shading.
    "tune": "animation,zerolatency",
    "forced-idr": "1",
    "x264-params": "keyint=infinite:min-keyint=1:scenecut=0:bframes=0:repeat-headers=1:log-level=none",
}


def buffer_bits(width: int, height: int, rate_bps: float) -> int:
    """Return the bits that x264 may have ahead: the largest keyframe of a picture of this size."""
    least = MIN_BUFFER_BITS_720P * width * height / (1280 * 720)
    return int(max(least, BUFFER_S * rate_bps))


class X264(Encoder):
    """Encode H.264; `preset` is one of x264's."""

    def _open(self) -> VideoCodecContext:
        self._told_bps = 0
        context = self._new_context("libx264", THREADS)
        context.bit_rate = OPEN_BPS
        context.qmin = MIN_QUANTIZER
        context.options = {
            **_OPTIONS,
            "profile": self.codec.name.removeprefix("h264-"),
            "level": level_name(self.codec.level_idc),
            "preset": self.effort.preset,
            "maxrate": str(OPEN_BPS),
            "bufsize": str(buffer_bits(*self.size, self.rate_bps)),
        }
        context.open()
        return context

    def _begin(self, rtp_time: int) -> int:
        rate_bps = min(OPEN_BPS, int(self.budget.bits * NOMINAL_FPS))
        # Each change makes x264 set its rate control up anew; small ones are not worth it.
        if abs(rate_bps - self._told_bps) > 0.03 * rate_bps:
            self._told_bps = self._context.bit_rate = rate_bps
        return rtp_time

    def encode(self, picture: VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture; see `Encoder.encode`."""
        data, is_keyframe = super().encode(picture, rtp_time, keyframe=keyframe)
        if is_keyframe:
            data = stamp(data, self.codec.profiles[0], self.codec.level_idc)
        return data, is_keyframe
