"""Figures of many measurements: medians and percentiles.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """How a figure is spread.

    Parameters
    ----------
    p50, p95, p99 : float
        Percentiles; 0 where nothing was measured.
    count : int
        Of measurements.
    """

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    count: int = 0


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, by linear interpolation between the two nearest ranks.

    Parameters
    ----------
    values : sequence of float
        In any order; not empty.
    percent : float
        0 … 100.

    Raises
    ------
    ValueError
        If there are no values, or `percent` lies outside.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError(f"no {percent:g}th percentile of {len(values)} values")
    ordered = sorted(values)
    rank = (len(ordered) - 1) * percent / 100
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def spread(values: Sequence[float]) -> Spread:
    """Return the percentiles of some values, rounded to a thousandth; zeros where there are none."""
    if not values:
        return Spread()
    p50, p95, p99 = (round(percentile(values, percent), 3) for percent in (50, 95, 99))
    return Spread(p50, p95, p99, len(values))
