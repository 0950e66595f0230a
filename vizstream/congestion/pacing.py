"""How fast packets leave, beside what the line is believed to carry: a pure decision."""

from __future__ import annotations

#: Pacing rate over target: bursts of a whole keyframe fill small buffers, and a frame should still be out
#: before the next one is due.
PACING_FACTOR = 1.5
#: The same while more is lost than the line loses by itself: a policer without a bucket drops a third of a
#: burst.
LOSSY_PACING_FACTOR = 1.1
#: The same while more is in flight than the window allows: enough to learn that it has drained.  It never
#: stops, so that feedback that is lost cannot stop it for ever.
CONGESTED_PACING_FACTOR = 0.3

#: Where the line carries more than the picture needs, this share of the most that is asked of it, pacing only
#: costs latency: at 1.5 times the rate a 25 kB frame took 14 ms to be complete at the viewer.
WIDE_SHARE = 0.8
WIDE_PACING_FACTOR = 8.0


def is_wide(target_bps: float, max_bps: float) -> bool:
    """Say whether a line is believed to carry nearly all that could be used."""
    return target_bps >= WIDE_SHARE * max_bps


def pacing_factor(*, congested: bool, lossy: bool, wide: bool) -> float:
    """Return the pacing rate over the target.

    Parameters
    ----------
    congested : bool
        Whether more than the window is in flight.
    lossy : bool
        Whether more is lost than the line loses by itself.
    wide : bool
        See `is_wide`.
    """
    if congested:
        return CONGESTED_PACING_FACTOR
    if lossy:
        return LOSSY_PACING_FACTOR
    return WIDE_PACING_FACTOR if wide else PACING_FACTOR


def line_bps(target_bps: float, *, wide: bool) -> float:
    """Return the rate to reckon the line's queue with."""
    return target_bps * (WIDE_PACING_FACTOR if wide else 1.0)
