"""Whose queue is it?  One that does not answer when we send less is somebody else's.

A download beside us keeps the bottleneck's queue full whatever we do, and a sender that gives way to every
queue ends at its minimum (simulated: 60 of 3000 kbit/s).  So each decrease is an experiment: packets sent
soon after it meet the queue as it was, packets sent later meet what the decrease made of it.  When that is
as long as before, giving way further would not shorten it, and the rate stays until the next experiment.
"""

from __future__ import annotations

from .history import PacketResult

#: Packets sent so soon after a decrease meet the old queue; those sent later than the second time, the new
#: one.
BEFORE_NS = 200_000_000
AFTER_NS = 1_200_000_000
#: A decrease as large as this starts a new experiment: the line has changed since the last one began.
RESTART_FACTOR = 0.7
#: An experiment without result ends after this.
TIMEOUT_NS = 5_000_000_000

#: A queue that has kept this share of its length has not answered, if it is long enough to tell.
UNANSWERED = 0.9
LONG_MS = 50.0

#: Less than this share of what went out before has to go out after.
LESS = 0.92

#: So long is the queue somebody else's, until it is put to the test again.
BELIEVED_NS = 5_000_000_000
#: Or until it is gone, or has doubled.
GONE_MS = 20.0


class QueueOwner:
    """Tell our own queue from somebody else's.

    Attributes
    ----------
    foreign : bool
        The queue did not answer to the last decrease: do not give way to it.
    """

    def __init__(self) -> None:
        self.foreign = False
        self._suspect = False
        self._foreign_until_ns = 0
        self._doubt_ms = 0.0
        self._began_ns: int | None = None
        self._before_us: int | None = None
        self._before_bps = 0.0

    @property
    def waits(self) -> bool:
        """Whether one decrease is to be judged before the next, because the last one was in vain."""
        return self.foreign or (self._suspect and self._began_ns is not None)

    def decreased(self, factor: float, sent_bps: float, now_ns: int) -> None:
        """Note that the rate was multiplied by ``factor`` because of a queue, when ``sent_bps`` went out."""
        if self._began_ns is None or now_ns - self._began_ns > TIMEOUT_NS or factor < RESTART_FACTOR:
            self._began_ns = now_ns
            self._before_us = None
            self._before_bps = sent_bps

    def update(
        self, arrived: list[PacketResult], *, base_us: int, queue_ms: float, sent_bps: float, now_ns: int
    ) -> None:
        """Take the results of a feedback.

        Parameters
        ----------
        arrived : list of PacketResult
            The results; losses are skipped.
        base_us : int
            One-way delay of the empty line.
        queue_ms : float
            Length of the queue by this feedback.
        sent_bps : float
            What went out lately.
        now_ns : int
            Now.
        """
        if queue_ms < GONE_MS:
            self.foreign = self._suspect = False
        elif now_ns > self._foreign_until_ns or queue_ms > self._doubt_ms:
            self.foreign = False
        began_ns = self._began_ns
        if began_ns is None:
            return
        for _seq, send_ns, arrival_us, _size, _probe, _late, _packets in arrived:
            if arrival_us is None or send_ns < began_ns:
                continue
            queue_us = arrival_us - send_ns // 1000 - base_us
            if send_ns < began_ns + BEFORE_NS:
                if self._before_us is None or queue_us < self._before_us:
                    self._before_us = queue_us
            elif send_ns > began_ns + AFTER_NS:
                self._conclude(queue_us, sent_bps, now_ns)
                return

    def _conclude(self, after_us: int, sent_bps: float, now_ns: int) -> None:
        before_us = self._before_us
        self._began_ns = None
        self.foreign = (
            before_us is not None
            and after_us > max(UNANSWERED * before_us, 1000 * LONG_MS)
            # An encoder that spends more than the target has not made the experiment.
            and sent_bps < LESS * self._before_bps
        )
        self._suspect = self.foreign
        if self.foreign:
            self._foreign_until_ns = now_ns + BELIEVED_NS
            self._doubt_ms = 2 * after_us / 1000 + LONG_MS
