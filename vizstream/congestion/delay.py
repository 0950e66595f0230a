"""Is the queue at the bottleneck growing?  Inter-group delay variation, trend line, adaptive threshold.

Packets sent within 5 ms form a group.  When groups arrive further apart than they were sent, something in
between is filling; the slope of the accumulated differences over the last 20 groups says how fast, and a
threshold that follows the line's own noise tells overuse from jitter (draft-ietf-rmcat-gcc-02, section 5;
the trend line replaced the draft's Kalman filter in libwebrtc in 2016, and its constants are libwebrtc's).

`QueueDelay` measures beside it how *full* the queue is, which the trend does not tell: one-way delay above
the smallest seen lately.  Clocks that drift apart by 50 ppm add 1 ms in its 20 s.
"""

from __future__ import annotations

import enum
from collections import deque

from .history import PacketResult

#: Packets sent within this time of a group's first belong to it (draft, section 5.1).
GROUP_NS = 5_000_000
#: Packets that arrive this soon after one another, and sooner than they were sent, were held up together
#: and released at once, by a radio for example; they too are one group, up to this length.
BURST_US = 5_000
MAX_BURST_US = 100_000

TREND_GROUPS = 20
SMOOTHING = 0.9
TREND_GAIN = 4.0
#: The trend counts for more the longer the series it is drawn from, up to this many groups.
TREND_MAX_COUNT = 60

THRESHOLD_MS = 12.5
MIN_THRESHOLD_MS = 6.0
MAX_THRESHOLD_MS = 600.0
GAIN_UP = 0.0087
GAIN_DOWN = 0.039
#: A trend further above the threshold than this is a step, not noise: the threshold does not follow.
MAX_EXCESS_MS = 15.0
#: Overuse must last this long, over at least two groups.
OVERUSE_MS = 10.0

#: A jump of the receiver's clock against ours by more than this is no queue: its machine slept, say.
CLOCK_JUMP_US = 10_000_000

BASE_WINDOW_US = 10_000_000

#: By so much may a delay variation exceed twice the jitter so far and still count in full.
JITTER_STEP_MS = 5.0

#: The last three packets came later and later, and by this much (and four times the jitter) later than the
#: soonest one lately: the line has narrowed.  The trend line needs 100 ms longer to say so (simulated: 3
#: Mbit/s to 300 kbit/s), in which another 30 kB leave.
STEP_MS = 40.0


class Signal(enum.Enum):
    """What the delay says of the line."""

    NORMAL = "normal"
    OVERUSE = "overuse"
    UNDERUSE = "underuse"


class QueueDelay:
    """Follow the one-way delay above its minimum of the last 10 to 20 s."""

    def __init__(self) -> None:
        self._window_began_us = 0
        self._older_us: int | None = None
        self._newer_us: int | None = None

    def update(self, arrival_us: int, delay_us: int) -> None:
        """Take the smallest one-way delay of some packets, in the receiver's clock minus ours."""
        newer = self._newer_us
        if newer is None:
            self._window_began_us = arrival_us
            self._newer_us = delay_us
            return
        if arrival_us - self._window_began_us > BASE_WINDOW_US:
            self._older_us = newer
            self._newer_us = delay_us
            self._window_began_us = arrival_us
        elif delay_us < newer:
            self._newer_us = delay_us

    @property
    def base_us(self) -> int | None:
        """One-way delay of the empty line (the receiver's clock minus ours); None before the first packet."""
        if self._newer_us is None:
            return None
        return self._newer_us if self._older_us is None else min(self._newer_us, self._older_us)


class TrendLine:
    """Slope of the smoothed, accumulated delay over the last groups (least squares).

    Sums are kept up to date as groups enter and leave: 20 terms a group would be most of what a slow line
    costs.  They are drawn up anew every 256 groups, so that rounding does not add up.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()
        self._origin_us: int | None = None
        self._since_rebuild = 0
        self._x = self._y = self._xx = self._xy = 0.0
        self._accumulated_ms = 0.0
        self._smoothed_ms = 0.0
        self.count = 0
        self.slope = 0.0

    def update(self, variation_ms: float, arrival_us: int) -> float:
        """Take one group's delay variation and return the trend in ms, comparable to the threshold."""
        if self._origin_us is None:
            self._origin_us = arrival_us
        self.count += 1
        self._accumulated_ms += variation_ms
        self._smoothed_ms = y = SMOOTHING * self._smoothed_ms + (1 - SMOOTHING) * self._accumulated_ms
        x = (arrival_us - self._origin_us) / 1000
        points = self._points
        points.append((x, y))
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y
        if len(points) > TREND_GROUPS:
            x, y = points.popleft()
            self._x -= x
            self._y -= y
            self._xx -= x * x
            self._xy -= x * y
            self._since_rebuild += 1
            if self._since_rebuild >= 256:
                self._rebuild()
        n = len(points)
        if n == TREND_GROUPS:
            spread = n * self._xx - self._x * self._x
            # 20 groups that arrived within a millisecond say nothing about time.
            if spread > n * n * 0.1:
                self.slope = (n * self._xy - self._x * self._y) / spread
        return min(self.count, TREND_MAX_COUNT) * self.slope * TREND_GAIN

    def _rebuild(self) -> None:
        self._since_rebuild = 0
        x0 = self._points[0][0]
        # Only differences matter, of both axes.
        y0 = self._points[0][1]
        self._origin_us = (self._origin_us or 0) + round(x0 * 1000)
        self._accumulated_ms -= y0
        self._smoothed_ms -= y0
        self._points = deque((x - x0, y - y0) for x, y in self._points)
        self._x = sum(x for x, _ in self._points)
        self._y = sum(y for _, y in self._points)
        self._xx = sum(x * x for x, _ in self._points)
        self._xy = sum(x * y for x, y in self._points)


class OveruseDetector:
    """Compare the trend with a threshold that follows the line's noise (draft, section 5.4)."""

    def __init__(self) -> None:
        self.signal = Signal.NORMAL
        self.threshold_ms = THRESHOLD_MS
        self._over_ms = 0.0
        self._over_groups = 0
        self._last_trend = 0.0
        self._updated_us: int | None = None

    def update(self, trend_ms: float, group_ms: float, arrival_us: int) -> Signal:
        """Take the modified trend after a group that was sent ``group_ms`` after the one before it."""
        threshold = self.threshold_ms
        if trend_ms > threshold:
            # The first group above may have risen at any time since the one before: half of it counts.
            self._over_ms += group_ms if self._over_groups else group_ms / 2
            self._over_groups += 1
            if self._over_ms > OVERUSE_MS and self._over_groups > 1 and trend_ms >= self._last_trend:
                self._over_ms = 0.0
                self._over_groups = 0
                self.signal = Signal.OVERUSE
        else:
            self._over_ms = 0.0
            self._over_groups = 0
            self.signal = Signal.UNDERUSE if trend_ms < -threshold else Signal.NORMAL
        self._last_trend = trend_ms
        self._adapt(abs(trend_ms), arrival_us)
        return self.signal

    def _adapt(self, size_ms: float, arrival_us: int) -> None:
        if self._updated_us is None:
            self._updated_us = arrival_us
        elapsed_ms = min(max((arrival_us - self._updated_us) / 1000, 0.0), 100.0)
        self._updated_us = arrival_us
        threshold = self.threshold_ms
        if size_ms > threshold + MAX_EXCESS_MS:
            return
        gain = GAIN_DOWN if size_ms < threshold else GAIN_UP
        threshold += gain * (size_ms - threshold) * elapsed_ms
        self.threshold_ms = min(max(threshold, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS)


class DelayDetector:
    """Group packets and say whether the line is overused.

    Attributes
    ----------
    signal : Signal
        After the last packet.
    jitter_ms : float
        Mean deviation of the inter-group delay variation (smoothed as in RFC 3550, section 6.4.1).
    stepped : bool
        The queue has grown by a step within the last update: no need to wait for the trend.
    queue_ms : float
        Smallest delay above the base among the packets of the last update: a queue that stands, not a spike.
    """

    def __init__(self) -> None:
        self.signal = Signal.NORMAL
        self.jitter_ms = 0.0
        self.queue_ms = 0.0
        self.stepped = False
        self._reset()

    def _reset(self) -> None:
        self._queue = QueueDelay()
        self._trend = TrendLine()
        self._detector = OveruseDetector()
        self.signal = Signal.NORMAL
        # The open group: first and newest send time, first and newest arrival; and the one before it.
        self._open = False
        self._first_send_ns = self._send_ns = 0
        self._first_arrival_us = self._arrival_us = 0
        self._before: tuple[int, int] | None = None
        # Delays of the last three packets, and the smallest of each of the last three updates.
        self._latest_us: deque[int] = deque(maxlen=3)
        self._soonest_us: deque[int] = deque(maxlen=3)

    @property
    def base_us(self) -> int | None:
        """As `QueueDelay.base_us`."""
        return self._queue.base_us

    def update(self, results: list[PacketResult]) -> Signal:
        """Take packets that arrived, in order of arrival, and return the signal after them."""
        smallest_us: int | None = None
        newest_us = 0
        self.stepped = False
        for _seq, send_ns, arrival, _size, _probe, _late, _packets in results:
            if arrival is None:
                continue
            newest_us = arrival
            delay_us = arrival - send_ns // 1000
            if smallest_us is None or delay_us < smallest_us:
                smallest_us = delay_us
            if not self._open:
                self._open = True
                self._first_send_ns = self._send_ns = send_ns
                self._first_arrival_us = self._arrival_us = arrival
                continue
            if send_ns < self._first_send_ns:
                continue  # overtaken by its own group: says nothing about the queue
            if send_ns - self._first_send_ns <= GROUP_NS or self._in_burst(send_ns, arrival):
                self._send_ns = max(self._send_ns, send_ns)
                self._arrival_us = max(self._arrival_us, arrival)
                continue
            self._close_group()
            self._first_send_ns = self._send_ns = send_ns
            self._first_arrival_us = self._arrival_us = arrival
        if smallest_us is None:
            return self.signal
        if self._soonest_us and abs(smallest_us - self._soonest_us[-1]) > CLOCK_JUMP_US:
            self._reset()
        self._soonest_us.append(smallest_us)
        self._queue.update(newest_us, smallest_us)
        self.queue_ms = (smallest_us - (self._queue.base_us or 0)) / 1000
        self._latest_us.extend([(one.arrival_us or 0) - one.send_ns // 1000 for one in results[-3:]])
        if len(self._latest_us) == 3:
            first, second, third = self._latest_us
            rise_ms = (third - min(self._soonest_us)) / 1000
            self.stepped = first < second < third and rise_ms > STEP_MS + 4 * self.jitter_ms
        return self.signal

    def _in_burst(self, send_ns: int, arrival_us: int) -> bool:
        arrival_delta_us = arrival_us - self._arrival_us
        if arrival_delta_us > BURST_US or arrival_us - self._first_arrival_us > MAX_BURST_US:
            return False
        return arrival_delta_us * 1000 < send_ns - self._send_ns

    def _close_group(self) -> None:
        before = self._before
        self._before = (self._send_ns, self._arrival_us)
        if before is None:
            return
        send_ms = (self._send_ns - before[0]) / 1e6
        variation_ms = (self._arrival_us - before[1]) / 1000 - send_ms
        # A queue that grows varies one way, group after group, and must not pass for jitter: each sample
        # counts for little more than the last ones.
        jitter_ms = self.jitter_ms
        self.jitter_ms += (min(abs(variation_ms), 2 * jitter_ms + JITTER_STEP_MS) - jitter_ms) / 16
        trend_ms = self._trend.update(variation_ms, self._arrival_us)
        self.signal = self._detector.update(trend_ms, send_ms, self._arrival_us)
