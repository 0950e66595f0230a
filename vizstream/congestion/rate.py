"""The rate: additive increase near the known capacity, multiplicative far from it, decrease on overuse.

draft-ietf-rmcat-gcc-02, section 5.5, with one difference: on overuse the draft falls to 0.85 of what
arrived in a window, which after a line has narrowed tenfold still holds the old rate; here it falls to 0.85
of what the line let through while it was busy (`throughput.Acknowledged.busy_bps`), which is right at the
first attempt.
"""

from __future__ import annotations

import enum

from .delay import Signal

#: Decrease factor (draft: 0.85).
BETA = 0.85
#: Decrease factor on loss, of what arrives: a token bucket has to fill again.
LOSS_BETA = 0.9
#: Growth per second when the capacity is not known (draft: 1.08).
GROWTH = 1.08
#: Growth per second near the capacity, at least: a packet in 0.15 s is nothing at 20 Mbit/s.
NEAR_GROWTH = 1.02
#: Near the capacity: about one packet per response time (draft, section 5.5).
PACKET_BITS = 9600
#: Time until a change shows in feedback, on top of the round trip.
RESPONSE_MS = 100.0

#: The target may exceed what arrives by this factor, so that it cannot grow without evidence (draft: 1.5).
MAX_LEAD = 1.5
LEAD_BPS = 10_000

#: Half-width of the band around the known capacity, as a share of it.
CAPACITY_BAND = 0.1


class Phase(enum.Enum):
    """What the rate does."""

    INCREASE = "increase"
    HOLD = "hold"
    DECREASE = "decrease"


class RateControl:
    """Additive increase, multiplicative decrease.

    Parameters
    ----------
    start_bps, min_bps, max_bps : int
        The first rate and its bounds.
    """

    def __init__(self, start_bps: int, min_bps: int, max_bps: int) -> None:
        self.bps = float(start_bps)
        self.min_bps = min_bps
        self.max_bps = max_bps
        self.phase = Phase.HOLD
        self.capacity_bps: float | None = None
        self._updated_ns: int | None = None
        self._decreased_ns: int | None = None

    def update(
        self,
        signal: Signal,
        *,
        acknowledged_bps: float | None,
        busy_bps: float | None,
        rtt_ms: float,
        may_grow: bool,
        now_ns: int,
    ) -> bool:
        """Take a feedback's verdict.

        Parameters
        ----------
        signal : Signal
            What the delay says.
        acknowledged_bps : float or None
            What arrives, if enough does to tell.
        busy_bps : float or None
            What the line can do, if it was busy.
        rtt_ms : float
            Round trip.
        may_grow : bool
            False when loss forbids growth.
        now_ns : int
            Now.

        Returns
        -------
        bool
            Whether the rate was lowered.
        """
        # After a silence, growth does not make up for it.
        elapsed_s = 0.0 if self._updated_ns is None else min((now_ns - self._updated_ns) / 1e9, 0.3)
        self._updated_ns = now_ns
        if signal is Signal.OVERUSE:
            return self._decrease(acknowledged_bps, busy_bps, rtt_ms, now_ns)
        if signal is Signal.UNDERUSE:
            # The queue drains: wait, and learn at the next overuse how far that went (draft, section 5.5).
            self.phase = Phase.HOLD
            return False
        if self.phase is Phase.DECREASE:
            self.phase = Phase.HOLD
            return False
        self.phase = Phase.INCREASE if may_grow else Phase.HOLD
        if may_grow and acknowledged_bps is not None:
            self._increase(acknowledged_bps, rtt_ms, elapsed_s)
        return False

    def raise_to(self, bps: float) -> bool:
        """Take the result of a probe; it never lowers the rate.  Returns whether it raised it."""
        bps = min(bps, self.max_bps)
        if bps <= self.bps:
            return False
        self.bps = bps
        if self.capacity_bps is not None and bps > self.capacity_bps * (1 + CAPACITY_BAND):
            self.capacity_bps = None
        return True

    def lost(self, acknowledged_bps: float) -> bool:
        """Answer heavy loss: a little less than what arrives.  Returns whether the rate was lowered."""
        self._learn(acknowledged_bps)
        return self.lower_to(max(LOSS_BETA * acknowledged_bps, 0.5 * self.bps))

    def lower_to(self, bps: float) -> bool:
        """Lower the rate for another reason than delay.  Returns whether that was lower."""
        bps = max(bps, self.min_bps)
        if bps >= self.bps:
            return False
        self.bps = bps
        return True

    def _increase(self, acknowledged_bps: float, rtt_ms: float, elapsed_s: float) -> None:
        capacity = self.capacity_bps
        if capacity is not None and acknowledged_bps > capacity * (1 + CAPACITY_BAND):
            self.capacity_bps = capacity = None
        step = self.bps * (GROWTH**elapsed_s - 1)
        if capacity is not None:
            packets = PACKET_BITS * elapsed_s * 1000 / (rtt_ms + RESPONSE_MS)
            step = min(step, max(packets, self.bps * (NEAR_GROWTH**elapsed_s - 1)))
        limit = min(MAX_LEAD * acknowledged_bps + LEAD_BPS, self.max_bps)
        self.bps = max(self.bps, min(self.bps + step, limit))

    def _decrease(
        self, acknowledged_bps: float | None, busy_bps: float | None, rtt_ms: float, now_ns: int
    ) -> bool:
        self.phase = Phase.DECREASE
        measured = busy_bps
        if measured is None and acknowledged_bps is not None and acknowledged_bps > 0.7 * self.bps:
            measured = acknowledged_bps
        if measured is not None:
            self._learn(measured)
            bps = BETA * measured
        else:
            # Little was sent, and the line was not seen busy: what arrived does not tell what it can do.
            bps = BETA * self.bps
        since_ms = float("inf") if self._decreased_ns is None else (now_ns - self._decreased_ns) / 1e6
        if since_ms < rtt_ms + RESPONSE_MS and bps > 0.7 * self.bps:
            return False  # the decrease before has not shown yet
        if not self.lower_to(bps):
            return False
        self._decreased_ns = now_ns
        return True

    def _learn(self, measured_bps: float) -> None:
        capacity = self.capacity_bps
        if capacity is None or abs(measured_bps - capacity) > 2 * CAPACITY_BAND * capacity:
            self.capacity_bps = measured_bps
        else:
            self.capacity_bps = capacity + 0.2 * (measured_bps - capacity)
