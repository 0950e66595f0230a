"""What was sent lately, and what of it may be sent again: pure, one instance for each viewer.

Browsers ask for a lost packet every 20 ms until it comes.  Answering each request, as stock aiortc does,
turns a narrow line into one that carries little else: 94 000 requests in 20 s at 800 kbit/s were seen.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from .pacer import Packet

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Packets that may be sent again.  1024 at 1150 bytes are 9 s at 1 Mbit/s; browsers give up after one or two.
HISTORY = 1024

#: A packet is sent again at most once in this time (or one round trip, where that is longer): browsers repeat
#: their requests every 20 ms or so, long before the first answer can have arrived.
RETRANSMIT_AFTER_S = 0.03

#: Share of the bytes sent that retransmissions may add, and the burst that is always allowed.
RETRANSMIT_SHARE = 0.2
RETRANSMIT_BURST_BYTES = 64 * 1024

#: Recent packets among which padding is chosen.
PADDING_CHOICE = 16


class ResendHistory:
    """Remember packets by sequence number, and bound how often and how much of them goes out again."""

    def __init__(self) -> None:
        # Under consecutive sequence numbers, the newest last.
        self._packets: deque[Packet] = deque(maxlen=HISTORY)
        self._resent_at: dict[int, float] = {}
        self._budget = float(RETRANSMIT_BURST_BYTES)
        self._newest = 0
        # The newest packet of those that nobody needs any more.
        self._abandoned: int | None = None

    def add(self, sequence: int, packet: Packet) -> None:
        """Remember a packet that was just sent under a sequence number, which follows the one before."""
        self.add_all(sequence, (packet,))

    def add_all(self, first: int, packets: Sequence[Packet]) -> None:
        """Remember packets that were just sent under sequence numbers from `first` on; as in `add`."""
        self._packets.extend(packets)
        self._newest = (first + len(packets) - 1) & 0xFFFF
        size = sum([len(packet.payload) for packet in packets])
        self._budget = min(RETRANSMIT_BURST_BYTES, self._budget + RETRANSMIT_SHARE * size)
        if self._abandoned is not None and (self._newest - self._abandoned) & 0xFFFF >= HISTORY:
            self._abandoned = None  # or its number would come round again

    def again(self, sequence: int, now: float, rtt_s: float) -> Packet | None:
        """Return a lost packet to send again, or None where that has just been done or nobody needs it.

        Parameters
        ----------
        sequence : int
            Of the packet that is missing.
        now : float
            In seconds.
        rtt_s : float
            Round trip to the viewer in seconds.

        Raises
        ------
        LookupError
            Where it cannot be had: never sent, forgotten, or the budget is spent.  Only a keyframe helps.
        """
        if self._abandoned is not None and (self._abandoned - sequence) & 0xFFFF < HISTORY:
            return None
        age = (self._newest - sequence) & 0xFFFF
        if age >= len(self._packets) or self._budget <= 0:
            raise LookupError(sequence)
        if now - self._resent_at.get(sequence, float("-inf")) < max(RETRANSMIT_AFTER_S, rtt_s):
            return None
        if len(self._resent_at) > HISTORY:
            self._resent_at.clear()
        self._resent_at[sequence] = now
        packet = self._packets[-1 - age]
        self._budget -= len(packet.payload)
        return packet._replace(repeats=sequence)

    def abandon(self) -> None:
        """Send nothing again of what was sent so far: a keyframe is about to take its place."""
        self._abandoned = self._newest

    def padding(self, choice: int = PADDING_CHOICE) -> Packet | None:
        """Return the smallest of so many packets that were sent lately, None before the first.

        Repeating the newest instead raised the queueing on a line of 150 kbit/s from 107 to 136 ms (p95).
        """
        if not self._packets:
            return None
        recent = islice(reversed(self._packets), choice)
        age, packet = min(enumerate(recent), key=lambda one: len(one[1].payload))
        return packet._replace(repeats=(self._newest - age) & 0xFFFF)
