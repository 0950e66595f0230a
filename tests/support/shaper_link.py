"""One direction of a line, as pure arithmetic: when does a packet arrive, if it does?

    packet ──▶ drop-tail queue ──▶ serialization at rate_bps ──▶ loss ──▶ delay ± jitter ──▶ arrival
                overflowed                                       lost

Owns no clock and does no I/O: the caller brings the time with every call, in seconds, never going backwards.
The answer is final when a packet is accepted.  Changes that a script announces are therefore reckoned with in
advance: a packet that waits across a change of rate is serialized partly at the old rate, partly at the new.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Milliseconds of queue where the settings name none: the order of what home routers hold.
DEFAULT_QUEUE_MS = 300.0


@dataclass(frozen=True)
class LinkSettings:
    """How one direction of a line behaves.

    Parameters
    ----------
    rate_bps : float, optional
        Bits of IP packets per second; None does not limit.  An outage is ``loss=1``.
    delay_ms : float
        One way.
    jitter_ms : float
        Arrivals spread evenly over the delay ± this.
    loss : float
        Share of packets that get lost at random, after they took their time on the line.
    queue_bytes, queue_ms : float, optional
        What the queue holds, the packet in service included; at most one of the two.  A packet always fits
        when the line is idle.
    keep_order : bool
        Whether jitter may only delay later packets, as on a single path, and not overtake.
    """

    rate_bps: float | None = None
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    queue_bytes: int | None = None
    queue_ms: float | None = None
    keep_order: bool = True

    def __post_init__(self) -> None:
        if self.rate_bps is not None and not 0 < self.rate_bps < math.inf:
            raise ValueError(f"rate_bps is {self.rate_bps}; an outage is loss=1, no limit is None")
        if not 0 <= self.loss <= 1:
            raise ValueError(f"loss is {self.loss}, not a share")
        if self.queue_bytes is not None and self.queue_ms is not None:
            raise ValueError("give queue_bytes or queue_ms, not both")
        for name in ("delay_ms", "jitter_ms", "queue_bytes", "queue_ms"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ValueError(f"{name} is {value}")

    @property
    def queue_limit_bytes(self) -> float:
        """What the queue holds in bytes, at this rate."""
        if self.queue_bytes is not None:
            return self.queue_bytes
        if self.rate_bps is None:
            return math.inf
        return self.rate_bps * (DEFAULT_QUEUE_MS if self.queue_ms is None else self.queue_ms) / 8000


#: Settings and the second, from the start of the script, from which they hold.
Script = Sequence[tuple[float, LinkSettings]]


@dataclass
class Counters:
    """What one direction was given and what became of it; bytes are those of IP packets.

    ``queue_ms`` and ``at_s`` are of the moment of reading, the rest only grows.
    """

    offered_packets: int = 0
    offered_bytes: int = 0
    delivered_packets: int = 0
    delivered_bytes: int = 0
    lost_packets: int = 0
    overflowed_packets: int = 0
    #: What the shaper itself added: packets handed on over 1 ms after their time, and the worst of them.
    late_packets: int = 0
    late_ms_max: float = 0.0
    queue_ms: float = 0.0
    at_s: float = 0.0

    def offered_bps(self, earlier: Counters) -> float:
        """Bits per second that came in since an earlier reading."""
        return 8 * (self.offered_bytes - earlier.offered_bytes) / (self.at_s - earlier.at_s)

    def delivered_bps(self, earlier: Counters) -> float:
        """Bits per second that went out since an earlier reading."""
        return 8 * (self.delivered_bytes - earlier.delivered_bytes) / (self.at_s - earlier.at_s)


@dataclass
class Link:
    """One direction of a line.

    Parameters
    ----------
    settings : LinkSettings
        That hold until `play` or `set` say otherwise.
    seed : int
        Of losses and jitter, which are thus the same in every run with the same packets.
    """

    settings: LinkSettings = field(default_factory=LinkSettings)
    seed: int = 1

    def __post_init__(self) -> None:
        self.counters = Counters()
        self._random = random.Random(self.seed)  # noqa: S311 - not a secret
        self._changes: list[tuple[float, LinkSettings]] = [(-math.inf, self.settings)]
        self._free_at = -math.inf
        self._last_arrival = -math.inf
        self._queue: deque[tuple[float, int]] = deque()
        self._queued_bytes = 0

    def set(self, now: float, settings: LinkSettings) -> None:
        """Change the line from now on; packets already accepted keep their times."""
        self.play(now, [(0.0, settings)])

    def play(self, now: float, script: Script) -> None:
        """Change the line from now on as a script says, which counts from now.

        What was announced before is forgotten; packets already accepted keep their times.
        """
        steps = [at_s for at_s, _settings in script]
        if not steps or steps != sorted(steps) or steps[0] < 0:
            raise ValueError(f"a script's times must be there, and grow from 0: {steps}")
        self._advance(now)
        changes = [(now + at_s, settings) for at_s, settings in script]
        if steps[0] > 0:
            changes.insert(0, (now, self.settings))
        self._changes = changes
        self._advance(now)

    def send(self, now: float, size: int) -> float | None:
        """Send a packet of this many bytes.

        Returns
        -------
        float or None
            When it arrives; None where it is lost or the queue is full.
        """
        self._advance(now)
        self.counters.offered_packets += 1
        self.counters.offered_bytes += size
        if self._queue and self._queued_bytes + size > self.settings.queue_limit_bytes:
            self.counters.overflowed_packets += 1
            return None
        departure, settings = self._serialize(max(now, self._free_at), 8 * size)
        self._free_at = departure
        if departure > now:
            self._queue.append((departure, size))
            self._queued_bytes += size
        if settings.loss and self._random.random() < settings.loss:
            self.counters.lost_packets += 1
            return None
        arrival = departure + settings.delay_ms / 1000
        if settings.jitter_ms:
            spread = self._random.uniform(-settings.jitter_ms, settings.jitter_ms) / 1000
            arrival = max(departure, arrival + spread)
        if settings.keep_order:
            # Also where the delay has become shorter.
            arrival = max(arrival, self._last_arrival)
        self._last_arrival = max(arrival, self._last_arrival)
        return arrival

    def wait_s(self, now: float) -> float:
        """Return the seconds that a packet sent now would wait for its turn."""
        return max(0.0, self._free_at - now)

    def delay_s(self, now: float) -> float:
        """Return the seconds that a packet sent now would travel, wait included, jitter not."""
        self._advance(now)
        return self.wait_s(now) + self.settings.delay_ms / 1000

    def queued_bytes(self, now: float) -> int:
        """Return the bytes that wait or are in service."""
        self._advance(now)
        return self._queued_bytes

    def _advance(self, now: float) -> None:
        changes = self._changes
        if len(changes) > 1 and changes[1][0] <= now:
            while len(changes) > 1 and changes[1][0] <= now:
                del changes[0]
        self.settings = changes[0][1]
        queue = self._queue
        while queue and queue[0][0] <= now:
            self._queued_bytes -= queue.popleft()[1]

    def _serialize(self, start: float, bits: float) -> tuple[float, LinkSettings]:
        """Return when the last bit leaves, and the settings that hold then."""
        changes = self._changes
        for index, (_at, settings) in enumerate(changes):
            until = changes[index + 1][0] if index + 1 < len(changes) else math.inf
            if start >= until:
                continue
            if settings.rate_bps is None:
                return start, settings
            departure = start + bits / settings.rate_bps
            if departure <= until:
                return departure, settings
            bits -= (until - start) * settings.rate_bps
            start = until
        raise AssertionError("the last change holds for ever")
