"""How many bits the next picture may have: the rate that is aimed at, times the time that it must last.

Rate controls of encoders count frames, or lag behind when the frame rate changes, and ours changes with the
line.  So encoders are told bits for a frame, each in its own terms.  Pure.
"""

from __future__ import annotations

from .codecs import CLOCK_RATE_HZ

#: Longest and shortest interval between frames that is budgeted for, in seconds, and how fast it is followed.
MIN_INTERVAL_S, MAX_INTERVAL_S = 1 / 60, 0.2
INTERVAL_GAIN = 0.25
#: How much longer than meant an interval may be and still be budgeted for in full.
INTERVAL_SLACK = 1.25

#: How fast `FrameBudget.excess` follows what is seen, and the most that is made of it.  Less than the first
#: ratio comes of pictures in which little moves; that says nothing about those in which much does.
EXCESS_GAIN = 0.15
MAX_EXCESS = 2.0
CALM_RATIO = 0.7

#: Frames per second that are assumed before any have come, and that encoders are told to count on.
NOMINAL_FPS = 30


class FrameBudget:
    """Follow the interval between frames.

    Parameters
    ----------
    rate_bps : int
        Rate to aim at.
    """

    def __init__(self, rate_bps: int) -> None:
        self.rate_bps = rate_bps
        #: How many bits come for each that such encoders are asked for whose frames have a fixed size, at
        #: least 1; outlives the encoder that it was learnt from.
        self.excess = 1.0
        self._interval_s = 1 / NOMINAL_FPS
        self._shortest_s, self._longest_s = 0.0, MAX_INTERVAL_S
        self._rtp_time: int | None = None

    def aim(self, rate_bps: int, max_fps: float) -> None:
        """Aim at another rate, with so many frames per second meant to come.

        When fewer do, because the line is full, their bits are *not* saved up for larger frames, which would
        fill it for longer.
        """
        self.rate_bps = rate_bps
        if self._rtp_time is None:
            self._interval_s = max(1 / NOMINAL_FPS, 1 / max_fps)
        self._shortest_s = min(MAX_INTERVAL_S, 1 / max_fps)
        self._longest_s = min(MAX_INTERVAL_S, INTERVAL_SLACK / max_fps)

    def passed(self, rtp_time: int) -> None:
        """Note when the next picture is, in units of 1/90000 s."""
        if self._rtp_time is not None:
            passed_s = (rtp_time - self._rtp_time) / CLOCK_RATE_HZ
            passed_s = min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, passed_s))
            self._interval_s += INTERVAL_GAIN * (passed_s - self._interval_s)
        self._rtp_time = rtp_time

    def came(self, bits: float, asked: float) -> None:
        """Learn from a few pictures in a row: what came of them, and what was asked for."""
        ratio = bits / asked
        if ratio > CALM_RATIO:
            self.excess = max(1.0, self.excess + EXCESS_GAIN * (min(ratio, MAX_EXCESS) - self.excess))

    @property
    def bits(self) -> float:
        """Bits that the next picture may have."""
        return self.rate_bps * min(self._interval_s, self._longest_s)

    @property
    def steady_bits(self) -> float:
        """Bits that pictures may have once they come no more often than they are meant to."""
        return self.rate_bps * min(max(self._interval_s, self._shortest_s), self._longest_s)
