"""The report as text for a terminal.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .compare import Change
from .others import LIMIT_PERCENT
from .results import Report, Usage, Whole

#: Two spaces between columns.
_GAP = "  "


def render(report: Report) -> str:
    """Return the whole report."""
    parts = [_machine(report)]
    if report.bounds:
        parts.append(_verdicts(report))
    if report.copies:
        parts.append(_copies(report))
    sizes = dict.fromkeys((stage.width, stage.height) for stage in report.stages)
    parts += [_stages(report, size) for size in sizes]
    if report.encodings:
        parts.append(_encodings(report))
    if report.wholes:
        parts.append(_wholes(report))
    if report.rests:
        parts.append(_rests(report))
    if report.others_percent >= LIMIT_PERCENT:
        parts.append(
            f"Other programs took {report.others_percent:.0f} % of the cores meanwhile: measure again when "
            "they are idle.\n"
        )
    if not report.complete:
        parts.append("Not complete: what is missing above was not measured.\n")
    return "\n".join(parts)


def changes(found: Sequence[Change], others: Sequence[str] = ()) -> str:
    """Return figures beside those of an earlier run, and what else differs."""
    words = {1: "better", -1: "worse", 0: ""}
    rows = [[one.name, ms(one.before), ms(one.now), f"{one.ratio:.2f}", words[one.better]] for one in found]
    text = table("Beside the earlier run", ["figure", "before", "now", "ratio", ""], rows)
    return text + "".join(f"{_GAP}{line}\n" for line in others)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a title, the first column to the left and the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = [title, ""]
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        text.append(f"{_GAP}{_GAP.join(cells)}".rstrip())
    return "\n".join(text) + "\n"


def ms(value: float) -> str:
    """Return milliseconds with as many digits as they are worth."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _machine(report: Report) -> str:
    machine = report.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    memory = f", {machine.memory_mib / 1024:.0f} GiB" if machine.memory_mib else ""
    return (
        f"{machine.when}\n{machine.processor}, {machine.cores} cores{memory}; {machine.system}\n"
        f"{machine.renderer}{' (the CPU draws)' if machine.software else ''}\n{versions}\n"
        f"scene {report.plan.get('scene', '')}, codec {report.plan.get('codec', '')}\n"
    )


def _verdicts(report: Report) -> str:
    lines = ["What bounds it", ""]
    for bound in report.bounds:
        lines.append(f"{_GAP}{bound.width}x{bound.height}  {bound.name}: {bound.reason}")
        if bound.fps:
            lines.append(
                f"{_GAP}{_GAP}delivered {bound.share * 100:.0f} % of the {bound.fps:.0f} frames/s that this "
                "machine could reach"
            )
        lines.append(f"{_GAP}{_GAP}{bound.remedy}")
    return "\n".join(lines) + "\n"


def _copies(report: Report) -> str:
    sizes = dict.fromkeys((copy.width, copy.height) for copy in report.copies)
    ways = dict.fromkeys(copy.way for copy in report.copies)
    found = {(copy.way, copy.width, copy.height): copy for copy in report.copies}
    rows = []
    for way in ways:
        cells = [way]
        for size in sizes:
            copy = found.get((way, *size))
            cells.append(f"{ms(copy.ms)} ({copy.ratio:.2f}x)" if copy else "-")
        rows.append(cells)
    return table(
        "A frame into shared memory, ms (ratio to memcpy of the same bytes)",
        ["way", *(f"{width}x{height}" for width, height in sizes)],
        rows,
    )


def _stages(report: Report, size: tuple[int, int]) -> str:
    rows = [
        [stage.name, ms(stage.ms), ms(stage.p95_ms), ms(stage.cpu_ms)]
        for stage in report.stages
        if (stage.width, stage.height) == size
    ]
    text = table(
        f"Stages by themselves at {size[0]}x{size[1]}, ms for a frame", ["stage", "p50", "p95", "CPU"], rows
    )
    for one in report.publishings:
        if (one.width, one.height) == size:
            text += (
                f"{_GAP}from the finished picture to the published frame: {ms(one.ms)} ms, {one.ratio:.2f} "
                f"times memcpy of the same bytes ({ms(one.memcpy_ms)} ms); copies of a frame: {one.copies}\n"
            )
    return text


def _encodings(report: Report) -> str:
    rows = [
        [
            f"{one.codec} {one.preset}",
            f"{one.width}x{one.height}",
            ms(one.ms),
            ms(one.p95_ms),
            ms(one.cpu_ms),
            f"{one.bytes / 1000:.1f}",
        ]
        for one in report.encodings
    ]
    return table(
        "Encoders by themselves, ms for a frame", ["encoder", "size", "p50", "p95", "CPU", "kB/frame"], rows
    )


def _wholes(report: Report) -> str:
    head = [
        "size", "viewers", "frames/s", "slowest", "capture p50", "p95", "p99", "input p50", "p95",
        "kbit/s", "codec", "not encoded", "not decoded",
    ]  # fmt: skip
    rows = [
        [
            f"{one.width}x{one.height}",
            str(one.viewers),
            f"{one.fps:.1f}",
            f"{one.slowest_fps:.1f}",
            ms(one.capture_ms.p50),
            ms(one.capture_ms.p95),
            ms(one.capture_ms.p99),
            ms(one.input_ms.p50),
            ms(one.input_ms.p95),
            f"{one.kbit_s:.0f}",
            one.codec,
            str(one.not_encoded),
            str(one.not_decoded),
        ]
        for one in report.wholes
    ]
    text = table(
        "The whole, while one viewer steers: latencies in ms from capture, and from input, to the decoded "
        "picture",
        head,
        rows,
    )
    return f"{text}\n{_spent(report.wholes)}\n{_used(report)}"


def _spent(wholes: Sequence[Whole]) -> str:
    names = list(dict.fromkeys(name for one in wholes for name in one.stage_ms))
    rows = [
        [
            f"{one.width}x{one.height}",
            str(one.viewers),
            *(ms(one.stage_ms[name]) if name in one.stage_ms else "-" for name in names),
        ]
        for one in wholes
    ]
    return table("Where a frame spends its time in the whole, ms", ["size", "viewers", *names], rows)


def _used(report: Report) -> str:
    rows = [[f"{one.width}x{one.height}", str(one.viewers), *_usage(one.usage)] for one in report.wholes]
    return table("What the processes use meanwhile", _USAGE_HEAD, rows)


def _rests(report: Report) -> str:
    rows = [
        [
            f"{one.width}x{one.height}",
            str(one.viewers),
            *_usage(one.usage),
            f"{one.fps:.1f}",
            f"{one.bytes_s:.0f}",
        ]
        for one in report.rests
    ]
    return table("While nobody steers", [*_USAGE_HEAD, "frames/s", "bytes/s"], rows)


_USAGE_HEAD = [
    "size", "viewers", "renderer CPU %", "server CPU %", "viewers CPU %", "renderer MiB (shared)",
    "server MiB (shared)",
]  # fmt: skip


def _usage(used: dict[str, Usage]) -> list[str]:
    cells = [
        f"{used[name].cpu_percent:.1f}" if name in used else "-" for name in ("renderer", "server", "viewers")
    ]
    for name in ("renderer", "server"):
        one = used.get(name)
        cells.append(f"{one.memory_mib:.0f} ({one.shared_mib:.0f})" if one else "-")
    return cells
