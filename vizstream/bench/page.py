"""The report as one page of HTML that needs nothing else: no script, no file beside it.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from . import svg, table
from .compare import Change
from .results import Report

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #fff; --edge: #d1d9e0;
  --c0: #2268c7; --c1: #d9822b; --c2: #2f8f5b; --c3: #8a4fbf; --c4: #b8354a; --c5: #5f6b76; --c6: #1a8a99; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6edf3; --soft: #9aa5b1; --paper: #12161c; --edge: #303841;
  --c0: #5ea0ef; --c1: #f0a458; --c2: #5cc28c; --c3: #b98be3; --c4: #ec6f82; --c5: #98a4b0;
  --c6: #4fc3d2; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
p, dd { color: var(--soft); } dt { font-weight: 600; } dd { margin: 0 0 0.8rem; }
pre { font-size: 12px; overflow-x: auto; border: 1px solid var(--edge); border-radius: 6px; padding: 0.8rem; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); dominant-baseline: middle; }
.name { text-anchor: end; } .tick { text-anchor: middle; }
.grid { stroke: var(--edge); } polyline { fill: none; stroke-width: 2; }
""" + "".join(
    f".c{number} {{ fill: var(--c{number}); }} .l{number} {{ stroke: var(--c{number}); }}\n"
    for number in range(svg.COLOURS)
)


def render(report: Report, changes: Sequence[Change] = ()) -> str:
    """Return the whole page.

    Parameters
    ----------
    report : Report
        What was found.
    changes : sequence of Change
        Beside an earlier report; none where there is none.
    """
    parts = [
        "<h1>vizstream bench</h1>",
        _machine(report),
        _verdicts(report),
        _wholes(report),
        _stages(report),
        _encoders(report),
        _copies(report),
        _changes(changes),
        "<h2>All figures</h2>",
        f"<pre>{escape(table.render(report))}</pre>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>vizstream bench</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(filter(None, parts)) + "\n</body></html>\n"
    )


def _machine(report: Report) -> str:
    machine = report.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return (
        f"<p>{escape(machine.when)} · {escape(machine.processor)}, {machine.cores} cores · "
        f"{escape(machine.system)} · {escape(machine.renderer)}<br>{escape(versions)} · "
        f"scene {escape(str(report.plan.get('scene', '')))}</p>"
    )


def _verdicts(report: Report) -> str:
    if not report.bounds:
        return ""
    items = [
        f"<dt>{bound.width}x{bound.height}: {escape(bound.name)}</dt><dd>{escape(bound.reason)}."
        + (f" Delivered: {bound.share * 100:.0f} % of {bound.fps:.0f} frames/s." if bound.fps else "")
        + f"<br>{escape(bound.remedy)}</dd>"
        for bound in report.bounds
    ]
    return f"<h2>What bounds it</h2><dl>{''.join(items)}</dl>"


def _wholes(report: Report) -> str:
    if not report.wholes:
        return ""
    counts = list(dict.fromkeys(one.viewers for one in report.wholes))
    rates, latencies = [], []
    for size in dict.fromkeys((one.width, one.height) for one in report.wholes):
        found = [one for one in report.wholes if (one.width, one.height) == size]
        if [one.viewers for one in found] != counts:
            continue  # interrupted
        name = f"{size[0]}x{size[1]}"
        rates.append((name, [one.fps for one in found]))
        latencies.append((f"{name} p50", [one.capture_ms.p50 for one in found]))
        latencies.append((f"{name} p95", [one.capture_ms.p95 for one in found]))
    parts = [
        "<h2>The whole</h2>",
        svg.lines(counts, rates, "viewers", "frames/s"),
        svg.lines(counts, latencies, "viewers", "ms from capture to the decoded picture"),
    ]
    names = list(report.wholes[0].stage_ms)
    rows = [
        (
            f"{one.width}x{one.height}, {one.viewers} viewer{'s' * (one.viewers > 1)}",
            [one.stage_ms.get(name, 0.0) for name in names],
        )
        for one in report.wholes
    ]
    parts += ["<h3>Where a frame spends its time, ms</h3>", svg.stacked(rows, names)]
    processes = list(report.wholes[0].usage)
    used = [
        (rows[number][0], [one.usage[name].cpu_percent if name in one.usage else 0.0 for name in processes])
        for number, one in enumerate(report.wholes)
    ]
    parts += ["<h3>CPU, percent of a core</h3>", svg.stacked(used, processes)]
    return "".join(parts)


def _stages(report: Report) -> str:
    if not report.stages:
        return ""
    names = list(dict.fromkeys(stage.name for stage in report.stages))
    rows = []
    for size in dict.fromkeys((stage.width, stage.height) for stage in report.stages):
        found = {s.name: s.ms for s in report.stages if (s.width, s.height) == size}
        rows.append((f"{size[0]}x{size[1]}", [found.get(name, 0.0) for name in names]))
    return f"<h2>Stages by themselves, ms for a frame</h2>{svg.stacked(rows, names)}"


def _encoders(report: Report) -> str:
    parts = []
    for size in dict.fromkeys((one.width, one.height) for one in report.encodings):
        rows = [
            (f"{one.codec} {one.preset}", one.ms, f"{table.ms(one.ms)} ms, {one.bytes / 1000:.0f} kB")
            for one in report.encodings
            if (one.width, one.height) == size
        ]
        parts.append(f"<h3>{size[0]}x{size[1]}</h3>{svg.bars(rows)}")
    return f"<h2>Encoders by themselves, for a frame</h2>{''.join(parts)}" if parts else ""


def _copies(report: Report) -> str:
    parts = []
    for size in dict.fromkeys((copy.width, copy.height) for copy in report.copies):
        rows = [
            (copy.way, copy.ms, f"{table.ms(copy.ms)} ms, {copy.ratio:.2f}x")
            for copy in report.copies
            if (copy.width, copy.height) == size
        ]
        parts.append(f"<h3>{size[0]}x{size[1]}</h3>{svg.bars(rows, logarithmic=True)}")
    if not parts:
        return ""
    words = "A frame into shared memory, and the ratio to memcpy of the same bytes (logarithmic)"
    return f"<h2>{words}</h2>{''.join(parts)}"


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    return f"<h2>Beside the earlier run</h2><pre>{escape(table.changes(changes))}</pre>"
