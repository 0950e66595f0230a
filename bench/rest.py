"""Measure what happens when the flow scene comes to rest on a bad line: real Chromium, a link shaper between.

Usage: python bench/rest.py [--only 0,1,2] [--runs N]

For each line: how long after rest the lossy and the exact picture were there, and how long inputs took to be
answered in a drag that begins while a still is on its way, beside one that begins on an idle line.  Prints
Markdown.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from drag import STATS, serving
from lines import LinkSettings, ShapedServer, bidi, open_page, table
from peers.counters import cpu_seconds
from watching import begin, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    from watching import Watched

#: Seconds after its start at which the scene comes to rest.
CALM_S = 14
ROWS = (
    ("300 kbit/s, 100 ms", LinkSettings(rate_bps=300_000, delay_ms=50)),
    ("1 Mbit/s, 50 ms", LinkSettings(rate_bps=1_000_000, delay_ms=25)),
    ("3 Mbit/s, 50 ms", LinkSettings(rate_bps=3_000_000, delay_ms=25)),
    ("not shaped", LinkSettings()),
)
#: Milliseconds that a still has been travelling when the hand comes down.
INTO_MS = 700.0


def drag(page: Any, seconds: float, swing: int = 1) -> None:
    """Drag by a mouse that moves 60 times a second; a swing of -1 undoes one of 1."""
    page.drag((640, 360), (640 + 4 * swing * int(60 * seconds), 360 + 20 * swing), steps=int(60 * seconds))


def wait_for_still(page: Any, condition: str, seconds: float = 60) -> dict[str, Any]:
    """Wait for what ``stats().still`` says."""
    found: dict[str, Any] = page.wait_for(f"(({{still}}) => {condition} && still)({STATS})", seconds)
    return found


def answers_ms(watched: Watched) -> list[float]:
    """Return how long each input took until a frame showed it or a later one."""
    shown = {frame.stamp: frame.at for frame in watched.shown}
    frames = sorted((shown[stamp], number) for stamp, number in watched.rows if stamp in shown)
    found = []
    for number, at in sorted(watched.inputs.items()):
        first = next((due for due, shows in frames if shows >= number and due > at), None)
        if first is not None:
            found.append(1000 * (first - at))
    return found


def steer(page: Any) -> list[float]:
    """Drag for two seconds; return how long inputs took to be answered."""
    since = begin(page)
    drag(page, 2, -1)
    time.sleep(1)
    return answers_ms(take(page, since))


def measure(link: LinkSettings) -> dict[str, float]:
    """Watch one line."""
    with (
        bidi.launch("chromium") as browser,
        serving("scenes/flow.py", "1280x720", args=(str(CALM_S),)) as (url, process),
        ShapedServer(url, up=link, down=link) as way,
    ):
        began = time.monotonic()
        page, _first = open_page(browser, way.url)
        while time.monotonic() - began < CALM_S - 4:
            drag(page, 1)
            drag(page, 1, -1)
        draft = wait_for_still(page, "still.seq !== null", 60)
        exact = wait_for_still(page, "still.exact", 120)
        idle_cpu, idle_since = cpu_seconds(process.pid), time.monotonic()
        time.sleep(4)
        idle = cpu_seconds(process.pid) - idle_cpu
        idle /= time.monotonic() - idle_since
        calm = steer(page)
        # The drag's end is a new rest; into its still goes the next hand.
        time.sleep(INTO_MS / 1000)
        meanwhile = steer(page)
        page.close()
    return {
        "draft": draft["ms_after_rest"] / 1000 if not draft["lossless"] else float("nan"),
        "exact": exact["ms_after_rest"] / 1000,
        "kB": exact["bytes"] / 1000,
        "cpu": 100 * idle,
        "calm p50": statistics.median(calm),
        "calm p95": sorted(calm)[int(0.95 * len(calm))],
        "meanwhile p50": statistics.median(meanwhile),
        "meanwhile p95": sorted(meanwhile)[int(0.95 * len(meanwhile))],
        "first": meanwhile[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="numbers of rows")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    chosen = [ROWS[int(name)] for name in options.only.split(",")] if options.only else ROWS
    heads = ["line (rate, round trip)", "lossy after, s", "exact after, s", "kB"]
    heads += ["CPU then, % of a core", "drag that begins at rest, ms", "while a still travels, ms"]

    def rows() -> Iterable[list[str]]:
        for name, link in chosen:
            runs = [measure(link) for _run in range(options.runs)]
            for run in runs:
                print({key: round(value, 2) for key, value in run.items()}, file=sys.stderr, flush=True)
            r = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            yield [
                name,
                f"{r['draft']:.1f}" if not math.isnan(r["draft"]) else "–",
                f"{r['exact']:.1f}",
                f"{r['kB']:.0f}",
                f"{r['cpu']:.1f}",
                f"{r['calm p50']:.0f} / {r['calm p95']:.0f}",
                f"{r['meanwhile p50']:.0f} / {r['meanwhile p95']:.0f}",
            ]

    table(heads, rows())


if __name__ == "__main__":
    main()
