"""What the delay says of the rate, corrected by how full the queue is and whose it is: a pure decision."""

from __future__ import annotations

from .delay import Signal

#: A queue that stands this high, on top of jitter, is overuse, whatever the trend's threshold has become.
STANDING_QUEUE_MS = 100.0
#: A queue that was as good as empty at some time since the last feedback is none: what grew was one frame's
#: burst, which leaves at 1.5 times the target.  The rate then waits.  Without this, frames of uneven size
#: cost 10 % of the rate (simulated: 1 Mbit/s with 5 % of loss).
EMPTY_QUEUE_MS = 10.0


def verdict(signal: Signal, *, stepped: bool, waits: bool, queue_ms: float, jitter_ms: float) -> Signal:
    """Return what to make of the delay's signal.

    Parameters
    ----------
    signal : Signal
        By the trend of the delay.
    stepped : bool
        Whether the delay has grown at one stroke.
    waits : bool
        Whether somebody else's queue is being waited for.
    queue_ms, jitter_ms : float
        Least wait at the bottleneck since the last feedback, and how much delays vary without any.
    """
    if waits:
        return Signal.NORMAL if signal is Signal.NORMAL else Signal.UNDERUSE
    if stepped:
        return Signal.OVERUSE
    if signal is Signal.OVERUSE and queue_ms < EMPTY_QUEUE_MS + 0.5 * jitter_ms:
        return Signal.UNDERUSE
    if signal is Signal.NORMAL and queue_ms > STANDING_QUEUE_MS + 2 * jitter_ms:
        return Signal.OVERUSE
    return signal
