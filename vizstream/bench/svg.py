"""Plots as SVG within HTML: bars and lines, coloured by the page's own style.  Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

#: Of a plot in CSS pixels: its width, a bar's height and the gap beneath, the room for names and for values.
WIDTH, BAR, GAP, NAMES, VALUES = 760, 18, 8, 285, 140

#: Classes of colour that the page's style has.
COLOURS = 7

#: Of a plot of lines.
HEIGHT, MARGIN = 240, 46


def bars(rows: Sequence[tuple[str, float, str]], *, logarithmic: bool = False) -> str:
    """Return horizontal bars.

    Parameters
    ----------
    rows : sequence of (str, float, str)
        Name, length, and what stands behind the bar.
    logarithmic : bool
        Whether lengths differ by too much to be seen otherwise.
    """
    room = WIDTH - NAMES - VALUES
    values = [value for _name, value, _words in rows]
    parts = []
    for number, (name, value, words) in enumerate(rows):
        y = number * (BAR + GAP)
        length = room * _share(value, values, logarithmic=logarithmic)
        middle = y + BAR / 2
        parts.append(
            f'<text class="name" x="{NAMES - 8}" y="{middle}">{escape(name)}</text>'
            f'<rect class="c0" x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>'
            f'<text class="value" x="{NAMES + length + 6:.1f}" y="{middle}">{escape(words)}</text>'
        )
    return _svg(len(rows) * (BAR + GAP), parts)


def stacked(rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str]) -> str:
    """Return horizontal bars of several parts each, with a legend.

    Parameters
    ----------
    rows : sequence of (str, sequence of float)
        Name, and the length of each part.
    names : sequence of str
        Of the parts.
    """
    room = WIDTH - NAMES - VALUES
    longest = max((sum(values) for _name, values in rows), default=0.0) or 1.0
    parts = []
    for number, (name, values) in enumerate(rows):
        y = number * (BAR + GAP)
        x = float(NAMES)
        parts.append(f'<text class="name" x="{NAMES - 8}" y="{y + BAR / 2}">{escape(name)}</text>')
        for part, value in enumerate(values):
            length = room * value / longest
            title = f"<title>{escape(names[part])}: {value:.2f}</title>"
            parts.append(
                f'<rect class="c{part % COLOURS}" x="{x:.1f}" y="{y}" width="{length:.1f}" height="{BAR}">'
                f"{title}</rect>"
            )
            x += length
        parts.append(f'<text class="value" x="{x + 6:.1f}" y="{y + BAR / 2}">{sum(values):.1f}</text>')
    y = len(rows) * (BAR + GAP) + 6
    parts.append(_legend(names, y))
    return _svg(y + BAR + 4, parts)


def lines(
    xs: Sequence[float], series: Sequence[tuple[str, Sequence[float]]], x_name: str, y_name: str
) -> str:
    """Return lines with a point at each x, which are evenly spaced; y begins at 0.

    Parameters
    ----------
    xs : sequence of float
        What stands beneath each point.
    series : sequence of (str, sequence of float)
        Name and values of each line.
    x_name, y_name : str
        Of the axes.
    """
    top = _ceiling(max((value for _name, values in series for value in values), default=1.0))
    left, right, bottom = MARGIN, WIDTH - 20, HEIGHT - MARGIN
    step = (right - left) / max(1, len(xs) - 1)

    def y_of(value: float) -> float:
        return bottom - (bottom - 10) * value / top

    parts = []
    for number in range(5):
        value = top * number / 4
        parts.append(
            f'<line class="grid" x1="{left}" x2="{right}" y1="{y_of(value):.1f}" y2="{y_of(value):.1f}"/>'
            f'<text class="name" x="{left - 6}" y="{y_of(value):.1f}">{value:g}</text>'
        )
    for number, x in enumerate(xs):
        parts.append(f'<text class="tick" x="{left + number * step:.1f}" y="{bottom + 14}">{x:g}</text>')
    parts.append(f'<text class="value" x="{left + 4}" y="14">{escape(y_name)}</text>')
    parts.append(f'<text class="name" x="{right}" y="{bottom - 8}">{escape(x_name)}</text>')
    for number, (name, values) in enumerate(series):
        points = [(left + place * step, y_of(value)) for place, value in enumerate(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="l{number % COLOURS}" points="{path}"/>')
        for (x, y), value in zip(points, values, strict=True):
            title = f"<title>{escape(name)}: {value:g}</title>"
            parts.append(
                f'<circle class="c{number % COLOURS}" cx="{x:.1f}" cy="{y:.1f}" r="3.5">{title}</circle>'
            )
    parts.append(_legend([name for name, _values in series], HEIGHT - 18))
    return _svg(HEIGHT, parts)


def _legend(names: Sequence[str], y: float) -> str:
    parts, x = [], float(MARGIN)
    for number, name in enumerate(names):
        parts.append(
            f'<rect class="c{number % COLOURS}" x="{x:.0f}" y="{y}" width="12" height="12"/>'
            f'<text class="value" x="{x + 17:.0f}" y="{y + 6}">{escape(name)}</text>'
        )
        x += 34 + 7.2 * len(name)
    return "".join(parts)


def _share(value: float, values: Sequence[float], *, logarithmic: bool) -> float:
    """Return a bar's share of the room."""
    longest = max(values)
    if longest <= 0 or value <= 0:
        return 0.0
    if not logarithmic:
        return value / longest
    least = min(one for one in values if one > 0) / 3
    return math.log(value / least) / math.log(longest / least)


def _ceiling(value: float) -> float:
    """Return the next round number: four even steps from 0."""
    if value <= 0:
        return 1.0
    unit: float = 10.0 ** math.floor(math.log10(value))
    return next(unit * factor for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if unit * factor >= value)


def _svg(height: float, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img">{"".join(parts)}</svg>'
