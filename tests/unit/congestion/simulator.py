"""A video sender, a bottleneck and a browser in virtual time.

::

    encoder ─ frames ─► pacer ─► Line (rate, queue, loss, jitter, other traffic) ─► receiver
       ▲                  ▲                                                            │
       └── may_encode ── CongestionController ◄── feedback, NACK ── Path back ◄────────┘

Feedback crosses as real RTCP bytes.  Time is in µs and starts at an arbitrary value; the receiver's clock
has an offset of its own.  Nothing is random but by the seed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from twcc import build_feedback

from vizstream.congestion import CongestionController

if TYPE_CHECKING:
    from collections.abc import Callable

START_US = 7_000_000_000
RECEIVER_OFFSET_US = 123_456_789

#: RTP header and extensions, SRTP tag, UDP and IP.
OVERHEAD = 12 + 12 + 10 + 8 + 20
PAYLOAD = 1150
PADDING = 224
#: Chromium asks for a keyframe when nothing could be decoded for so long.
KEYFRAME_REQUEST_US = 3_000_000


@dataclass
class Line:
    """What lies between the sender and the browser.

    ``rates`` and ``cross`` are (from second, bit/s) steps; ``queue_bytes`` is where it drops;
    ``burst_bytes`` what a token bucket lets through at once.
    """

    rates: list[tuple[float, float]]
    delay_ms: float = 25.0
    queue_bytes: int = 100_000
    loss: float = 0.0
    loss_back: float = 0.0
    jitter_ms: float = 0.0
    reorder: bool = False
    burst_bytes: int = 0
    cross: list[tuple[float, float]] = field(default_factory=list)
    feedback_ms: tuple[float, float] = (50.0, 100.0)
    outages: list[tuple[float, float]] = field(default_factory=list)
    stall_ms: float = 0.0  # the receiver is busy elsewhere once a second, for up to this long
    download: tuple[float, float] | None = None  # a greedy flow from one second to another
    late_ms: float = 0.0  # so late may the sender's timers be

    def rate_at(self, second: float) -> float:
        return _step(self.rates, second)


def _step(steps: list[tuple[float, float]], second: float) -> float:
    value = 0.0
    for begin, step in steps:
        if second >= begin:
            value = step
    return value


class Bottleneck:
    """A FIFO queue drained at the line's rate."""

    def __init__(self, line: Line, rng: random.Random) -> None:
        self._line = line
        self._rng = rng
        self._free_us = -math.inf
        self._queue: deque[tuple[float, int]] = deque()
        self._queued = 0
        self._cross_us = float(START_US)
        self._last_arrival_us = 0.0
        self._stall_us = (0.0, float(START_US))
        self.dropped = 0

    def send(self, now_us: float, size: int) -> tuple[int, float] | None:
        """Return the arrival time and the time spent queueing in ms, or None when the packet is lost."""
        self._cross(now_us)
        done_us = self._enqueue(now_us, size)
        if done_us is None:
            self.dropped += 1
            return None
        line = self._line
        second = (now_us - START_US) / 1e6
        if self._rng.random() < line.loss or any(a <= second < b for a, b in line.outages):
            return None
        waited_ms = max(0.0, done_us - now_us - size * 8e6 / line.rate_at(second)) / 1000
        arrival_us = done_us + line.delay_ms * 1000
        if line.jitter_ms:
            arrival_us += self._rng.uniform(0, 2000 * line.jitter_ms)
        if line.stall_ms:
            arrival_us = self._stalled(arrival_us)
        if not line.reorder:
            arrival_us = max(arrival_us, self._last_arrival_us)
            self._last_arrival_us = arrival_us
        return math.ceil(arrival_us), waited_ms

    def _stalled(self, arrival_us: float) -> float:
        while arrival_us > self._stall_us[1]:
            begin = self._stall_us[1] + self._rng.expovariate(1.0) * 1e6
            self._stall_us = (begin, begin + self._rng.uniform(0, 1000 * self._line.stall_ms))
        begin, end = self._stall_us
        return end if begin <= arrival_us else arrival_us

    def _cross(self, now_us: float) -> None:
        while self._cross_us < now_us:
            bps = _step(self._line.cross, (self._cross_us - START_US) / 1e6)
            if bps:
                self._enqueue(self._cross_us, 1200)
                self._cross_us += 1200 * 8e6 / bps
            else:
                self._cross_us += 10_000

    def _enqueue(self, now_us: float, size: int) -> float | None:
        while self._queue and self._queue[0][0] <= now_us:
            self._queued -= self._queue.popleft()[1]
        if self._queued + size > self._line.queue_bytes:
            return None
        second = (now_us - START_US) / 1e6
        begin_us = max(self._free_us, now_us - self._line.burst_bytes * 8e6 / self._line.rate_at(second))
        bits = size * 8.0
        while True:
            second = max(0.0, (begin_us - START_US) / 1e6)
            bps = self._line.rate_at(second)
            until = min((t for t, _ in self._line.rates if t > second + 1e-9), default=math.inf)
            end_us = begin_us + bits * 1e6 / bps
            if end_us <= START_US + until * 1e6:
                break
            bits -= (until - second) * bps
            begin_us = START_US + until * 1e6
        self._free_us = end_us
        done_us = max(now_us, end_us)
        self._queue.append((done_us, size))
        self._queued += size
        return done_us


class Download:
    """A greedy flow beside ours: Reno, one window, no delayed acknowledgements."""

    SIZE = 1200

    def __init__(self, simulation: Simulation, until: float) -> None:
        self._simulation = simulation
        self._until = until
        self._window = 10.0
        self._threshold = 1e9
        self._flying = 0
        self._recovered_us = 0
        self.bytes = 0

    def send(self) -> None:
        simulation = self._simulation
        while self._flying < int(self._window) and simulation.second < self._until:
            self._flying += 1
            outcome = simulation.bottleneck.send(simulation.now_us, self.SIZE)
            back_us = simulation.line.delay_ms * 1000
            if outcome is None:
                simulation.at(simulation.now_us + 3 * back_us + 100_000, self._lost)
            else:
                simulation.at(outcome[0] + back_us, self._acknowledged)

    def _acknowledged(self) -> None:
        self._flying -= 1
        self.bytes += self.SIZE
        self._window += 1 if self._window < self._threshold else 1 / self._window
        self.send()

    def _lost(self) -> None:
        self._flying -= 1
        if self._simulation.now_us > self._recovered_us:
            self._window = self._threshold = max(2.0, self._window / 2)
            self._recovered_us = self._simulation.now_us + 200_000
        self.send()


@dataclass
class Sample:
    """The state every 100 ms."""

    second: float
    target_bps: int
    delivered_bps: float
    state: str
    loss: float
    in_flight: int


@dataclass
class Frame:
    number: int
    captured_us: int
    keyframe: bool
    packets: int
    missing: int = 0
    done_us: int | None = None


class Simulation:
    """Run one sender over one line.

    Parameters
    ----------
    line : Line
        The line.
    seconds : float
        Virtual time to run.
    motion : callable, optional
        Whether the scene moves at a second; always, if left out.
    fill : float
        Share of the target that the encoder spends.
    transport_feedback : bool
        Whether the receiver sends transport-wide feedback; receiver reports otherwise.
    """

    def __init__(
        self,
        line: Line,
        seconds: float,
        *,
        motion: Callable[[float], bool] = lambda _second: True,
        fill: float = 1.0,
        seed: int = 1,
        max_bps: int = 20_000_000,
        transport_feedback: bool = True,
        controller: CongestionController | None = None,
    ) -> None:
        self.line = line
        self.seconds = seconds
        self.motion = motion
        self.fill = fill
        self.transport_feedback = transport_feedback
        self.cc = controller or CongestionController(max_bps=max_bps, transport_wide=transport_feedback)
        self.rng = random.Random(seed)  # noqa: S311 - a simulation wants to be repeatable
        self.bottleneck = Bottleneck(line, self.rng)
        self.now_us = START_US
        self._events: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = 0
        # Sender.
        self._seq = 0
        self._media_seq = 0
        self._queue: deque[tuple[int, int, int]] = deque()  # (size, media seq, frame)
        self._queued = 0
        self._resend: deque[int] = deque()
        self._resent_us: dict[int, int] = {}
        self._resend_budget = 64_000.0
        self._sent_media: dict[int, tuple[int, int]] = {}  # media seq -> (size, frame)
        self._pump_at: int | None = None
        self._next_send_us = float(START_US)
        self._probe: list[float] | None = None  # cluster, bps, packets left, bytes left
        self._frames: dict[int, Frame] = {}
        self._frame_number = 0
        self._planned_us = float(START_US)
        self._keyframe_due = True
        self._keyframe_us = -10_000_000
        self._still_us = 0
        # Receiver.
        self._arrived: dict[int, int] = {}
        self._reported = 0
        self._newest = -1
        self._feedback_number = 0
        self._have_media: set[int] = set()
        self._media_newest = -1
        self._missing: dict[int, tuple[int, int]] = {}  # media seq -> (next request at, requests)
        self._shown_frame = -1
        self._shown_us = START_US
        self._stuck_us: int | None = None
        self._report_base = (0, 0)
        self._packets_sent = 0
        self._packets_arrived = 0
        # Figures.
        self.samples: list[Sample] = []
        self.waits: list[tuple[float, float]] = []  # (second, ms in the queue)
        self.shown: list[tuple[float, float]] = []  # (second shown, ms since captured)
        self.delivered_bytes = 0
        self._delivered_before = 0
        self.probe_bytes = 0
        self.sent_bytes = 0
        self.probes: list[tuple[float, int]] = []
        self.keyframes = 0
        self.retransmitted = 0

    # Events

    def at(self, when_us: float, what: Callable[..., None], *args: Any) -> None:
        self._order += 1
        heapq.heappush(self._events, (math.ceil(when_us), self._order, what, args))

    def run(self) -> Simulation:
        self.at(START_US, self._encode)
        self.at(START_US + 10_000, self._tick)
        self.at(START_US + 100_000, self._sample)
        if self.transport_feedback:
            self.at(START_US + 60_000, self._feedback)
        self.at(START_US + 1_000_000, self._report)
        self.at(START_US + 20_000, self._nack)
        if self.line.download is not None:
            begin, end = self.line.download
            self.at(START_US + begin * 1e6, Download(self, end).send)
        end_us = START_US + self.seconds * 1e6
        while self._events:
            when_us, _order, what, args = heapq.heappop(self._events)
            if when_us > end_us:
                break
            self.now_us = when_us
            what(*args)
        return self

    @property
    def second(self) -> float:
        return (self.now_us - START_US) / 1e6

    @property
    def now_ns(self) -> int:
        return self.now_us * 1000

    # Sender

    def _encode(self) -> None:
        target = self.cc.media_bps * self.fill
        fps = 30 if target >= 500_000 else 15 if target >= 220_000 else 10
        moving = self.motion(self.second)
        if not moving:
            if self.now_us - self._still_us > 2_000_000:
                self._still_us = self.now_us
                self._push(300, keyframe=False)
        elif self.cc.may_encode(self._queued, self.now_ns):
            keyframe = self._keyframe_due and self.now_us - self._keyframe_us > 1_000_000
            if keyframe:
                self._keyframe_due = False
                self._keyframe_us = self.now_us
                self.keyframes += 1
                size = min(max(target * 0.4 / 8, 8000), 40_000)
            else:
                share = PAYLOAD / (PAYLOAD + OVERHEAD)
                size = target / fps / 8 * share * self.rng.lognormvariate(-0.02, 0.2)
            self._push(int(size), keyframe=keyframe)
        else:
            # Look again soon: the newest picture goes out as soon as there is room.
            self.at(self.now_us + 10_000, self._encode)
            return
        # Held back now, a little sooner then: on average there are as many as there should be.
        self._planned_us = max(self._planned_us + 1e6 / fps, self.now_us + 0.75e6 / fps)
        self.at(self._planned_us, self._encode)

    def _push(self, size: int, *, keyframe: bool) -> None:
        count = max(1, math.ceil(size / PAYLOAD))
        frame = Frame(self._frame_number, self.now_us, keyframe, count, count)
        self._frames[frame.number] = frame
        self._frame_number += 1
        for index in range(count):
            part = size // count + (1 if index < size % count else 0) + OVERHEAD
            self._queue.append((part, self._media_seq, frame.number))
            self._queued += part
            self._media_seq += 1
        self._wake()

    def _wake(self) -> None:
        when = max(self.now_us, math.ceil(self._next_send_us / 1000) * 1000)
        if self.line.late_ms and when > self.now_us:
            when += round(self.rng.uniform(0, 1000 * self.line.late_ms))
        if self._pump_at is None or self._pump_at > when:
            self._pump_at = when
            self.at(when, self._pump, when)

    def _pump(self, planned: int) -> None:
        if planned != self._pump_at:
            return
        self._pump_at = None
        self._next_send_us = max(self._next_send_us, self.now_us - 1000.0 - 1000 * self.line.late_ms)
        while self._next_send_us <= self.now_us:
            if self._probe is None and (self._queue or self._resend):
                probe = self.cc.next_probe(self.now_ns)
                if probe is not None:
                    self.probes.append((self.second, probe.bps))
                    self._probe = [probe.cluster, probe.bps, probe.packets, probe.bytes]
            resend = False
            if self._resend:
                media = self._resend.popleft()
                size, frame = self._sent_media[media]
                resend = True
            elif self._queue:
                size, media, frame = self._queue.popleft()
                self._queued -= size
                self._sent_media[media] = (size, frame)
                self._resend_budget = min(self._resend_budget + 0.2 * size, 64_000)
            elif self._probe is not None:
                size, media, frame = PADDING + OVERHEAD, -1, -1
                self.probe_bytes += size
            else:
                break
            cluster = None
            bps = self.cc.pacing_bps
            if self._probe is not None:
                cluster, bps = int(self._probe[0]), int(self._probe[1])
                self._probe[2] -= 1
                self._probe[3] -= size
                if self._probe[2] <= 0 and self._probe[3] <= 0:
                    self._probe = None
            self._transmit(size, media, frame, cluster, resend=resend)
            self._next_send_us += size * 8e6 / bps
        if self._queue or self._resend or self._probe is not None:
            self._wake()

    def _transmit(self, size: int, media: int, frame: int, cluster: int | None, *, resend: bool) -> None:
        seq = self._seq
        self._seq += 1
        self.sent_bytes += size
        self._packets_sent += 1
        self.cc.on_sent(seq, size, self.now_ns, cluster, extra=resend)
        outcome = self.bottleneck.send(self.now_us, size)
        if outcome is not None:
            arrival_us, waited_ms = outcome
            self.waits.append((self.second, waited_ms))
            self.at(arrival_us, self._arrive, seq, size, media, frame)

    def _take_nack(self, wanted: list[int]) -> None:
        for media in wanted:
            if media not in self._sent_media:
                continue
            if self._resend_budget <= 0:
                # What will not be repeated stops the decoder, which asks for a keyframe 3 s later.
                self._keyframe_due = True
                continue
            wait_us = max(30_000, self.cc.rtt_ms * 1000)
            if self.now_us - self._resent_us.get(media, -10_000_000) < wait_us:
                continue
            self._resent_us[media] = self.now_us
            self._resend_budget -= self._sent_media[media][0]
            self._resend.append(media)
            self.retransmitted += 1
        if self._resend:
            self._wake()

    def _take_pli(self) -> None:
        self._keyframe_due = True

    def _tick(self) -> None:
        self.cc.on_tick(self.now_ns)
        self.at(self.now_us + 100_000, self._tick)

    def _take_feedback(self, data: bytes) -> None:
        self.cc.on_feedback(data, self.now_ns)
        if self._queue:
            self._wake()

    # Receiver

    def _arrive(self, seq: int, size: int, media: int, frame_number: int) -> None:
        self.delivered_bytes += size
        self._packets_arrived += 1
        self._arrived[seq] = self.now_us + RECEIVER_OFFSET_US
        self._newest = max(self._newest, seq)
        # What was overtaken is reported on again, with what followed it.
        self._reported = min(self._reported, seq)
        if media < 0 or media in self._have_media:
            return
        self._have_media.add(media)
        self._missing.pop(media, None)
        if media > self._media_newest:
            for gap in range(self._media_newest + 1, media):
                self._missing[gap] = (self.now_us, 0)
            self._media_newest = media
        frame = self._frames.get(frame_number)
        if frame is None:
            return  # a keyframe has made it needless
        frame.missing -= 1
        if not frame.missing:
            frame.done_us = self.now_us
            self._show()

    def _show(self) -> None:
        while True:
            frame = self._frames.get(self._shown_frame + 1)
            if frame is None or frame.done_us is None:
                break
            self._shown(frame)
        # A complete keyframe makes what came before it needless.
        for frame in list(self._frames.values()):
            if frame.keyframe and frame.done_us is not None and frame.number > self._shown_frame:
                self._missing = {
                    media: value
                    for media, value in self._missing.items()
                    if media not in self._sent_media or self._sent_media[media][1] > frame.number
                }
                self._shown(frame)
                self._show()
                return

    def _shown(self, frame: Frame) -> None:
        for number in range(self._shown_frame + 1, frame.number + 1):
            self._frames.pop(number, None)
        self._shown_frame = frame.number
        self._shown_us = self.now_us
        self.shown.append((self.second, (self.now_us - frame.captured_us) / 1000))

    def _nack(self) -> None:
        wanted = []
        rtt_us = 2 * self.line.delay_ms * 1000 + 10_000
        for media, (due_us, count) in list(self._missing.items()):
            if due_us <= self.now_us:
                if count >= 10:
                    del self._missing[media]
                    continue
                wanted.append(media)
                self._missing[media] = (int(self.now_us + max(rtt_us, 20_000)), count + 1)
        if wanted and self.rng.random() >= self.line.loss_back:
            self.at(self._back_us(), self._take_nack, wanted)
        # Nothing to decode although packets come: ask for a keyframe.
        waiting = any(number > self._shown_frame + 1 for number in self._frames) and (
            self._media_newest >= 0 and self.now_us - self._shown_us > KEYFRAME_REQUEST_US
        )
        if waiting and (self._stuck_us is None or self.now_us - self._stuck_us > 500_000):
            self._stuck_us = self.now_us
            if self.rng.random() >= self.line.loss_back:
                self.at(self._back_us(), self._take_pli)
        self.at(self.now_us + 20_000, self._nack)

    def _back_us(self) -> float:
        return self.now_us + self.line.delay_ms * 1000 + self.rng.uniform(0, 2000 * self.line.jitter_ms)

    def _feedback(self) -> None:
        low, high = self.line.feedback_ms
        self.at(self.now_us + self.rng.uniform(low, high) * 1000, self._feedback)
        if self._newest < self._reported:
            return
        seqs = range(self._reported, self._newest + 1)
        while seqs and seqs[0] not in self._arrived and not self._reported:
            seqs = seqs[1:]
        data = build_feedback(seqs[0], [self._arrived.get(seq) for seq in seqs], self._feedback_number)
        self._feedback_number += 1
        self._reported = self._newest + 1
        for seq in [seq for seq in self._arrived if seq < self._reported - 500]:
            del self._arrived[seq]
        lost = self.rng.random() < self.line.loss_back
        if not lost and not any(a <= self.second < b for a, b in self.line.outages):
            self.at(self._back_us(), self._take_feedback, data)

    def _report(self) -> None:
        sent = self._newest + 1 - self._report_base[0]
        arrived = self._packets_arrived - self._report_base[1]
        self._report_base = (self._newest + 1, self._packets_arrived)
        loss = max(0.0, 1 - arrived / sent) if sent > 0 else 0.0
        if self.rng.random() >= self.line.loss_back:
            rtt_ms = 2 * self.line.delay_ms + (self.waits[-1][1] if self.waits else 0.0)
            self.at(self._back_us(), lambda: self.cc.on_report(loss, rtt_ms, self.now_ns))
        self.at(self.now_us + 1_000_000, self._report)

    # Figures

    def _sample(self) -> None:
        delivered = self.delivered_bytes - self._delivered_before
        self._delivered_before = self.delivered_bytes
        cc = self.cc
        self.samples.append(
            Sample(self.second, cc.target_bps, delivered * 80, cc.state.value, cc.loss, cc.in_flight_bytes)
        )
        self.at(self.now_us + 100_000, self._sample)

    def utilisation(self, begin: float, end: float) -> float:
        """Share of the line's capacity, other traffic taken off, that was delivered."""
        chosen = [sample for sample in self.samples if begin < sample.second <= end]
        offered = [
            self.line.rate_at(s.second - 0.05) - _step(self.line.cross, s.second - 0.05) for s in chosen
        ]
        return sum(s.delivered_bps for s in chosen) / sum(offered)

    def target(self, begin: float, end: float) -> float:
        """Mean target in bit/s."""
        chosen = [sample.target_bps for sample in self.samples if begin < sample.second <= end]
        return sum(chosen) / len(chosen)

    def wait_ms(self, begin: float, end: float, quantile: float = 0.95) -> float:
        """Time that packets waited at the bottleneck."""
        return _quantile([wait for second, wait in self.waits if begin <= second < end], quantile)

    def latency_ms(self, begin: float, end: float, quantile: float = 0.5) -> float:
        """From capture to the picture, of the frames shown."""
        return _quantile([ms for second, ms in self.shown if begin <= second < end], quantile)

    def fps(self, begin: float, end: float) -> float:
        """Frames shown a second."""
        return sum(begin <= second < end for second, _ms in self.shown) / (end - begin)

    def freeze_s(self, begin: float, end: float) -> float:
        """Longest time without a new frame."""
        times = [begin, *(second for second, _ms in self.shown if begin <= second < end), end]
        return max(b - a for a, b in pairwise(times))

    def reached_s(self, bps: float, after: float, *, below: bool = False) -> float:
        """Seconds from ``after`` until the target is above (or below) a rate; infinite if it never is."""
        for sample in self.samples:
            if sample.second > after and (sample.target_bps <= bps if below else sample.target_bps >= bps):
                return sample.second - after
        return math.inf


def _quantile(values: list[float], quantile: float) -> float:
    if not values:
        return math.nan
    return sorted(values)[min(int(quantile * len(values)), len(values) - 1)]
