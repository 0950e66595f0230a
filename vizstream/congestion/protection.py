"""Whether a line loses enough, by itself, that parity packets are worth their bytes.

At 5 % of loss and 50 ms of round trip a lost packet is back after 90 ms, and until then nothing that follows
is shown: of 22 frames/s at 1 Mbit/s, 17 reached the screen.  A parity packet a frame costs a fifth of the
rate.
"""

from __future__ import annotations

#: Share of packets lost above which parity begins, and below which it ends.
BEGIN_LOSS, END_LOSS = 0.02, 0.005
#: It lasts for this long at least: loss comes in spells.
LEAST_NS = 10_000_000_000
#: Below this round trip a packet sent again is there before the next frame.
LEAST_RTT_MS = 15.0
#: With a queue longer than this the loss is an overflow, and more bytes make more of it.
FULL_QUEUE_MS = 100.0


class Protection:
    """Decide about parity packets.

    Attributes
    ----------
    on : bool
        Whether to send them.
    """

    def __init__(self) -> None:
        self.on = False
        self._since_ns = 0

    def update(self, loss: float, rtt_ms: float, queue_ms: float, now_ns: int) -> bool:
        """Take what is known of the line; return whether to send parity packets."""
        if loss >= BEGIN_LOSS and rtt_ms >= LEAST_RTT_MS and queue_ms < FULL_QUEUE_MS:
            self.on = True
            self._since_ns = now_ns
        elif loss <= END_LOSS and now_ns - self._since_ns > LEAST_NS:
            self.on = False
        return self.on
