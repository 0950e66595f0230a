"""The round trip: smoothed for the metrics, the least for the window.

Feedback tells it for each message: now, less when the newest packet that it covers was sent.  That contains
what the receiver waited before it reported, up to its interval; the least over some seconds hardly does.
Receiver reports subtract that wait (RFC 3550, section 6.4.1) but come only about once a second.
"""

from __future__ import annotations

#: To assume before the first is measured.
ASSUMED_MS = 100.0

#: The least is over one to two of these.
WINDOW_NS = 10_000_000_000


def _smooth(old_ms: float | None, sample_ms: float) -> float:
    # RFC 6298, section 2.
    return sample_ms if old_ms is None else 0.875 * old_ms + 0.125 * sample_ms


class RoundTrip:
    """Follow the round trip.

    Attributes
    ----------
    recent_ms : float or None
        Smoothed, from feedback.
    """

    def __init__(self) -> None:
        self.recent_ms: float | None = None
        self._reported_ms: float | None = None
        self._least_ms: float | None = None
        self._older_least_ms: float | None = None
        self._began_ns = 0

    @property
    def smoothed_ms(self) -> float:
        """The best figure there is; 0 before the first."""
        return self._reported_ms or self.recent_ms or 0.0

    @property
    def least_ms(self) -> float:
        """Least of the last 10 to 20 s."""
        least, older = self._least_ms, self._older_least_ms
        if least is None:
            return ASSUMED_MS
        return least if older is None else min(least, older)

    def update(self, sample_ms: float, now_ns: int) -> None:
        """Take a sample from feedback."""
        self.recent_ms = _smooth(self.recent_ms, sample_ms)
        self._note_least(sample_ms, now_ns)

    def reported(self, sample_ms: float, now_ns: int, *, alone: bool) -> None:
        """Take a sample from a receiver report; ``alone`` when there is no feedback to tell the least."""
        self._reported_ms = _smooth(self._reported_ms, sample_ms)
        if alone:
            self._note_least(sample_ms, now_ns)

    def _note_least(self, sample_ms: float, now_ns: int) -> None:
        if self._least_ms is None:
            self._least_ms = sample_ms
            self._began_ns = now_ns
        elif now_ns - self._began_ns > WINDOW_NS:
            self._older_least_ms = self._least_ms
            self._least_ms = sample_ms
            self._began_ns = now_ns
        else:
            self._least_ms = min(self._least_ms, sample_ms)
