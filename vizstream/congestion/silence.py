"""What silence means: ours, when nothing moves, and the receiver's, when nothing comes back.

While we send next to nothing, nothing is learnt of the line: the estimate stays as it is, for some seconds,
and then decays slowly towards the start rate, because the line may have changed.  When motion returns, one
train of packets tells whether the old estimate still holds.

While packets are in flight and no feedback comes, the path or the way back is broken: the rate is halved,
again and again, and now and then one more frame is let out, whose feedback ends it.
"""

from __future__ import annotations

#: Sending less than this share of the target says nothing about the line.
IDLE_SHARE = 0.05
#: After so long without evidence the estimate decays, by half in each half-life.
IDLE_NS = 5_000_000_000
HALF_LIFE_NS = 60_000_000_000
#: At the very start nothing has been sent in the last second either.
SETTLED_NS = 1_000_000_000

#: No feedback for this long while packets are in flight cuts the rate.
TIMEOUT_NS = 500_000_000
TIMEOUT_FACTOR = 0.5
#: So often is it tried again.
RETRY_NS = 250_000_000
#: Fewer packets than this may all have been lost by chance, or the one feedback on them.
TIMEOUT_PACKETS = 6


class Stillness:
    """Follow our own silence.

    Attributes
    ----------
    idle : bool
        Next to nothing is being sent.
    """

    def __init__(self) -> None:
        self.idle = False
        self._began_ns: int | None = None
        self._active_ns = 0
        self._decayed_ns = 0
        self._last_good_bps = 0.0

    def update(self, sent_bps: float, target_bps: float, now_ns: int) -> tuple[float, float | None]:
        """Let time pass once something has been sent.

        Returns
        -------
        decay : float
            Factor for the target.
        resume_bps : float or None
            Rate to probe at, because a long silence has just ended.
        """
        if self._began_ns is None:
            self._began_ns = self._active_ns = self._decayed_ns = now_ns
        if sent_bps >= IDLE_SHARE * target_bps:
            was_long = self.idle and now_ns - self._active_ns > IDLE_NS
            resume_bps = self._last_good_bps if was_long else None
            self.idle = False
            self._active_ns = self._decayed_ns = now_ns
            self._last_good_bps = target_bps
            return 1.0, resume_bps
        elapsed_ns = now_ns - self._decayed_ns
        self._decayed_ns = now_ns
        if now_ns - self._began_ns < SETTLED_NS:
            return 1.0, None
        self.idle = True
        if now_ns - self._active_ns < IDLE_NS:
            return 1.0, None
        return float(0.5 ** (elapsed_ns / HALF_LIFE_NS)), None


class Watchdog:
    """Follow the receiver's silence.

    Attributes
    ----------
    starved : bool
        No feedback comes although packets are in flight.
    """

    def __init__(self) -> None:
        self.starved = False
        self._heard_ns = 0
        self._cut_ns = 0

    def heard(self, now_ns: int) -> bool:
        """Note a sign of life; return whether it ends a silence."""
        self._heard_ns = now_ns
        ended, self.starved = self.starved, False
        return ended

    def update(self, oldest_ns: int, packets: int, timeout_ns: int, now_ns: int) -> tuple[bool, bool]:
        """Let time pass while packets are in flight.

        Parameters
        ----------
        oldest_ns : int
            When the oldest of them was sent.
        packets : int
            How many there are.
        timeout_ns : int
            How long the receiver may be silent.
        now_ns : int
            Now.

        Returns
        -------
        give_up : bool
            Nothing is known of the packets in flight any more: do not wait for them.
        cut : bool
            The rate is to be cut.
        """
        silent_ns = now_ns - max(self._heard_ns, oldest_ns)
        if silent_ns < (RETRY_NS if self.starved else timeout_ns):
            return False, False
        if not self.starved and packets >= TIMEOUT_PACKETS:
            self.starved = True
            self._cut_ns = now_ns - timeout_ns
        if not self.starved or now_ns - self._cut_ns < timeout_ns:
            return True, False
        self._cut_ns = now_ns
        return True, True
