"""Steer by receiver reports and REMB, for browsers without transport-wide feedback.

Loss as in draft-ietf-rmcat-gcc-02, section 6; the round trip, because a deep queue loses nothing; and the
receiver's own estimate, which is a hint: absent for up to 5 s, limited by what is sent when frames are few,
absurd after bursts.  It is followed down where it claims less than is being sent, and up no faster than
what was sent backs it.
"""

from __future__ import annotations

from .loss import CUT_LOSS, HOLD_LOSS
from .rate import BETA, GROWTH, MAX_LEAD, RateControl

#: A round trip this much above the least is a queue.
QUEUE_MS = 100.0

#: The receiver's estimate is believed for this long.
REMB_NS = 5_000_000_000

#: The longest time between reports that growth makes up for.
MAX_ELAPSED_S = 2.0


class ReportControl:
    """Adjust the rate when reports come.

    Parameters
    ----------
    rate : RateControl
        What is adjusted.
    """

    def __init__(self, rate: RateControl) -> None:
        self._rate = rate
        self._reported_ns: int | None = None
        self._remb: tuple[float, int] | None = None

    def report(self, loss: float, queue_ms: float, sent_bps: float, now_ns: int) -> None:
        """Take a receiver report: share lost, round trip above the least, and what was sent."""
        elapsed_s = 0.0
        if self._reported_ns is not None:
            elapsed_s = min((now_ns - self._reported_ns) / 1e9, MAX_ELAPSED_S)
        self._reported_ns = now_ns
        rate = self._rate
        if loss > CUT_LOSS:
            rate.lower_to(rate.bps * (1 - 0.5 * loss))
        elif queue_ms > QUEUE_MS:
            rate.lower_to(BETA * rate.bps)
        elif loss < HOLD_LOSS and sent_bps > 0.5 * rate.bps:
            bps = rate.bps * GROWTH**elapsed_s
            if self._remb is not None and now_ns - self._remb[1] < REMB_NS:
                bps = min(max(bps, MAX_LEAD * sent_bps), self._remb[0])
            rate.raise_to(bps)

    def remb(self, bps: float, sent_bps: float, now_ns: int) -> None:
        """Take the receiver's own estimate."""
        self._remb = (bps, now_ns)
        if bps < sent_bps:
            self._rate.lower_to(bps)
