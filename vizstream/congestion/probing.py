"""Find out whether more fits through: short trains of packets, faster than the target.

Slow growth doubles a rate in nine seconds; a train of five packets tells within a round trip.  A train that
arrives as fast as it was sent asks for the next, twice as fast; one that arrives slower has met the
bottleneck, and its arrival rate *is* the capacity.  Trains are made of what waits to be sent, so that on a
busy sender they cost nothing; the rest is padding.
"""

from __future__ import annotations

from typing import NamedTuple

from .history import PacketResult

#: Rate of the first train as a multiple of the start rate; the second is twice as fast (as in libwebrtc).
FIRST_FACTOR = 3.0
#: Rate of every later train, relative to what is known to fit.
NEXT_FACTOR = 2.0

#: Above this share of what could be used there is nothing to find out.
KNOWN_SHARE = 0.95

#: A train has at least this many packets and lasts at least this long (libwebrtc: 5 and 15 ms; timers of a
#: busy event loop are a millisecond or two late, which 25 ms forgive).
MIN_PACKETS = 5
MIN_NS = 25_000_000
MAX_NS = 100_000_000
#: Smallest useful packet: what padding packets can hold (RFC 3550: at most 255 bytes of padding).
MIN_PACKET_BYTES = 200

#: A train follows one that arrived well after this: what was found must first carry real traffic, because a
#: token bucket lets any train through.  The first two follow at once.
FOLLOW_NS = 400_000_000

#: Share of a train that must arrive for a result.
ENOUGH = 0.8
#: Delay grown by this share of the train's length, and this much, is the bottleneck's doing; then a little
#: less than the rate at which the train arrived fits.
GROWTH_SHARE = 0.1
GROWTH_US = 1000.0
MARGIN = 0.95
#: Taking so much less says that something held the packets back and let them go at once.
MIN_STRETCH = 0.5

#: A train that says nothing, because the receiver read all of its packets at once, is sent again so soon, and
#: so often, at rest too.  Firefox did that to the first train in one of three page loads, while it set up its
#: decoder, and a picture at rest stayed small for ever.
RETRY_NS = 150_000_000
RETRIES = 4

#: A train without a result is forgotten after this.
TIMEOUT_NS = 1_000_000_000

#: Time between trains.  The longest, plus four trains in a row, is what climbing back tenfold takes.
INTERVAL_NS = 2_000_000_000
MAX_INTERVAL_NS = 3_000_000_000
#: While less than this share of the target is used, trains are padding, and may cost this share of what is
#: sent or this rate: at 3 Mbit/s known and 0.3 used, one every 2 s would be a quarter of what is sent.
LIMITED_SHARE = 0.5
PADDING_SHARE = 0.05
PADDING_BPS = 8_000
#: After raises that proved wrong, as behind a token bucket that lets every train through.
MAX_PUNISHED_NS = 16_000_000_000
#: A decrease so soon after a raise, and to so much less, proves it wrong.
PROOF_NS = 2_000_000_000
PROOF_SHARE = 0.75
#: No train so soon after a decrease.
AFTER_DECREASE_NS = 1_000_000_000


class Probe(NamedTuple):
    """A train to send now.

    Parameters
    ----------
    cluster : int
        To be given to ``on_sent`` with each of its packets.
    bps : int
        Rate to send it at, all overhead included.
    packets, bytes : int
        Send at least as many packets *and* at least as many bytes: first what waits in the queue, whole
        packets, then padding.
    """

    cluster: int
    bps: int
    packets: int
    bytes: int


class _Train:
    """One train's packets, as they are sent and reported on."""

    def __init__(self, probe: Probe, now_ns: int) -> None:
        self.probe = probe
        self.deadline_ns = now_ns + TIMEOUT_NS
        self.sent = 0
        self.covered = 0
        self.arrived: list[PacketResult] = []


class Prober:
    """Decide when to probe and at which rate, and read the results.

    Parameters
    ----------
    start_bps : int
        The first train is three times as fast.
    """

    def __init__(self, start_bps: int) -> None:
        self._next_bps: float | None = FIRST_FACTOR * start_bps
        self._next_ns = 0
        self._due_ns = 0
        self._asked_ns = 0
        self._interval_ns = INTERVAL_NS
        self._punishments = 0
        self._retries = 0
        self._raised: tuple[float, int] | None = None
        self._train: _Train | None = None
        self._cluster = 0

    @property
    def active(self) -> bool:
        """Whether a train is under way."""
        return self._train is not None

    @property
    def unanswered(self) -> bool:
        """Whether the last train has said nothing and is to be sent again."""
        return self._train is None and self._retries > 0 and self._next_bps is not None

    def due(self, now_ns: int, target_bps: float, max_bps: float) -> bool:
        """Say whether it is time to find out more: cheap, because it is asked whenever something is sent."""
        if self._train is not None:
            if now_ns < self._train.deadline_ns:
                return False
            self._train = None
        since_ns = self._due_ns if self._next_bps is None else self._next_ns
        return now_ns >= since_ns and target_bps <= KNOWN_SHARE * max_bps

    def next_probe(
        self,
        now_ns: int,
        *,
        target_bps: float,
        max_bps: float,
        sent_bps: float,
        calm: bool,
        jitter_ms: float,
    ) -> Probe | None:
        """Return the train to send now, if any.

        Parameters
        ----------
        now_ns : int
            Now.
        target_bps, max_bps : float
            What is known to fit, and what could be used.
        sent_bps : float
            What is sent.
        calm : bool
            Nothing speaks against it: no queue, no overuse, and something is being sent.
        jitter_ms : float
            A train must be long against it.
        """
        if not calm or not self.due(now_ns, target_bps, max_bps):
            return None
        bps = self._next_bps
        follows = bps is not None
        bps = max(min(bps or NEXT_FACTOR * target_bps, max_bps), target_bps)
        long_ns = min(max(MIN_NS, round(4e6 * jitter_ms)), MAX_NS)
        size = max(round(bps * long_ns / 8e9), MIN_PACKETS * MIN_PACKET_BYTES)
        if not follows and sent_bps < LIMITED_SHARE * target_bps:
            padded_ns = round(size * 8e9 / max(PADDING_SHARE * sent_bps, PADDING_BPS))
            if now_ns < self._asked_ns + padded_ns:
                return None
        self._next_bps = None
        self._asked_ns = now_ns
        self._schedule(now_ns)
        self._cluster += 1
        probe = Probe(self._cluster, round(bps), MIN_PACKETS, size)
        self._train = _Train(probe, now_ns)
        return probe

    def on_sent(self, cluster: int) -> None:
        """Count a packet of a train."""
        if self._train is not None and self._train.probe.cluster == cluster:
            self._train.sent += 1

    def on_results(self, results: list[PacketResult], now_ns: int) -> float | None:
        """Take the results of a feedback; return what the train has shown to fit, in bit/s, if it has."""
        train = self._train
        if train is None:
            return None
        cluster = train.probe.cluster
        for result in results:
            if result.probe == cluster and not result.late:
                train.covered += 1
                if result.arrival_us is not None:
                    train.arrived.append(result)
        if not train.covered or train.covered < train.sent or train.sent < train.probe.packets:
            return None
        self._train = None
        measured = _measure(train)
        if measured is None:
            if self._retries < RETRIES:
                self._retries += 1
                self._next_bps, self._next_ns = train.probe.bps, now_ns + RETRY_NS
            return None
        self._retries = 0
        bps, saturated = measured
        if saturated:
            self._interval_ns = min(round(1.25 * self._interval_ns), MAX_INTERVAL_NS)
            return MARGIN * bps
        self._next_bps = NEXT_FACTOR * bps
        self._next_ns = now_ns + (FOLLOW_NS if self._cluster > 2 else 0)
        return bps

    def request(self, bps: float) -> None:
        """Probe at this rate as soon as the line is calm."""
        self._next_bps = bps
        self._next_ns = 0

    def raised(self, bps: float, now_ns: int) -> None:
        """Note that the target followed a result."""
        self._raised = (bps, now_ns)
        self._interval_ns = INTERVAL_NS

    def decreased(self, bps: float, now_ns: int) -> None:
        """Note that the target had to go down to ``bps``."""
        self._next_bps = None
        if self._raised is not None:
            raised_bps, raised_ns = self._raised
            wrong = now_ns - raised_ns < PROOF_NS and bps < PROOF_SHARE * raised_bps
            self._punishments = self._punishments + 1 if wrong else 0
            self._raised = None
        self._due_ns = max(self._due_ns, now_ns + AFTER_DECREASE_NS)

    def _schedule(self, now_ns: int) -> None:
        self._due_ns = now_ns + min(self._interval_ns << self._punishments, MAX_PUNISHED_NS)


def _measure(train: _Train) -> tuple[float, bool] | None:
    """Return which rate a train had and whether it is the bottleneck's; None when that cannot be told."""
    arrived = train.arrived
    if len(arrived) < max(ENOUGH * train.sent, 3):
        return None
    arrived.sort(key=lambda result: result.send_ns)
    first, last = arrived[0], arrived[-1]
    # An overtaken packet would hide the first and the last to arrive.
    times = [(result.arrival_us or 0, result.size) for result in arrived]
    first_arrival_us, first_arrived_size = min(times)
    sent_us = (last.send_ns - first.send_ns) / 1000
    arrived_us = max(times)[0] - first_arrival_us
    if sent_us <= 0 or arrived_us < MIN_STRETCH * sent_us:
        return None
    total = sum(result.size for result in arrived)
    # Packets differ in size, so the time between the first and the last arrival does not tell a stretched
    # train from one that began with a large packet.  The delay does: it grows from its least to the last
    # packet.
    delays_us = [(result.arrival_us or 0) - result.send_ns / 1000 for result in arrived]
    if delays_us[-1] - min(delays_us) > GROWTH_SHARE * sent_us + GROWTH_US:
        # Between the two arrivals the bottleneck has sent all but the first.
        return (total - first_arrived_size) * 8e6 / arrived_us, True
    # The sender paused after each but the last.
    return (total - last.size) * 8e6 / sent_us, False
