"""H.264 on hardware: NVIDIA, Apple, Intel, AMD, through libav.

None of it could be measured where this was written.  What is known is known from libav's sources: which
options each takes, and that only NVIDIA's and Intel's take a new rate while they run (``nvenc.c``,
``qsvenc.c``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from .budget import NOMINAL_FPS, FrameBudget
from .choice import HARDWARE
from .encoder import FixedFrames
from .h264 import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.codeccontext import VideoCodecContext

    from .codecs import Codec

#: Low delay, CBR, keyframes on demand, no B-frames: libav's option names for each encoder.
_OPTIONS: dict[str, dict[str, str]] = {
    "h264_nvenc": {
        "preset": "p4",
        "tune": "ull",
        "rc": "cbr",
        "zerolatency": "1",
        "delay": "0",
        "forced-idr": "1",
        "strict_gop": "1",
    },
    "h264_videotoolbox": {"realtime": "1", "prio_speed": "1", "allow_sw": "0"},
    "h264_qsv": {"preset": "fast", "async_depth": "1", "forced_idr": "1", "low_delay_brc": "1"},
    "h264_amf": {"usage": "ultralowlatency", "rc": "cbr", "forced_idr": "1", "header_insertion_mode": "idr"},
}

#: Encoders that follow `bit_rate` while they run.
_LIVE = ("h264_nvenc", "h264_qsv")

#: Encoders that take NV12 only, or best.
_NV12 = ("h264_qsv", "h264_amf")

#: Encoders that know no plain Baseline.
_CONSTRAINED = (("h264_amf", "baseline"),)

#: Pictures without keyframe, where "infinitely many" cannot be said.
_GOP = 100_000

#: Seconds of the rate that a keyframe may take.
_BUFFER_S = 0.3


class Hardware(FixedFrames):
    """Encode H.264 on hardware.

    Parameters
    ----------
    name : str
        libav's name of the encoder.
    give_up : callable
        Called when it fails, before the error goes on: the next encoder should be another one.
    """

    def __init__(
        self,
        codec: Codec,
        size: tuple[int, int],
        budget: FrameBudget,
        name: str,
        give_up: Callable[[], None],
    ) -> None:
        self._name = name
        self._give_up = give_up
        super().__init__(codec, size, budget, HARDWARE)

    def set_rate(self, rate_bps: int, max_fps: float = NOMINAL_FPS) -> bool:
        """Aim at another rate; see `Encoder.set_rate`."""
        fits = super().set_rate(rate_bps, max_fps)
        return fits or self._name in _LIVE

    def encode(self, picture: av.VideoFrame, rtp_time: int, *, keyframe: bool = False) -> tuple[bytes, bool]:
        """Encode one picture; see `Encoder.encode`."""
        if self._context.pix_fmt != self.codec.pixels:
            picture = picture.reformat(format=self._context.pix_fmt)
        try:
            data, is_keyframe = super().encode(picture, rtp_time, keyframe=keyframe)
            if is_keyframe:
                data = stamp(data, self.codec.profiles[0], self.codec.level_idc)
        except Exception:
            self._give_up()
            raise
        return data, is_keyframe

    def blame(self) -> None:
        """Hear that it hangs; see `Encoder.blame`."""
        self._give_up()

    def _begin(self, rtp_time: int) -> int:
        if self._name in _LIVE:
            self._frame_bits = self.budget.bits
            self._context.bit_rate = self._nominal_bps
        return super()._begin(rtp_time)

    def _open(self) -> VideoCodecContext:
        context = self._new_context(self._name, 0)
        if self._name in _NV12:
            context.pix_fmt = "nv12"
        context.bit_rate = self._nominal_bps
        context.gop_size = _GOP
        context.max_b_frames = 0
        profile = self.codec.name.removeprefix("h264-")
        context.options = {
            **_OPTIONS.get(self._name, {}),
            "profile": "constrained_baseline" if (self._name, profile) in _CONSTRAINED else profile,
            "maxrate": str(self._nominal_bps),
            "bufsize": str(int(self._nominal_bps * _BUFFER_S)),
        }
        context.open()
        return context
