"""JPEG by libav: each picture by itself, for viewers without a video decoder.

Its only control is the quantizer, which is chosen from what the picture before came to: bytes go roughly
with the quantizer to the power of -0.55 (flow scene at 720p: 158 kB at 2, 91 at 6, 60 at 13, 37 at 31; 2 to
4 ms each).  A picture that stands still is sent again a few times, better each time, and then no more:
nothing needs to be kept alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .cadence import REFINE_WHOLE_AT_S
from .convert import RANGE_FULL
from .encoder import Encoder

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

#: libav's scale; above the last nothing can be recognized, below the first nothing gets better.
QUANTIZERS = (2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 31)
_START = QUANTIZERS.index(8)

#: How bytes follow the quantizer.
_POWER = -0.55

#: How many quantizers finer a picture at rest is each time it is sent again.
_BETTER = 3


class Jpeg(Encoder):
    """Encode JPEG, 4:2:0 in full range as JFIF says."""

    refine_at_s = REFINE_WHOLE_AT_S

    def _open(self) -> VideoCodecContext:
        self._index = _START
        self._picture: VideoFrame | None = None
        self._contexts: dict[int, VideoCodecContext] = {}
        return self._at(self._index)

    def _begin(self, rtp_time: int) -> int:
        self._context = self._at(self._index)
        return rtp_time

    def _at(self, index: int) -> VideoCodecContext:
        """Return a context with a quantizer; it takes none after it is open, and 0.1 ms to be opened."""
        if index not in self._contexts:
            context = self._new_context("mjpeg", 1)
            context.color_range = RANGE_FULL
            quantizer = str(QUANTIZERS[index])
            context.options = {"qmin": quantizer, "qmax": quantizer}
            context.open()
            self._contexts[index] = context
        return self._contexts[index]

    def encode(self, picture: VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture; see `Encoder.encode`.  Nothing comes of one at rest that is good enough."""
        again = picture is self._picture
        self._picture = picture
        if again and not keyframe:
            if self._index == 0:
                self.budget.passed(rtp_time)
                return b"", False
            self._index = max(0, self._index - _BETTER)
            return super().encode(picture, rtp_time)[0], True
        data, _key = super().encode(picture, rtp_time)
        if not again:
            self._index = self._fitting(8 * len(data))
        return data, True

    def _fitting(self, bits: int) -> int:
        """Return the finest quantizer with which the next picture should meet the budget."""
        wanted = max(1.0, self.budget.bits)
        quantizer = QUANTIZERS[self._index]
        for index, candidate in enumerate(QUANTIZERS):
            if bits * cast("float", (candidate / quantizer) ** _POWER) <= wanted:
                return index
        return len(QUANTIZERS) - 1
