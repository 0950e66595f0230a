"""Two reports side by side: the ratio of each figure that both have.  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .results import Report

#: How far a figure may be off from one run to the next and mean nothing: renders on two busy cores differ by
#: as much in a few seconds.
NOISE = 0.10


@dataclass(frozen=True)
class Change:
    """One figure, before and now.

    `better` is positive where less of it, or more of a rate, is an improvement beyond the noise, negative for
    the opposite, and 0 within the noise.
    """

    name: str
    before: float
    now: float
    ratio: float
    better: int


def figures(report: Report) -> Iterator[tuple[str, float, bool]]:
    """Yield each figure's name, its value, and whether more of it is better."""
    for copy in report.copies:
        yield f"{copy.width}x{copy.height} {copy.way}, ms", copy.ms, False
    for stage in report.stages:
        yield f"{stage.width}x{stage.height} {stage.name}, ms", stage.ms, False
    for one in report.publishings:
        yield f"{one.width}x{one.height} published / memcpy", one.ratio, False
    for row in report.encodings:
        yield f"{row.width}x{row.height} {row.codec} {row.preset}, ms", row.ms, False
    for whole in report.wholes:
        name = f"{whole.width}x{whole.height}, viewers {whole.viewers}:"
        yield f"{name} frames/s", whole.fps, True
        yield f"{name} capture p50, ms", whole.capture_ms.p50, False
        yield f"{name} capture p95, ms", whole.capture_ms.p95, False
        yield f"{name} input p50, ms", whole.input_ms.p50, False
        yield f"{name} kbit/s", whole.kbit_s, False
        for process, used in whole.usage.items():
            yield f"{name} {process}, CPU ms/frame", used.cpu_percent * 10 / max(whole.fps, 0.1), False
            yield f"{name} {process}, MiB", used.memory_mib, False
    for rest in report.rests:
        name = f"{rest.width}x{rest.height} at rest:"
        for process, used in rest.usage.items():
            yield f"{name} {process}, CPU %", used.cpu_percent, False
        yield f"{name} bytes/s", rest.bytes_s, False


def compare(before: Report, now: Report) -> list[Change]:
    """Return the figures that both reports have, in the order of the second."""
    old = {name: value for name, value, _more in figures(before)}
    changes = []
    for name, value, more in figures(now):
        if old.get(name, 0.0) <= 0:
            continue
        ratio = value / old[name]
        better = 0
        if ratio > 1 + NOISE or ratio < 1 / (1 + NOISE):
            better = 1 if (ratio > 1) == more else -1
        changes.append(Change(name, old[name], value, round(ratio, 3), better))
    return changes


def differences(before: Report, now: Report) -> list[str]:
    """Return what else differs, so that the ratios may mean something else than they seem to."""
    found = [
        f"{name}: {old} before, {new} now"
        for name, old, new in (
            ("processor", before.machine.processor, now.machine.processor),
            ("cores", before.machine.cores, now.machine.cores),
            ("OpenGL", before.machine.renderer, now.machine.renderer),
            *((key, before.plan.get(key), now.plan.get(key)) for key in ("scene", "codec", "seconds")),
        )
        if old != new
    ]
    names = sorted({*before.machine.versions, *now.machine.versions})
    for name in names:
        old, new = before.machine.versions.get(name, "none"), now.machine.versions.get(name, "none")
        if old != new:
            found.append(f"{name}: {old} before, {new} now")
    return found
