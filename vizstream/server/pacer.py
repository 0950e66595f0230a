"""Spread packets over time: a leaky bucket with two queues.

A keyframe sent in one burst fills the small buffer before a narrow line, and what does not fit is lost.  The
pacer lets packets out at the rate that it is told, retransmissions first, because a decoder waits for them.
Pure: time is what callers say it is.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

#: Seconds of the rate that may leave at once: timers of an event loop are late by a millisecond or two, and a
#: burst of this length queues for no longer at the bottleneck.
BURST_S = 0.005

#: Bytes that may leave at once at any rate: two full packets.
MIN_BURST_BYTES = 2400


class Packet(NamedTuple):
    """One packet that waits: what its header will say, and its payload."""

    stamp: int
    marker: bool
    payload: bytes
    #: Sequence number of the packet that this one repeats, or -1.
    repeats: int = -1
    #: Of the codec, also where the packet repeats another.
    payload_type: int = 0


class Pacer:
    """Hold packets until the rate allows them.

    Parameters
    ----------
    overhead : int
        Bytes that each packet has on the wire beside its payload.
    """

    def __init__(self, overhead: int = 0) -> None:
        self._overhead = overhead
        self._media: deque[Packet] = deque()
        self._repeats: deque[Packet] = deque()
        self._budget = float(MIN_BURST_BYTES)
        self._refilled_ns: int | None = None
        #: Bytes of payload that wait, and those of them that are in packets sent before.
        self.queued_bytes = self.repeated_bytes = 0

    def __len__(self) -> int:
        return len(self._media) + len(self._repeats)

    def add(self, packet: Packet) -> None:
        """Queue a packet; those that repeat an earlier one go before all others."""
        (self._media if packet.repeats < 0 else self._repeats).append(packet)
        self.queued_bytes += len(packet.payload)
        if packet.repeats >= 0:
            self.repeated_bytes += len(packet.payload)

    def add_frame(self, packets: Sequence[Packet]) -> None:
        """Queue a new frame's packets."""
        self._media.extend(packets)
        self.queued_bytes += sum([len(packet.payload) for packet in packets])

    def clear(self) -> None:
        """Drop everything that waits."""
        self._media.clear()
        self._repeats.clear()
        self.queued_bytes = self.repeated_bytes = 0

    def take(self, now_ns: int, rate_bps: float) -> Packet | None:
        """Return the next packet if one waits and the rate allows it now; it is taken off the budget."""
        return next(iter(self.take_all(now_ns, rate_bps, 1)), None)

    def take_all(self, now_ns: int, rate_bps: float, most: int = sys.maxsize) -> list[Packet]:
        """Return the packets, at most so many, that the rate allows now; they are taken off the budget."""
        if not self.open(now_ns, rate_bps):
            return []
        media = self._media
        if not self._repeats and len(media) <= most:
            total = self.queued_bytes + len(media) * self._overhead
            if total <= self._budget:
                # A whole frame on a wide line, mostly.
                taken = list(media)
                media.clear()
                self._budget -= total
                self.queued_bytes = 0
                return taken
        return self._take_some(most)

    def _take_some(self, most: int) -> list[Packet]:
        taken: list[Packet] = []
        budget, queued_bytes = self._budget, self.queued_bytes
        for queue in (self._repeats, self._media):
            while queue and budget > 0 and len(taken) < most:
                packet = queue.popleft()
                size = len(packet.payload)
                queued_bytes -= size
                budget -= size + self._overhead
                taken.append(packet)
            if queue is self._repeats:
                self.repeated_bytes -= self.queued_bytes - queued_bytes
        self._budget, self.queued_bytes = budget, queued_bytes
        return taken

    def open(self, now_ns: int, rate_bps: float) -> bool:
        """Say whether the rate allows a packet now."""
        if self._refilled_ns is not None:
            gained = (now_ns - self._refilled_ns) * rate_bps / 8e9
            burst = max(MIN_BURST_BYTES, rate_bps * BURST_S / 8)
            self._budget = min(self._budget + gained, burst)
        self._refilled_ns = now_ns
        return self._budget > 0

    def spend(self, size: int) -> None:
        """Take bytes that were sent off the budget: packets that never waited, or became longer."""
        self._budget -= size

    def delay_s(self, rate_bps: float) -> float:
        """Return the seconds until the next packet is allowed."""
        return max(0.0, -self._budget * 8 / rate_bps)
