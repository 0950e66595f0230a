"""The tables, as Markdown: one for each size and number of viewers, the cells that vizstream loses marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .results import Figures
    from .tools import Tool

OURS = "vizstream"
#: What a cell of ours is marked with where another tool does better.
LOST = "✘"


@dataclass(frozen=True)
class Column:
    """One figure: how it is called, found, and written, and whether more of it is better."""

    head: str
    value: Callable[[Figures], float]
    digits: int = 0
    more: bool = False


COLUMNS = (
    Column("frames/s", lambda cell: cell.fps, 1, more=True),
    Column("p50, ms", lambda cell: cell.p50_ms),
    Column("p95, ms", lambda cell: cell.p95_ms),
    Column("kB/s", lambda cell: cell.kb_per_s),
    Column("kB/frame", lambda cell: cell.kb_per_frame, 1),
    Column("CPU, %", lambda cell: cell.cpu_percent),
    Column("CPU, ms/frame", lambda cell: cell.cpu_ms_per_frame, 1),
    Column("moving, dB", lambda cell: cell.moving_db, 1, more=True),
    Column("at rest, dB", lambda cell: cell.rest_db, 1, more=True),
)


def text(value: float, digits: int) -> str:
    """Return a figure as the table shows it."""
    if math.isnan(value):
        return "–"
    return "exact" if math.isinf(value) else f"{value:.{digits}f}"


def loses(ours: float, others: Iterable[float], column: Column) -> bool:
    """Tell whether some other tool's figure is better than ours, as the table shows them."""
    if math.isnan(ours):
        return True
    sign = 1 if column.more else -1
    shown = round(ours, column.digits) if math.isfinite(ours) else ours
    return any(
        sign * (round(other, column.digits) if math.isfinite(other) else other) > sign * shown
        for other in others
        if not math.isnan(other)
    )


def heading(date: str, machine: str, versions: Mapping[str, str], tools: Sequence[Tool]) -> str:
    """Return when and where this was measured, and how each tool was installed and set.

    Parameters
    ----------
    date, machine : str
        As they shall read.
    versions : mapping
        Of what vizstream itself runs on.
    tools : sequence of Tool
        In the order of the rows.
    """
    ours = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [f"{date}: {machine}.", ""]
    for tool in tools:
        others = ", ".join(each.replace("==", " ") for each in (*tool.packages, *tool.alone))
        lines.append(f"- {tool.name}: {tool.settings}. {others or ours}.")
    return "\n".join([*lines, ""])


def markdown(cells: Sequence[Figures], names: Mapping[str, str]) -> str:
    """Return the tables of all cells.

    Parameters
    ----------
    cells : sequence of Figures
        Each tool at most once for a size and a number of viewers.
    names : mapping
        From the tools' keys to what the table calls them, in the order of the rows.
    """
    parts = []
    for size, viewers in sorted({(cell.size, cell.viewers) for cell in cells}, key=_by_pixels):
        rows = {cell.tool: cell for cell in cells if (cell.size, cell.viewers) == (size, viewers)}
        parts += [f"{size}, {viewers} viewer{'s' if viewers > 1 else ''}:", "", *_table(rows, names), ""]
    return "\n".join(parts)


def _by_pixels(key: tuple[str, int]) -> tuple[int, int]:
    width, height = map(int, key[0].split("x"))
    return width * height, key[1]


def _table(rows: Mapping[str, Figures], names: Mapping[str, str]) -> list[str]:
    lines = [
        "| " + " | ".join(["tool", *(column.head for column in COLUMNS)]) + " |",
        "|---|" + "--:|" * len(COLUMNS),
    ]
    for tool, name in names.items():
        if tool not in rows:
            continue
        cell = rows[tool]
        if cell.failure:
            reason = cell.failure.strip().splitlines()[-1]
            lines.append(f"| {name} | cannot be run: {reason} " + "| " * (len(COLUMNS) - 1) + "|")
            continue
        written = []
        for column in COLUMNS:
            value = column.value(cell)
            figure = text(value, column.digits)
            others = (column.value(row) for key, row in rows.items() if key != OURS)
            if tool == OURS and loses(value, others, column):
                figure += f" {LOST}"
            written.append(figure)
        lines.append("| " + " | ".join([name, *written]) + " |")
    return lines
