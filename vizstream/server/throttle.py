"""How fast a transfer may go, by the queue that is seen to stand before the viewer's line meanwhile.

The rate that the video's sender believes a line to carry lies 5 to 25 % below what it carries, and while a
still travels there is next to no video that would find out more.  So a still begins at that rate, and what is
seen of the queue tells whether more fits.  What TCP knows of it does not: behind a tunnel or a proxy it sees
the way to that one only.
"""

from __future__ import annotations

#: Queue in milliseconds that is aimed at: whoever steers waits behind it.
QUEUE_MS = 80.0

#: How fast the rate rises while there is no queue, or falls with one twice as long, as a share of the rate
#: that was believed in a second; and what that adds or takes off at once.  The queue is seen 0.2 s late: with
#: twice the gain the rate swings.
GAIN_PER_S = 0.2
DAMPING = 0.15

#: The most that a queue counts for, in lengths beyond the one that is aimed at.
MOST_EXCESS = 2.0

#: One look is good for so many seconds.
MAX_STEP_S = 0.1

#: The bounds, as shares of the rate that was believed.
LEAST, MOST = 0.5, 1.4


class Throttle:
    """Follow one transfer.

    Attributes
    ----------
    factor : float
        What the rate is to be multiplied by.
    """

    def __init__(self, now_s: float) -> None:
        self.factor = self._steady = 1.0
        self._looked_s = now_s

    def update(self, queue_ms: float, now_s: float) -> float:
        """Look at the queue; return the factor.

        Parameters
        ----------
        queue_ms : float
            By the newest sign of it.
        now_s : float
            Now.
        """
        passed_s, self._looked_s = min(now_s - self._looked_s, MAX_STEP_S), now_s
        excess = min(MOST_EXCESS, queue_ms / QUEUE_MS - 1)
        self._steady = min(MOST, max(LEAST, self._steady - GAIN_PER_S * excess * passed_s))
        self.factor = self._steady - DAMPING * excess
        return self.factor
