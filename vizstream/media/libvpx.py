"""VP9 and VP8 by libvpx.

Through libav its rate is fixed once it is open.  But libvpx budgets a frame by its duration, rate times the
time since the frame before, and the time stamps are ours to choose: opened at a high rate, VP9 is told the
bits of each frame by the time that they would last.  Frames of 33, 100 and 17 kbit were asked for in turn,
without a keyframe, and 36, 115 and 15 came, each within 10 frames (flow scene, 720p).  VP8 follows less
well: opened at 20 Mbit/s it never came below 70 kbit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codecs import CLOCK_RATE_HZ
from .encoder import Encoder, FixedFrames

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

#: Rate at which VP9 is opened, and so the unit of its clock: 222 bits a tick of 1/90000 s.
OPEN_BPS = 20_000_000

#: VP9's buffer in seconds of the rate that it was opened for, and in bits at least.  Ten times as much made
#: the first keyframe ten times as large (163 kB).
BUFFER_S = 0.3
MIN_BUFFER_BITS = 120_000

#: Largest keyframe in percent of a frame.
MAX_INTRA_PERCENT = 900

#: VP8's buffer in seconds.
VP8_BUFFER_S = 0.5

#: Of libvpx's 0-63.  What lies below is spent on pictures at rest, which are sharp already (44 dB).
MIN_QUANTIZER = 8
#: The same for VP8, which takes its time: at 8 it polished a picture at rest for a minute, with 4-8 kB a
#: keepalive (the molecule, 720p); at 24 a keepalive has 1.7-1.9 kB and the picture 49 dB.
VP8_MIN_QUANTIZER = 24

THREADS = 2

_OPTIONS = {
    "deadline": "realtime",
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
    "g": "999999",
    "error-resilient": "0",
    "static-thresh": "0",
    "max-intra-rate": str(MAX_INTRA_PERCENT),
}


class Vp9(Encoder):
    """Encode VP9, 4:2:0 or 4:4:4; `preset` is ``cpu-used``."""

    def _open(self) -> VideoCodecContext:
        self._pts = 0
        context = self._new_context("libvpx-vp9", THREADS)
        context.bit_rate = OPEN_BPS
        context.options = {
            **_OPTIONS,
            "cpu-used": self.effort.preset,
            "row-mt": "1",
            "minrate": str(OPEN_BPS),
            "maxrate": str(OPEN_BPS),
            "bufsize": str(max(MIN_BUFFER_BITS, int(self.rate_bps * BUFFER_S))),
            # Cyclic refresh costs 0.3 dB, and polishes a still picture at 3-5 kB a frame.
            "aq-mode": "0",
        }
        context.qmin, context.qmax = MIN_QUANTIZER, 63
        return context

    def _begin(self, _rtp_time: int) -> int:
        self._pts += max(1, round(self.budget.bits / OPEN_BPS * CLOCK_RATE_HZ))
        return self._pts


class Vp8(FixedFrames):
    """Encode VP8; `preset` is ``cpu-used``."""

    def _open(self) -> VideoCodecContext:
        context = self._new_context("libvpx", THREADS)
        rate = str(self._nominal_bps)
        context.bit_rate = self._nominal_bps
        context.options = {
            **_OPTIONS,
            "cpu-used": self.effort.preset,
            # True CBR: with crf 20 under a cap it spent 850 kbit/s where 500 were asked for.
            "minrate": rate,
            "maxrate": rate,
            "bufsize": str(int(self._nominal_bps * VP8_BUFFER_S)),
        }
        context.qmin, context.qmax = VP8_MIN_QUANTIZER, 63
        return context
