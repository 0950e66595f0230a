"""What a line carries where whole frames are acknowledged: over TCP, which hides packets and their losses.

TCP delivers in order, so an acknowledgement tells when the last byte of a frame had come, and everything
before it.  Frames that find the one before still on the line make a burst with it; how long a burst takes,
less the round trip of the empty line, is how long the line was busy with it::

    rate ≥ bytes of the burst so far / (acknowledged - least round trip - sent)

A browser that is out of breath acknowledges late, which makes single figures too small, never too large;
the largest of the last seconds is therefore what the line carries, and is known at any rate of sending: even
small frames are bursts.  When several in a row are small, the line has become narrower, and only they count.

A frame's own time on the line is no round trip, so that is taken from small messages only: pings.

How much may be under way follows as in `controller`: what the round trip holds, and a little; and the line
must be free when a frame is ready (`backlog`).  Frames that are not acknowledged in time are a line that
stands still.  Pure: the time is what callers say it is.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from .backlog import WAIT_MS, LineQueue, expected_bytes, tolerated_bytes
from .roundtrip import RoundTrip

#: What timers, threads and an idle browser add to a round trip, in milliseconds: 1 to 2 on loopback.
SLACK_MS = 2.0

#: Messages up to this size tell the round trip: their own bytes take 3 ms at 300 kbit/s.
PING_BYTES = 120
#: Time after which another ping is due: the least of some ten is an idle browser's.
PING_NS = 1_000_000_000

#: A burst that takes less than this at the target does not show that the line carries no more.
TELLING_MS = 5.0

#: Time for which the largest figure counts, and how many slow frames in a row replace it.
WINDOW_NS = 2_000_000_000
SLOW_FRAMES = 4
#: A frame is slow if the line took this much longer with it than the target allows for.
SLOW_FACTOR = 1.5
SLOW_MS = 60.0

#: A burst is cut here, so that what the line did long ago does not count.
BURST_NS = 500_000_000

#: Share of what the line carries that is aimed at: retransmissions and headers of TCP come on top, and what
#: was queued must drain.
TARGET_SHARE = 0.85
#: Growth per second at most, as a factor: a guess is corrected within a second, without flooding the line.
GROWTH = 8.0

#: Without any acknowledgement for so long the rate is halved, and again after each further one.
TIMEOUT_NS = 500_000_000
TIMEOUT_FACTOR = 0.5

#: A viewer whose oldest frame is older than this, and than this many times as long as its bytes should take,
#: does not keep up: others do not wait for it.
LAG_MS = 500.0
LAG_FACTOR = 3.0

#: Frames that may be under way: those of 2 s at 60 frames/s.
MAX_FRAMES = 120


class _Sent(NamedTuple):
    number: int
    size: int
    sent_ns: int


class _Burst(NamedTuple):
    begin_ns: int
    bytes: int
    #: When the line was through with it.
    end_ns: int


class FrameControl:
    """Estimate what one viewer's line carries, from acknowledged frames.

    Parameters
    ----------
    start_bps : int
        Target before anything is known.
    min_bps, max_bps : int
        Bounds of the target; ``max_bps`` may be changed at any time.

    Raises
    ------
    ValueError
        When the rates are not in order.
    """

    def __init__(self, start_bps: int = 1_000_000, min_bps: int = 60_000, max_bps: int = 20_000_000) -> None:
        if not 0 < min_bps <= start_bps <= max_bps:
            raise ValueError("rates must satisfy 0 < min_bps <= start_bps <= max_bps")
        #: Whether the queue is another transfer's of ours, so that nothing lowers the target meanwhile.
        self.held = False
        self._min_bps = min_bps
        self._max_bps = max_bps
        self._bps = float(start_bps)
        self._sent: deque[_Sent] = deque()
        self._in_flight = 0
        self._round_trip = RoundTrip()
        self._line = LineQueue()
        self._burst = _Burst(0, 0, 0)
        #: (when, rate) of the frames acknowledged lately.
        self._rates: deque[tuple[int, float]] = deque()
        self._slow = 0
        self._queue_ms = 0.0
        self._updated_ns: int | None = None
        self._heard_ns = 0
        self._pinged_ns = -PING_NS
        # What other threads read: replaced as a whole.
        self._oldest: _Sent | None = None

    # What happened

    def on_sent(self, number: int, size: int, now_ns: int) -> None:
        """Note a frame; its number is larger than that of the one before, `size` in bytes on the wire."""
        if not self._sent:
            self._heard_ns = max(self._heard_ns, now_ns)
        self._sent.append(_Sent(number, size, now_ns))
        if size <= PING_BYTES:
            self._pinged_ns = now_ns
        self._oldest = self._sent[0]
        self._in_flight += size
        self._line.on_sent(size, self._line_bps, now_ns)

    def on_acknowledged(self, number: int, now_ns: int) -> bool:
        """Take the news that a frame and all before it have come.

        Returns
        -------
        bool
            False where no such frame is under way.
        """
        if not self._sent or not self._sent[0].number <= number <= self._sent[-1].number:
            return False
        came: list[_Sent] = []
        while self._sent and self._sent[0].number <= number:
            came.append(self._sent.popleft())
        frame = came[-1]
        self._in_flight -= sum(one.size for one in came)
        self._oldest = self._sent[0] if self._sent else None
        self._heard_ns = now_ns
        rtt_ms = (now_ns - frame.sent_ns) / 1e6
        if frame.size <= PING_BYTES:
            self._round_trip.update(rtt_ms, now_ns)
        elif self._round_trip.recent_ms is None:
            self._round_trip.update(rtt_ms, now_ns)  # better than a guess, until a ping has come
        least_ms = self._round_trip.least_ms
        self._queue_ms = max(0.0, rtt_ms - least_ms)
        self._extend_burst(came, now_ns - round(1e6 * least_ms))
        burst = self._burst
        busy_ms = max(0.0, (burst.end_ns - burst.begin_ns) / 1e6)
        # Neither can be too large: also the newest frame alone, from its sending, waited for those before it.
        bps = 8000 * max(burst.bytes / (busy_ms + SLACK_MS), frame.size / (self._queue_ms + SLACK_MS))
        slow = self._took_long(sum(one.size for one in came))
        self._slow = self._slow + 1 if slow else 0
        telling = slow or burst.bytes * 8000 / self._bps >= TELLING_MS
        if (telling and not self.held) or bps > self._best_bps:
            self._note(bps, now_ns)
        self._line.observe(
            frame.sent_ns, self._queue_ms, [(one.sent_ns, one.size) for one in self._sent], self._line_bps
        )
        before_bps = self._bps
        self._adjust(now_ns, telling=telling)
        if self.held:
            self._bps = max(before_bps, self._bps)
        return True

    def on_tick(self, now_ns: int) -> None:
        """Let time pass; to be called about ten times a second."""
        if self._sent and now_ns - self._heard_ns > max(TIMEOUT_NS, self._due_ns(self._sent[0])):
            self._heard_ns = now_ns
            self._bps = max(self._min_bps, TIMEOUT_FACTOR * self._bps)
            self._rates.clear()

    # What to do

    @property
    def target_bps(self) -> int:
        """What the line is believed to carry."""
        return round(self._bps)

    @property
    def media_bps(self) -> int:
        """What is left for new frames: all of it."""
        return round(self._bps)

    @property
    def max_bps(self) -> int:
        """Upper bound of the target."""
        return self._max_bps

    @max_bps.setter
    def max_bps(self, bps: int) -> None:
        self._max_bps = max(bps, self._min_bps)
        self._bps = min(self._bps, self._max_bps)

    @property
    def window_bytes(self) -> int:
        """Bytes that may be under way."""
        return round(expected_bytes(self._least_ms, SLACK_MS, self._bps) + tolerated_bytes(self._bps))

    @property
    def congested(self) -> bool:
        """Whether more than that is under way."""
        return self._in_flight > self.window_bytes

    @property
    def wide(self) -> bool:
        """Whether the line is believed to carry nearly all that could be used."""
        return self._bps >= 0.8 * self._max_bps

    def may_encode(self, now_ns: int, lead_ms: float = 0.0) -> bool:
        """Say whether a frame that is ready in so many milliseconds would find the line free.

        May be called from any thread.
        """
        if self._in_flight > self.window_bytes + lead_ms * self._bps / 8000 or self.lags(now_ns):
            return False
        return self._line.wait_ms(now_ns) <= WAIT_MS + lead_ms

    def wants_ping(self, now_ns: int) -> bool:
        """Say whether a ping should go before the next frame."""
        return now_ns - self._pinged_ns >= PING_NS

    def lags(self, now_ns: int) -> bool:
        """Say whether the viewer does not keep up, so that nobody should wait for it; from any thread."""
        oldest = self._oldest
        return oldest is not None and now_ns - oldest.sent_ns > self._due_ns(oldest)

    @property
    def full(self) -> bool:
        """Whether another frame would be one too many, whatever it is."""
        return len(self._sent) >= MAX_FRAMES

    # Figures

    @property
    def in_flight_bytes(self) -> int:
        """Bytes sent and not acknowledged."""
        return self._in_flight

    @property
    def rtt_ms(self) -> float:
        """Smoothed round trip; 0 before the first is known."""
        return self._round_trip.smoothed_ms

    @property
    def queue_ms(self) -> float:
        """How much longer the newest acknowledged frame took than over the empty line."""
        return self._queue_ms

    @property
    def loss(self) -> float:
        """Nothing is lost over TCP."""
        return 0.0

    @property
    def protects(self) -> bool:
        """Never, therefore."""
        return False

    # Inside

    @property
    def _least_ms(self) -> float:
        return self._round_trip.least_ms

    @property
    def _line_bps(self) -> float:
        """Rate to reckon the line's queue with."""
        return max(self._best_bps, self._bps)

    @property
    def _best_bps(self) -> float:
        return max((rate for _when, rate in self._rates), default=0.0)

    def _due_ns(self, frame: _Sent) -> int:
        """Return how long a frame may take, all being as it should."""
        bytes_ms = LAG_FACTOR * frame.size * 8000 / self._bps
        return round(1e6 * (max(LAG_MS, bytes_ms) + 2 * self._least_ms))

    def _took_long(self, size: int) -> bool:
        """Say whether the newest frame took longer than its size explains."""
        return self._queue_ms > SLOW_MS + SLOW_FACTOR * size * 8000 / self._bps

    def _note(self, rate_bps: float, now_ns: int) -> None:
        self._rates.append((now_ns, rate_bps))
        while len(self._rates) > 1 and now_ns - self._rates[0][0] > WINDOW_NS:
            self._rates.popleft()
        while self._slow >= SLOW_FRAMES and len(self._rates) > SLOW_FRAMES:
            self._rates.popleft()

    def _extend_burst(self, came: list[_Sent], end_ns: int) -> None:
        """Put frames that came at one time into the present burst, or let another begin with one of them."""
        begin_ns, size, busy_until_ns = self._burst
        if busy_until_ns - begin_ns > BURST_NS:
            begin_ns, size = busy_until_ns, 0
        if came[0].sent_ns >= busy_until_ns:
            begin_ns, size = came[0].sent_ns, 0
        size += sum(one.size for one in came)
        self._burst = _Burst(begin_ns, size, end_ns)

    def _adjust(self, now_ns: int, *, telling: bool) -> None:
        elapsed_s = 0.0 if self._updated_ns is None else min((now_ns - self._updated_ns) / 1e9, 0.25)
        self._updated_ns = now_ns
        carries = TARGET_SHARE * self._best_bps
        if carries > self._bps:
            # Growth waits while the newest frames are late: the figure may be of better times.
            if self._slow == 0:
                self._bps = min(carries, self._bps * GROWTH**elapsed_s, self._max_bps)
        elif telling:
            self._bps = max(carries, self._min_bps)
