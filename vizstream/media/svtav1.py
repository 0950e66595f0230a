"""AV1 by SVT-AV1, through libav.

CBR and a low-delay structure give each picture back at once.  The real-time mode (``rtc=1``) also meets the
rate: at 300, 500 and 1000 kbit/s 310, 513 and 1005 came (flow scene, preset 10), where the general mode used
to overshoot by half and to loop on keyframes.  The frames' size is fixed once it is open; see `FixedFrames`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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

#: The slowest preset for which the real-time mode pays.  With preset 7 a picture takes 68 ms of CPU in it and
#: 56 outside, and is 0.2 dB better there at the same bits (flow, 1 Mbit/s, 27 frames/s).
REAL_TIME_FROM = 8

_PARAMETERS = {
    "rc": 2,
    "pred-struct": 1,
    "lookahead": 0,
    "keyint": -1,
    "min-qp": MIN_QUANTIZER,
    "lp": THREADS,
}


class SvtAv1(FixedFrames):
    """Encode AV1; `preset` is SVT-AV1's, 7 to 12."""

    #: It encodes in groups of four, of which only the first one is sharpened; the others cost 25 bytes.  A
    #: flat structure costs 0.5 dB.
    layers = 4

    def _open(self) -> VideoCodecContext:
        context = self._new_context("libsvtav1", THREADS)
        context.bit_rate = self._nominal_bps
        values = {**_PARAMETERS, "rtc": int(int(self.effort.preset) >= REAL_TIME_FROM)}
        parameters = ":".join(f"{name}={value}" for name, value in values.items())
        context.options = {"preset": self.effort.preset, "svtav1-params": parameters}
        with keep_scheduling():
            context.open()
        return context
