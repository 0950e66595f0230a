"""Put together: one controller per viewer, asked by its sender.

The sender reports what it sends and what comes back, and asks for the target, the pacing rate, the next probe
and whether a frame is worth encoding now.  Nothing here reads a clock: the time is what callers say it is
(``time.monotonic_ns()``).
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from .backlog import WAIT_MS, FeedbackInterval, LineQueue, expected_bytes, tolerated_bytes
from .delay import DelayDetector, Signal
from .fallback import ReportControl
from .feedback import Feedback, parse_feedback
from .foreign import QueueOwner
from .history import PacketResult, SentHistory
from .loss import LossMonitor
from .pacing import is_wide, line_bps, pacing_factor
from .probing import Probe, Prober
from .protection import Protection
from .rate import RateControl
from .roundtrip import RoundTrip
from .silence import TIMEOUT_FACTOR, TIMEOUT_NS, Stillness, Watchdog
from .state import State
from .throughput import Acknowledged, RateMeter
from .verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Share of the target that new frames have at least, whatever is sent again and for protection.
LEAST_MEDIA_SHARE = 0.6

#: Without transport-wide feedback reports come about once a second.
REPORT_TIMEOUT_NS = 3_000_000_000

#: Queue, on top of jitter, from which on the line counts as busy and its capacity can be measured.
BUSY_SLACK_MS = 8.0
#: No probing into a queue longer than this, on top of jitter.
CALM_QUEUE_MS = 30.0

_sent_at = itemgetter(1)
_arrival = itemgetter(2)


class CongestionController:
    """Estimate what one viewer's line can carry.

    Parameters
    ----------
    start_bps : int
        Target before anything is known.
    min_bps, max_bps : int
        Bounds of the target.  ``max_bps`` may be changed at any time; set it to what could be used at most,
        and no probe goes beyond it.
    transport_wide : bool
        Whether the peer agreed to transport-wide feedback.  Without it, receiver reports and REMB are all
        there is, and nothing is known of what is in flight.

    Raises
    ------
    ValueError
        When the rates are not in order.

    Notes
    -----
    All rates and sizes are bytes on the wire: RTP packet, SRTP tag, UDP and IP header.
    """

    def __init__(
        self,
        start_bps: int = 400_000,
        min_bps: int = 60_000,
        max_bps: int = 20_000_000,
        *,
        transport_wide: bool = True,
    ) -> None:
        if not 0 < min_bps <= start_bps <= max_bps:
            raise ValueError("rates must satisfy 0 < min_bps <= start_bps <= max_bps")
        self._start_bps = start_bps
        self._transport_wide = transport_wide
        #: Whether the queue is another transfer's of ours, so that nothing lowers the target meanwhile.
        self.held = False
        self._rate = RateControl(start_bps, min_bps, max_bps)
        self._history = SentHistory()
        self._delay = DelayDetector()
        self._acknowledged = Acknowledged()
        self._loss = LossMonitor()
        self._owner = QueueOwner()
        self._prober = Prober(start_bps)
        self._round_trip = RoundTrip()
        self._reports = ReportControl(self._rate)
        self._stillness = Stillness()
        self._watchdog = Watchdog()
        self._sent = RateMeter()
        self._extra = RateMeter()
        self._protection = Protection()
        self._now_ns = 0
        self._reference: int | None = None
        self._interval = FeedbackInterval()
        self._line = LineQueue()
        self._report_ns: int | None = None
        self._reported_loss = 0.0
        self._before_starving_bps = 0.0

    # What happened

    def on_sent(
        self,
        seq: int,
        size: int,
        now_ns: int,
        probe: int | None = None,
        *,
        extra: bool = False,
    ) -> None:
        """Note a packet.

        Parameters
        ----------
        seq : int
            Transport sequence number, not wrapped; grows by one a packet.
        size : int
            Bytes on the wire.
        now_ns : int
            When it was given to the socket.
        probe : int, optional
            ``Probe.cluster`` that it belongs to.
        extra : bool
            Whether it is no new frame's: it repeats an earlier packet, or protects others.

        Raises
        ------
        ValueError
            When ``seq`` does not grow.
        """
        self.on_sent_run(seq, (size,), now_ns, probe)
        if extra:
            self._extra.add(size, now_ns)
        if probe is not None:
            self._prober.on_sent(probe)

    def on_sent_run(self, seq: int, sizes: Sequence[int], now_ns: int, probe: int | None = None) -> None:
        """Note packets of new frames that left together.

        Parameters
        ----------
        seq : int
            Transport sequence number of the first; those of the others follow.
        sizes : sequence of int
            Bytes on the wire of each.
        now_ns : int
            When they were given to the socket.
        probe : int, optional
            As in `on_sent`, which counts it.

        Raises
        ------
        ValueError
            When ``seq`` does not grow.
        """
        self._history.add_run(seq, sizes, now_ns, probe)
        total = sum(sizes)
        self._sent.add(total, now_ns)
        self._line.on_sent(total, self._line_bps, now_ns)
        self._now_ns = now_ns

    def on_feedback(self, feedback: bytes | Feedback, now_ns: int) -> None:
        """Take transport-wide feedback.

        Parameters
        ----------
        feedback : bytes or Feedback
            A whole compound RTCP datagram, decrypted, or one message already parsed.
        now_ns : int
            When it came.

        Raises
        ------
        ValueError
            When it is malformed.  Nothing has changed then.
        """
        if isinstance(feedback, bytes):
            messages = parse_feedback(feedback, self._history.newest_seq, self._reference)
        else:
            messages = [feedback]
        if not messages:
            return
        self._now_ns = now_ns
        self._reference = messages[-1].reference
        results: list[PacketResult] = []
        for message in messages:
            results += self._history.match(message)
        self._note_feedback(now_ns)
        arrived = [result for result in results if result[2] is not None]
        self._loss.update(results, len(results) - len(arrived), now_ns)
        if arrived:
            arrived.sort(key=_arrival)
            self._round_trip.update((now_ns - arrived[-1].send_ns) / 1e6, now_ns)
            self._delay.update(arrived)
            self._acknowledged.update(arrived)
        self._adjust(results, now_ns)
        self._protection.update(self._loss.loss, self._round_trip.least_ms, self._delay.queue_ms, now_ns)
        if arrived:
            self._observe_line(max(arrived, key=_sent_at))

    def on_report(self, loss: float, rtt_ms: float | None, now_ns: int) -> None:
        """Take a receiver report (RFC 3550): share of packets lost, from 0 to 1, and round trip if known."""
        self._now_ns = now_ns
        self._report_ns = now_ns
        self._reported_loss = loss
        queue_ms = 0.0
        if rtt_ms is not None:
            self._round_trip.reported(rtt_ms, now_ns, alone=self._interval.newest_ns is None)
            queue_ms = rtt_ms - self._round_trip.least_ms
        if self._blind:
            self._watchdog.heard(now_ns)
            self._history.give_up()
            self._reports.report(loss, queue_ms, self._sent.bps(now_ns), now_ns)

    def on_remb(self, bps: float, now_ns: int) -> None:
        """Take the receiver's own estimate; ignored once transport-wide feedback has come."""
        self._now_ns = now_ns
        if self._interval.newest_ns is None:
            self._reports.remb(bps, self._sent.bps(now_ns), now_ns)

    def on_tick(self, now_ns: int) -> None:
        """Let time pass; to be called about ten times a second."""
        self._now_ns = now_ns
        oldest_ns = self._history.oldest_in_flight_ns
        if oldest_ns is not None:
            self._check_timeout(oldest_ns, now_ns)
        if self._history.newest_seq < 0:
            return
        decay, resume_bps = self._stillness.update(self._sent.bps(now_ns), self._rate.bps, now_ns)
        if decay < 1 and self._rate.bps > self._start_bps:
            self._rate.lower_to(max(decay * self._rate.bps, self._start_bps))
        if resume_bps is not None:
            self._prober.request(resume_bps)

    # What to do

    @property
    def target_bps(self) -> int:
        """What the line is believed to carry."""
        return round(self._rate.bps)

    @property
    def media_bps(self) -> int:
        """What the target leaves for new frames: repeats and parity of the last second are taken off."""
        extra_bps = self._extra.bps(self._now_ns)
        return round(max(self._rate.bps - extra_bps, LEAST_MEDIA_SHARE * self._rate.bps))

    @property
    def protects(self) -> bool:
        """Whether the line loses so much that parity packets are worth their bytes."""
        return self._protection.on

    @property
    def wide(self) -> bool:
        """Whether the line is believed to carry nearly all that could be used."""
        return is_wide(self._rate.bps, self._rate.max_bps)

    @property
    def pacing_bps(self) -> int:
        """Rate at which packets should leave: 1.5 times the target, or next to nothing while congested."""
        factor = pacing_factor(congested=self.congested, lossy=self._loss.holds, wide=self.wide)
        return round(factor * self._rate.bps)

    @property
    def window_bytes(self) -> int:
        """Bytes that may be in flight: what one round trip holds at the target, and the tolerated queue."""
        return round(self._expected_bytes() + tolerated_bytes(self._rate.bps))

    @property
    def congested(self) -> bool:
        """Whether more than the window is in flight."""
        return self.in_flight_bytes > self.window_bytes

    def wait_ms(self, queued_bytes: int, now_ns: int) -> float:
        """Return how long a packet would wait, here and at the bottleneck.

        Parameters
        ----------
        queued_bytes : int
            Bytes that wait to be sent.
        now_ns : int
            Now.
        """
        line_ms = 0.0 if self._blind else self._line.wait_ms(now_ns)
        return line_ms + queued_bytes * 8000 / self._line_bps

    def may_encode(self, queued_bytes: int, now_ns: int, lead_ms: float = 0.0) -> bool:
        """Say whether a frame begun now would leave soon; if not, a newer one later is better.

        Only reads figures that are replaced as a whole, and so may be called from any thread.

        Parameters
        ----------
        queued_bytes : int
            Bytes that wait to be sent.
        now_ns : int
            Now.
        lead_ms : float
            Time until the frame is ready to be sent.
        """
        self._now_ns = now_ns
        queued = queued_bytes + self.in_flight_bytes
        if queued > self.window_bytes + lead_ms * self._rate.bps / 8000:
            return False
        return self.wait_ms(queued_bytes, now_ns) <= WAIT_MS + lead_ms

    def next_probe(self, now_ns: int) -> Probe | None:
        """Return the train of packets to send now to find out whether more fits, or None.

        To be asked whenever something is about to be sent.  A train counts as under way once it is returned.
        """
        self._now_ns = now_ns
        if not self._prober.due(now_ns, self._rate.bps, self._rate.max_bps):
            return None
        jitter_ms = self._delay.jitter_ms
        return self._prober.next_probe(
            now_ns,
            target_bps=self._rate.bps,
            max_bps=self._rate.max_bps,
            calm=(
                not self._blind
                and not self._watchdog.starved
                and (self._prober.unanswered or not self._stillness.idle)
                and self._delay.signal is Signal.NORMAL
                and self._delay.queue_ms < CALM_QUEUE_MS + 2 * jitter_ms
                and not self.congested
            ),
            sent_bps=self._sent.bps(now_ns),
            jitter_ms=jitter_ms,
        )

    # Figures

    @property
    def max_bps(self) -> int:
        """Upper bound of the target."""
        return self._rate.max_bps

    @max_bps.setter
    def max_bps(self, bps: int) -> None:
        self._rate.max_bps = max(bps, self._rate.min_bps)
        self._rate.bps = min(self._rate.bps, self._rate.max_bps)

    @property
    def rtt_ms(self) -> float:
        """Smoothed round trip; 0 before the first is known."""
        return self._round_trip.smoothed_ms

    @property
    def loss(self) -> float:
        """Share of packets lost lately, from 0 to 1."""
        return self._reported_loss if self._interval.newest_ns is None else self._loss.loss

    @property
    def in_flight_bytes(self) -> int:
        """Bytes sent that no feedback covers yet; 0 without transport-wide feedback."""
        return 0 if self._blind else self._history.in_flight_bytes

    @property
    def queue_ms(self) -> float:
        """How long packets waited at the bottleneck, by the last feedback."""
        return self._delay.queue_ms

    @property
    def state(self) -> State:
        """What the controller does."""
        if self._watchdog.starved:
            return State.STARVED
        if self._interval.newest_ns is None:
            return State.STARTING if self._report_ns is None else State.FALLBACK
        if self._stillness.idle:
            return State.IDLE
        if self._prober.active:
            return State.PROBING
        return State(self._rate.phase.value)

    # Inside

    @property
    def _blind(self) -> bool:
        """Whether nothing is known of single packets, and nothing will be."""
        return self._interval.newest_ns is None and (not self._transport_wide or self._report_ns is not None)

    @property
    def _line_bps(self) -> float:
        """Rate to reckon the line's queue with."""
        return line_bps(self._rate.bps, wide=self.wide)

    def _expected_bytes(self) -> float:
        """Bytes in flight at the target rate when no queue of ours stands."""
        rtt_ms = self._round_trip.least_ms
        if self._owner.foreign and self._round_trip.recent_ms is not None:
            rtt_ms = self._round_trip.recent_ms
        return expected_bytes(rtt_ms, self._interval.ms, self._rate.bps)

    def _observe_line(self, newest: PacketResult) -> None:
        """Correct the reckoned queue by how long the newest packet reported has waited."""
        base_us = self._delay.base_us
        if base_us is None or newest.arrival_us is None:
            return
        delay_ms = (newest.arrival_us - newest.send_ns / 1000 - base_us) / 1000
        # Somebody else's queue does not get shorter while we wait; and jitter is no queue.
        queue_ms = 0.0 if self._owner.foreign else max(0.0, delay_ms - 2 * self._delay.jitter_ms)
        self._line.observe(newest.send_ns, queue_ms, self._history.in_flight(), self._line_bps)

    def _note_feedback(self, now_ns: int) -> None:
        self._interval.update(now_ns)
        if self._watchdog.heard(now_ns):
            self._prober.request(self._before_starving_bps)

    def _adjust(self, results: list[PacketResult], now_ns: int) -> None:
        if self.held:
            self._look_at_probe(results, now_ns)
            return
        delay, rate = self._delay, self._rate
        sent_bps = self._sent.bps(now_ns)
        base_us = delay.base_us
        if base_us is not None:
            self._owner.update(
                results, base_us=base_us, queue_ms=delay.queue_ms, sent_bps=sent_bps, now_ns=now_ns
            )
        signal = verdict(
            delay.signal,
            stepped=delay.stepped,
            waits=self._owner.waits,
            queue_ms=delay.queue_ms,
            jitter_ms=delay.jitter_ms,
        )
        acknowledged_bps = self._acknowledged.bps()
        busy_bps = None
        if signal is Signal.OVERUSE and base_us is not None:
            slack_ms = BUSY_SLACK_MS + 2 * delay.jitter_ms
            busy_bps = self._acknowledged.busy_bps(
                base_us, round(1000 * slack_ms), lossy=self._loss.at_any_rate
            )
        before_bps = rate.bps
        lowered = rate.update(
            signal,
            acknowledged_bps=acknowledged_bps,
            busy_bps=busy_bps,
            rtt_ms=self._round_trip.least_ms,
            may_grow=not self._loss.holds,
            now_ns=now_ns,
        )
        if lowered:
            self._owner.decreased(rate.bps / before_bps, sent_bps, now_ns)
        if self._loss.cuts and acknowledged_bps is not None:
            lowered = rate.lost(acknowledged_bps) or lowered
        self._look_at_probe(results, now_ns, useful=not lowered and signal is not Signal.OVERUSE)
        if lowered:
            self._loss.decreased(now_ns)
            self._prober.decreased(rate.bps, now_ns)

    def _look_at_probe(self, results: list[PacketResult], now_ns: int, *, useful: bool = True) -> None:
        """Raise the target where a probe has found room."""
        fits_bps = self._prober.on_results(results, now_ns)
        if fits_bps is not None and useful and self._rate.raise_to(fits_bps):
            self._prober.raised(self._rate.bps, now_ns)

    def _check_timeout(self, oldest_ns: int, now_ns: int) -> None:
        if self._interval.newest_ns is not None:
            timeout_ns = max(TIMEOUT_NS, round(2e6 * self._round_trip.least_ms))
        elif self._blind:
            timeout_ns = REPORT_TIMEOUT_NS
        else:
            timeout_ns = 2 * TIMEOUT_NS
        was_starved = self._watchdog.starved
        give_up, cut = self._watchdog.update(oldest_ns, self._history.in_flight_packets, timeout_ns, now_ns)
        if cut:
            if not was_starved:
                self._before_starving_bps = self._rate.bps
            self._rate.lower_to(TIMEOUT_FACTOR * self._rate.bps)
            self._prober.decreased(self._rate.bps, now_ns)
        if give_up:
            self._history.give_up()
            self._line.clear()
