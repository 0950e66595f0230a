"""Measure vizstream and other tools on one scene, in real Chromium, on this machine.

Usage: python bench/peers/run.py [--only vizstream,rca-jpeg] [--resolution 1280x720] [--viewers 1,4]
                                 [--seconds 6] [--rounds 1] [--table]

Tools take turns, size by size.  Each run leaves a piece of the result in `.make/peers/results`; `--table`
measures nothing and prints all of today's pieces as Markdown, the median of each cell.  With everything at
its own length a run takes about 15 minutes, the first one some more for the tools' environments.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT)]

from peers import results, table  # noqa: E402 - found by the line above
from peers.cell import measure  # noqa: E402
from peers.environments import HOME, prepare  # noqa: E402
from peers.network import isolate  # noqa: E402
from peers.tools import TOOLS, chosen  # noqa: E402
from vizstream.bench.machine import describe  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help=", ".join(tool.key for tool in TOOLS))
    parser.add_argument("--resolution", default="1280x720,1920x1080")
    parser.add_argument("--viewers", default="1,4")
    parser.add_argument("--seconds", type=float, default=6, help="for watching, and again for clicking")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--shots", default="", help="a folder for screenshots at rest")
    parser.add_argument("--table", action="store_true", help="only print today's pieces")
    options = parser.parse_args()
    tools, now = chosen(options.only), datetime.now(timezone.utc)
    pieces = HOME / "results"
    if not options.table:
        for tool in tools:
            prepare(tool.environment, tool.packages, tool.alone)
        if not isolate():
            print("other programs' bytes on the loopback are counted, too", file=sys.stderr)
        cells = []
        for resolution in options.resolution.split(","):
            width, height = map(int, resolution.split("x"))
            for viewers in map(int, options.viewers.split(",")):
                for tool in tools * options.rounds:
                    began = time.monotonic()
                    shot = options.shots and f"{options.shots}/{tool.key}-{resolution}-{viewers}.png"
                    try:
                        counted = measure(tool, (width, height), viewers, options.seconds, shot)
                        cell = results.figures(tool.key, resolution, viewers, counted)
                    except Exception as error:
                        cell = results.failed(tool.key, resolution, viewers, str(error))
                    cells.append(cell)
                    print(f"{time.monotonic() - began:.0f} s: {cell}", file=sys.stderr, flush=True)
                    results.keep(pieces / f"{now:%Y-%m-%d-%H%M%S}.json", cells)
    today = [results.load(path) for path in sorted(pieces.glob(f"{now:%Y-%m-%d}-*.json"))]
    machine = describe()
    where = f"{machine.processor}, {machine.cores} cores, {machine.renderer}, {machine.system}"
    print(table.heading(f"{now:%Y-%m-%d}", where, machine.versions, tools))
    names = {tool.key: tool.name for tool in TOOLS}
    print(table.markdown(results.merge(cell for piece in today for cell in piece), names))


if __name__ == "__main__":
    main()
