"""The encoder of a rung: one that fits its size, its rate and the time there is.

Not thread-safe: a rung's thread has it for itself, but for `FittingEncoder.blame`.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from .budget import FrameBudget
from .choice import affordable, best_effort, gain_db, wall_ms
from .encoders import open_encoder

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from .choice import Demand
    from .codecs import Codec
    from .encoder import Encoder
    from .machine import Machine

logger = logging.getLogger(__name__)

_NEVER = float("-inf")

#: An encoder that would do much better if it were opened anew, at the price of a keyframe, is replaced not
#: more often than this: one whose frames' size is fixed (AV1, VP8), or that takes too long for its frame
#: rate.
REOPEN_INTERVAL_S = 4.0
#: How much more time than it should an encoder may take before that.
SLOW_FACTOR = 2.0
#: Seconds for which there must have been time to try harder before an encoder is replaced for that, and what
#: it must gain.  Encoders are opened when a viewer comes, while the first picture is drawn and lines are not
#: known yet: what was opened then for who wants it sharp at 1 Mbit/s was x264's superfast, and stayed so,
#: with time for 2 dB more.  A line that narrows leaves more time at once, and has none for a keyframe: when
#: that counted, nothing was shown for 0.9 to 1.3 s instead of 0.5 to 0.7.
HARDER_AFTER_S, HARDER_GAIN_DB = 8.0, 0.5


class FittingEncoder:
    """Encode with what fits.

    Parameters
    ----------
    codec : Codec
        What to encode.
    machine : Machine
        Where; it learns how long pictures take.
    """

    def __init__(self, codec: Codec, machine: Machine) -> None:
        self.codec = codec
        self._machine = machine
        self._encoder: Encoder | None = None
        self._opened_at = self._lazy_since = _NEVER
        # What it takes for a picture on a machine of speed 1.
        self._expected_ms = 0.0
        # Outlives encoders, as does what it has learnt of them.
        self._budget = FrameBudget(0)

    def fit(
        self, size: tuple[int, int], demand: Demand, now: float, *, keyframe: bool, changed: bool
    ) -> Encoder:
        """Return an encoder for the next picture: the one there is, or a new one.

        Parameters
        ----------
        size : tuple of (int, int)
            Of the picture, in pixels.
        demand : Demand
            What the line and the ladder ask for.
        now : float
            By ``time.monotonic()``.
        keyframe : bool
            Whether the picture is to be a keyframe anyway: a new encoder costs nothing more then.
        changed : bool
            Whether it is a new picture.  At rest each preset gets as sharp as another, given time.
        """
        effort = best_effort(self.codec, demand, self._machine)
        encoder = self._encoder
        if encoder is not None and encoder.size == size:
            fits = encoder.set_rate(int(demand.rate_bps), demand.fps)
            if keyframe:
                keep = fits and effort is encoder.effort
            else:
                slow = effort.cpu_ms < encoder.effort.cpu_ms and not affordable(
                    encoder.effort, self.codec, demand, self._machine, SLOW_FACTOR
                )
                if gain_db(effort, demand) - gain_db(encoder.effort, demand) < HARDER_GAIN_DB:
                    self._lazy_since = now
                lazy = changed and now - self._lazy_since >= HARDER_AFTER_S
                keep = (fits and not slow and not lazy) or now - self._opened_at < REOPEN_INTERVAL_S
            if keep:
                return encoder
        self._budget.aim(int(demand.rate_bps), demand.fps)
        self._encoder = open_encoder(self.codec, size, self._budget, effort, self._machine)
        self._expected_ms = wall_ms(self._encoder.effort, self.codec, demand)
        self._opened_at = self._lazy_since = now
        logger.debug("%s %s encodes %dx%d", self.codec.name, self._encoder.effort.preset, *size)
        return self._encoder

    def encode(self, picture: VideoFrame, rtp_time: int, *, keyframe: bool) -> tuple[bytes, bool]:
        """Encode with what `fit` returned last; see `Encoder.encode`."""
        if self._encoder is None:
            raise RuntimeError("there is no encoder: fit comes first")
        began_ns = time.monotonic_ns()
        encoded = self._encoder.encode(picture, rtp_time, keyframe=keyframe)
        self._machine.encoded(self._expected_ms, (time.monotonic_ns() - began_ns) / 1e6)
        return encoded

    def drop(self) -> None:
        """Let go of an encoder that failed."""
        self._encoder = None

    def blame(self) -> None:
        """Do without the hardware that an encoder hangs in, or the opening of one; called from any thread."""
        if self._encoder is not None:
            self._encoder.blame()
        elif self._machine.hardware:
            self._machine.give_up(self._machine.hardware[0])
