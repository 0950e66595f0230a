"""What waits at the bottleneck, by two measures, and whether another frame is worth encoding.

``LineQueue`` reckons when the line will have sent all that it was given: each packet follows the one before,
at the target rate, and each feedback corrects that by how long the newest packet really waited::

    free = max(free, sent) + size / rate          for each packet sent
    free = sent + queue, then as above            for the newest packet reported, and those sent since

What is in flight is known without a rate, but only to within a feedback interval, which at 300 kbit/s is as
long as a frame: encoding by that alone let packets wait for 70 ms there and for 110 ms at 150 kbit/s (p95,
simulated) instead of 46 and 87.  It stays as the bound that holds when the line has become narrower than the
rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Milliseconds that a frame may wait for the line when it is ready.  What is lost by drawing too late is as
#: much: renderers and feedback are not exact to less than 10 ms.
WAIT_MS = 12.0

#: Bytes in flight beyond which encoding another frame only makes it old: a time, and two packets, which at
#: 150 kbit/s take 130 ms and are one frame.
BACKLOG_MS = 50.0
BACKLOG_BYTES = 2400

#: Receivers report on what arrived every 50 to 250 ms, about.
FEEDBACK_MS = 100.0
MAX_FEEDBACK_MS = 300.0


class LineQueue:
    """When the line will be free, by what was sent and how long it was seen to wait."""

    def __init__(self) -> None:
        self._free_ns = 0

    def on_sent(self, size: int, bps: float, now_ns: int) -> None:
        """Let a packet follow what waits."""
        self._free_ns = max(self._free_ns, now_ns) + round(size * 8e9 / bps)

    def observe(self, send_ns: int, queue_ms: float, since: Iterable[tuple[int, int]], bps: float) -> None:
        """Take what was seen of one packet, and reckon anew from there.

        Parameters
        ----------
        send_ns : int
            When it was sent.
        queue_ms : float
            How much longer it took than over the empty line.
        since : iterable of (int, int)
            When each later packet was sent, in ns, and its bytes.
        bps : float
            Rate of the line.
        """
        free_ns = send_ns + round(1e6 * queue_ms)
        for sent_ns, size in since:
            free_ns = max(free_ns, sent_ns) + round(size * 8e9 / bps)
        self._free_ns = free_ns

    def clear(self) -> None:
        """Forget what waits."""
        self._free_ns = 0

    def wait_ms(self, now_ns: int) -> float:
        """Return how long a packet sent now would wait."""
        return max(0, self._free_ns - now_ns) / 1e6


class FeedbackInterval:
    """Follow how often the receiver reports.

    Attributes
    ----------
    ms : float
        Smoothed.
    newest_ns : int or None
        When the last report came.
    """

    def __init__(self) -> None:
        self.ms = FEEDBACK_MS
        self.newest_ns: int | None = None

    def update(self, now_ns: int) -> None:
        """Note a report."""
        if self.newest_ns is not None:
            gap_ms = (now_ns - self.newest_ns) / 1e6
            if gap_ms < MAX_FEEDBACK_MS:
                self.ms += 0.1 * (gap_ms - self.ms)
        self.newest_ns = now_ns


def expected_bytes(rtt_ms: float, feedback_ms: float, bps: float) -> float:
    """Return the bytes in flight at a rate when no queue of ours stands."""
    return (rtt_ms + feedback_ms) * bps / 8000


def tolerated_bytes(bps: float) -> float:
    """Return the bytes in flight on top of those that are still no reason to wait."""
    return BACKLOG_MS * bps / 8000 + BACKLOG_BYTES
