"""AV1 by SVT-AV1, through libav.

CBR and a low-delay structure give each picture back at once, and the real-time mode (``rtc=1``) meets the
rate, where the general mode used to overshoot by half and to loop on keyframes.  The frames' size is fixed
once it is open; see `FixedFrames`.

A flat structure is what makes frames alike.  By default they come in groups of four, the first of which has
2 to 2.7 times the bits of the mean; on a narrow line that one is late, and all wait for it.  Flat, the
largest has 1.2 to 1.6 times, and with the buffer below a picture is 0.2 to 0.8 dB better at the same bits
(flow scene turning by 30 and by 60 degrees a second, presets 10 and 8, 280 and 950 kbit/s); only where
nothing moves groups were better.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .cadence import REFINE_SLOWLY_AT_S
from .encoder import FixedFrames
from .scheduling import keep_scheduling

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

# It greets on stderr each time it is opened, and calls an encoder that is let go without a last picture an
# error; 0 leaves what is fatal.
os.environ.setdefault("SVT_LOG", "0")

THREADS = 2

#: Of AV1's 0-63.  What lies below is spent on pictures at rest, which are sharp already (42 dB).
MIN_QUANTIZER = 20

#: Milliseconds at the nominal rate that rate control may be ahead, holds at first, and aims at.  They set the
#: size of a keyframe: 156 kbit at 950 kbit/s and 17 frames/s, 57 at 280 kbit/s and 12; with the usual second
#: 500 and 260, which is half a second of the line and more.  Pictures after it are as good.
BUFFER_MS, INITIAL_MS, OPTIMAL_MS = 100, 50, 50

_PARAMETERS = {
    "rc": 2,
    "rtc": 1,
    "pred-struct": 1,
    "hierarchical-levels": 0,
    "lookahead": 0,
    "keyint": -1,
    "buf-sz": BUFFER_MS,
    "buf-initial-sz": INITIAL_MS,
    "buf-optimal-sz": OPTIMAL_MS,
    "min-qp": MIN_QUANTIZER,
    "lp": THREADS,
}


class SvtAv1(FixedFrames):
    """Encode AV1; `preset` is SVT-AV1's, 8 to 12."""

    #: At rest its quality rises in small steps: at 950 kbit/s to 39 dB after 16 encodings with preset 8, to
    #: 35 with 10.  Six at once were as sharp in the end; but while the line is idle before a still, which is
    #: a tenth of a second, they made 18 kB of the first step, and the still itself was four times as large.
    refine_at_s = REFINE_SLOWLY_AT_S
    layers = 2

    def _open(self) -> VideoCodecContext:
        context = self._new_context("libsvtav1", THREADS)
        context.bit_rate = self._nominal_bps
        parameters = ":".join(f"{name}={value}" for name, value in _PARAMETERS.items())
        context.options = {"preset": self.effort.preset, "svtav1-params": parameters}
        with keep_scheduling():
            context.open()
        return context
