"""What loss says of the rate, and what it does not.

draft-ietf-rmcat-gcc-02, section 6, lowers the rate above 10 % of loss and holds it above 2 %, whatever the
cause.  A radio link loses 5 % at any rate, and there the draft's rule walks to the floor: binomial noise
alone takes a one-second window past 10 % every few seconds.  Three changes:

- Loss must exceed a threshold by more than the noise of its sample: one standard deviation to hold the
  rate, two to cut it.
- Every decrease, whatever its reason, is an experiment: loss that does not answer to it is the line's own
  (``inherent``), and only what exceeds that counts from then on.
- A cut goes to what arrived, in one step; with a policer before the line, that is its rate.
"""

from __future__ import annotations

import math
from collections import deque

from .history import PacketResult

#: Above the first nothing grows, above the second the rate is cut (draft, section 6).
HOLD_LOSS = 0.02
CUT_LOSS = 0.10

#: The window holds at least this much time and this many packets, if they fit into the longest time.
WINDOW_NS = 1_000_000_000
WINDOW_PACKETS = 60
MAX_WINDOW_NS = 4_000_000_000

#: No verdict from fewer packets.
MIN_PACKETS = 20

#: Loss after a decrease, relative to before, from which on the line is to blame and not the rate.
UNANSWERED = 0.7

#: A line that loses more than this by itself does so noticeably.
OWN_LOSS = 0.01
#: More than this is never taken as the line's own: such a line has to be treated as congested.
MAX_INHERENT = 0.15


class LossMonitor:
    """Measure loss and tell the line's own from the one that the rate causes.

    Attributes
    ----------
    loss : float
        Share of packets lost in the window, from 0 to 1.
    inherent : float
        Share that a lower rate did not cure.
    """

    def __init__(self) -> None:
        self.loss = 0.0
        self.inherent = 0.0
        self._window: deque[tuple[int, int, int]] = deque()  # (feedback at, packets, lost)
        self._packets = self._lost = 0
        self._since_ns = 0
        self._loss_before: float | None = None

    def update(self, results: list[PacketResult], lost: int, now_ns: int) -> None:
        """Take the results of a feedback, ``lost`` of which are losses."""
        since_ns = self._since_ns
        if since_ns:
            # An experiment looks only at packets sent after the decrease.
            results = [result for result in results if result.send_ns >= since_ns]
            lost = sum(result.arrival_us is None for result in results)
        late = sum([result.packets for result in results if result.late])
        packets = sum([result.packets for result in results]) - late
        if not results:
            return
        self._window.append((now_ns, packets, lost - late))
        self._packets += packets
        self._lost += lost - late
        self._shrink(now_ns)
        if self._packets >= MIN_PACKETS:
            self._measure(now_ns)

    def decreased(self, now_ns: int) -> None:
        """Note that the rate has just been lowered: see whether loss answers."""
        if self.loss > HOLD_LOSS:
            self._loss_before = self.loss
        self._since_ns = now_ns
        self._window.clear()
        self._packets = self._lost = 0

    @property
    def holds(self) -> bool:
        """Whether the rate must not grow slowly towards more loss; a probe may still find more."""
        return self.loss > HOLD_LOSS and self.loss > self.inherent + HOLD_LOSS + self._noise()

    @property
    def cuts(self) -> bool:
        """Whether the rate must go down because of loss."""
        if self._packets < MIN_PACKETS or self.loss <= CUT_LOSS:
            return False
        return self.loss - 2 * self._noise() > max(CUT_LOSS, 1.5 * self.inherent + HOLD_LOSS)

    @property
    def at_any_rate(self) -> bool:
        """Whether the line has been seen to lose packets whatever is sent."""
        return self.inherent > OWN_LOSS

    def _noise(self) -> float:
        """Return the standard deviation of the loss figure were losses independent."""
        loss = max(self.loss, self.inherent)
        return math.sqrt(loss * (1 - loss) / max(self._packets, 1))

    def _shrink(self, now_ns: int) -> None:
        window = self._window
        while len(window) > 1:
            at_ns, packets, lost = window[0]
            age_ns = now_ns - at_ns
            if age_ns < WINDOW_NS or (age_ns < MAX_WINDOW_NS and self._packets - packets < WINDOW_PACKETS):
                break
            self._packets -= packets
            self._lost -= lost
            window.popleft()

    def _measure(self, now_ns: int) -> None:
        self.loss = max(0.0, self._lost / self._packets)
        if self.loss < self.inherent:
            self.inherent += 0.05 * (self.loss - self.inherent)
        if not self._since_ns or self._packets < WINDOW_PACKETS or now_ns - self._since_ns < WINDOW_NS:
            return
        self._since_ns = 0
        if self._loss_before is not None:
            if self.loss > UNANSWERED * self._loss_before:
                self.inherent = min(self.loss, MAX_INHERENT)
            self._loss_before = None
