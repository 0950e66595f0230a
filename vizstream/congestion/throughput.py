"""How much got through: rates of what was sent and of what arrived."""

from __future__ import annotations

from collections import deque

from .history import PacketResult

#: What arrived within this time counts.  libwebrtc looks at 150 ms and smooths; at 10 frames/s that window
#: holds one frame or two, and the figure swings by half.
WINDOW_US = 500_000
#: An estimate from less than this, or from fewer packets, is none.
MIN_SPAN_US = 100_000
MIN_PACKETS = 4

#: The stretch over which a busy line is measured at most, and at least.
BUSY_WINDOW_US = 300_000
BUSY_MIN_SPAN_US = 40_000

#: Where packets are lost at random, one of five that is missing makes the busy stretch read a fifth low: what
#: it says counts only where it is below this share of what arrives over the window.  At 1 Mbit/s with 5 % of
#: loss the target fell to 0.61 Mbit/s every 13 s, and with it the level, at a keyframe each; now to 0.74.
NARROWED_SHARE = 0.7


class RateMeter:
    """Rate over the last second, in buckets of 50 ms: one addition a packet."""

    BUCKET_NS = 50_000_000
    BUCKETS = 20

    def __init__(self) -> None:
        self._bytes = [0] * self.BUCKETS
        self._slot = 0
        self._total = 0

    def add(self, size: int, now_ns: int) -> None:
        """Count ``size`` bytes."""
        slot = now_ns // self.BUCKET_NS
        if slot != self._slot:
            self._advance(slot)
        self._bytes[slot % self.BUCKETS] += size
        self._total += size

    def bps(self, now_ns: int) -> float:
        """Return bits per second over the last 0.95 to 1 s."""
        slot = now_ns // self.BUCKET_NS
        if slot != self._slot:
            self._advance(slot)
        return self._total * 8e9 / (self.BUCKET_NS * self.BUCKETS)

    def _advance(self, slot: int) -> None:
        for empty in range(max(self._slot + 1, slot - self.BUCKETS + 1), slot + 1):
            index = empty % self.BUCKETS
            self._total -= self._bytes[index]
            self._bytes[index] = 0
        self._slot = max(self._slot, slot)


class Acknowledged:
    """What arrived lately, by the receiver's clock."""

    def __init__(self) -> None:
        # (arrival_us, size, one-way delay in µs, packets)
        self._arrived: deque[tuple[int, int, int, int]] = deque()
        self._bytes = self._packets = 0

    def update(self, results: list[PacketResult]) -> None:
        """Take packets that arrived, in order of arrival."""
        arrived = self._arrived
        for _seq, send_ns, arrival, size, _probe, _late, packets in results:
            if arrival is not None:
                arrived.append((arrival, size, arrival - send_ns // 1000, packets))
                self._bytes += size
                self._packets += packets
        if arrived:
            horizon = arrived[-1][0] - WINDOW_US
            while arrived[0][0] < horizon:
                _arrival, size, _delay, packets = arrived.popleft()
                self._bytes -= size
                self._packets -= packets

    def bps(self) -> float | None:
        """Return bits per second over the window; None when too little arrived to say."""
        arrived = self._arrived
        if self._packets < MIN_PACKETS:
            return None
        span_us = arrived[-1][0] - arrived[0][0]
        if span_us < MIN_SPAN_US:
            return None
        # The first packet's own transmission lies before the span.
        return (self._bytes - arrived[0][1]) * 8e6 / span_us

    def busy_bps(self, base_us: int, slack_us: int, *, lossy: bool = False) -> float | None:
        """Return the line's capacity, measured while packets queued before it.

        Walks back from the newest packet as long as packets came with a delay of more than ``slack_us`` above
        ``base_us``: the bottleneck was then never idle, and what left it is what it can do.  Unlike a window
        over everything, the figure is right within 40 ms of a change, whatever was sent before it.

        Parameters
        ----------
        base_us : int
            One-way delay of the empty line.
        slack_us : int
            Delay on top of it from which on packets have queued.
        lossy : bool
            Whether the line loses packets at random.

        Returns
        -------
        float or None
            None when the queue was not standing for long enough.
        """
        newest_us: int | None = None
        later_us = queue_us = 0
        total = count = 0
        first_size = span_us = 0
        for arrival, size, delay_us, packets in reversed(self._arrived):
            if newest_us is None:
                newest_us = arrival
            elif later_us - arrival > queue_us + slack_us:
                break  # the later one was sent when this one had left: the line was idle between them
            queue_us = delay_us - base_us
            if queue_us < slack_us or newest_us - arrival > BUSY_WINDOW_US:
                break
            later_us = arrival
            total += size
            count += packets
            first_size = size
            span_us = newest_us - arrival
        if count < MIN_PACKETS or span_us < BUSY_MIN_SPAN_US:
            return None
        busy_bps = (total - first_size) * 8e6 / span_us
        arrived_bps = self.bps() if lossy else None
        if arrived_bps is not None and busy_bps > NARROWED_SHARE * arrived_bps:
            return max(busy_bps, arrived_bps)
        return busy_bps
