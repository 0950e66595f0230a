"""From what was counted to figures; pieces of a run on disk; medians of several rounds."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .marker import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Counted:
    """What one cell's pages and counters told."""

    #: Of watching.
    seconds: float
    #: Through the loopback, in both directions, headers included.
    bytes: int
    #: Of all of the server's processes.
    cpu_s: float
    #: For each page, the marker of each picture that it saw, where it read them.
    codes: list[list[int]]
    #: For each page, the pictures presented, whether read or not.
    presented: list[int]
    #: From each click until its picture was seen.
    latencies_ms: list[float]
    #: Clicks that never showed.
    lost: int
    #: While clicking: pictures with a marker of their own, of so many presented; readings without a marker.
    read: int
    read_of: int
    unreadable: int
    #: Of pictures in motion, not a number where none could be compared.
    moving_db: float
    #: Of a screenshot at rest; infinite where it is VTK's own picture.
    rest_db: float


@dataclass(frozen=True)
class Figures:
    """One cell of the table."""

    tool: str
    size: str
    viewers: int
    #: Different pictures shown, a second, mean of the viewers.
    fps: float
    p50_ms: float
    p95_ms: float
    lost: int
    #: For all viewers together.
    kb_per_s: float
    #: For one picture at one viewer.
    kb_per_frame: float
    cpu_percent: float
    #: Of the whole server, for one picture at one viewer.
    cpu_ms_per_frame: float
    moving_db: float
    rest_db: float
    #: Why there are no figures.
    failure: str = ""


def distinct(codes: Sequence[int]) -> int:
    """Return how many pictures followed one another, of the markers in the order in which they were seen.

    A picture that is presented twice, or whose marker cannot be read, counts once or not at all.
    """
    seen = [found for code in codes if (found := read(code)) is not None]
    return sum(1 for at, found in enumerate(seen) if not at or found != seen[at - 1])


def shown(counted: Counted) -> list[float]:
    """Return for each viewer the different pictures that it saw while watching.

    A page reads the marker of a video or canvas always.  Where it only counted pictures by their addresses,
    the share of different ones is that of the clicks.
    """
    different = min(1.0, counted.read / counted.read_of) if counted.read_of else 1.0
    return [
        float(distinct(codes)) if codes else presented * different
        for codes, presented in zip(counted.codes, counted.presented, strict=True)
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that is not below so great a share of them; not a number for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def figures(tool: str, size: str, viewers: int, counted: Counted) -> Figures:
    """Return a cell's figures."""
    frames = shown(counted)
    total = max(1.0, sum(frames))
    return Figures(
        tool,
        size,
        viewers,
        fps=statistics.fmean(frames) / counted.seconds,
        p50_ms=percentile(counted.latencies_ms, 0.5),
        p95_ms=percentile(counted.latencies_ms, 0.95),
        lost=counted.lost,
        kb_per_s=counted.bytes / counted.seconds / 1000,
        kb_per_frame=counted.bytes / total / 1000,
        cpu_percent=100 * counted.cpu_s / counted.seconds,
        cpu_ms_per_frame=1000 * counted.cpu_s / total,
        moving_db=counted.moving_db,
        rest_db=counted.rest_db,
    )


def failed(tool: str, size: str, viewers: int, why: str) -> Figures:
    """Return a cell that has no figures."""
    before, after = (math.nan,) * 3, (math.nan,) * 6
    return Figures(tool, size, viewers, *before, 0, *after, failure=why)


def keep(path: Path, cells: Iterable[Figures]) -> None:
    """Write a piece of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(cell) for cell in cells], indent=1), encoding="utf-8")


def load(path: Path) -> list[Figures]:
    """Read a piece of a run."""
    return [Figures(**cell) for cell in json.loads(path.read_text(encoding="utf-8"))]


def merge(cells: Iterable[Figures]) -> list[Figures]:
    """Return each cell once: the median of its rounds, figure by figure; a failure only where all failed."""
    rounds: dict[tuple[str, int, str], list[Figures]] = {}
    for cell in cells:
        rounds.setdefault((cell.size, cell.viewers, cell.tool), []).append(cell)
    return [_median(same) for same in rounds.values()]


def _median(rounds: list[Figures]) -> Figures:
    good = [cell for cell in rounds if not cell.failure]
    if not good:
        return rounds[-1]
    first = asdict(good[0])
    found: dict[str, Any] = {
        name: statistics.median(getattr(cell, name) for cell in good) if isinstance(value, float) else value
        for name, value in first.items()
    }
    return Figures(**{**found, "lost": sum(cell.lost for cell in good)})
