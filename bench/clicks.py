"""Measure the way from a click to the picture that shows it, in Chromium, page load by page load.

Usage: python bench/clicks.py [--sizes 1280x720,1920x1080] [--loads 3] [--seconds 10] [--scene SCENE]

Clicks at uneven times into a scene that moves by itself, and prints a Markdown table, a row for each page
load, in ms from the click: until its frame was received; until it was decoded and handed to the browser's
compositor; and until the browser's next refresh, which is the page's own figure.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import drag  # noqa: E402 - found by the line above
from drag import STATS, bidi  # noqa: E402
from watching import NOTE, begin, take  # noqa: E402

if TYPE_CHECKING:
    from watching import Watched

#: Seconds until lines have been found wide and encoders have settled.
SETTLE_S = 5.0

#: Seconds between clicks, at least and at most.
PAUSE_S = (0.1, 0.3)


def ways(watched: Watched) -> list[tuple[float, float, float]]:
    """Return for each press the ms until its first frame was received, handed over and shown."""
    found = []
    shown = {frame.stamp: frame for frame in watched.shown}
    presses = iter(sorted(watched.presses))
    press = next(presses, None)
    for stamp, number in watched.rows:
        frame = shown.get(stamp)
        while press is not None and press <= number:
            # Where one frame shows two presses, the newer one counts, as in the page; where the browser has
            # skipped the frame, none does.
            at, press = watched.inputs[press], next(presses, None)
            if frame is not None and (press is None or press > number):
                moments = frame.received_at, frame.handed_at, frame.at
                found.append(tuple(1000 * (moment - at) for moment in moments))
    return found


def percentile(values: list[float], share: int) -> float:
    """Return a percentile by the nearest rank; not a number where there are no values."""
    if not values:
        return float("nan")
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


def click(page: Any, point: tuple[int, int], seconds: float, pauses: random.Random) -> None:
    """Click for some seconds, in all phases of a frame and of the screen's refresh."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.perform(bidi.mouse(bidi.move(*point), bidi.down(), bidi.up()))
        time.sleep(pauses.uniform(*PAUSE_S))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1280x720,1920x1080")
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--scene", default="scenes/flow.py")
    options = parser.parse_args()
    pauses = random.Random(1)  # noqa: S311 - no secret
    print("| size | clicks | received, p50 / p95 | handed over | next refresh | server's part, ms |")
    print("|---|--:|--:|--:|--:|---|", flush=True)
    with bidi.launch("chromium") as browser:
        for size in options.sizes.split(","):
            width, height = map(int, size.split("x"))
            with drag.serving(options.scene, size) as (url, _process):
                for _load in range(options.loads):
                    page = browser.open(url, (width, height), NOTE)
                    page.wait_for("document.body.dataset.state === 'live'", 30)
                    page.wait_for(f"{STATS}.width === {width}", 30)
                    time.sleep(SETTLE_S)
                    since = begin(page)
                    count, before = drag.stages(url)
                    click(page, (width // 2, height // 2), options.seconds, pauses)
                    frames, after = drag.stages(url)
                    time.sleep(0.5)  # the last rows come within 0.25 s
                    found = ways(take(page, since))
                    cells = [
                        f"{percentile(part, 50):.0f} / {percentile(part, 95):.0f}"
                        for part in (list(values) for values in zip(*found, strict=True))
                    ]
                    spent = {name: 1000 * (after[name] - before[name]) / (frames - count) for name in after}
                    words = ", ".join(f"{name} {value:.1f}" for name, value in spent.items())
                    print(f"| {size} | {len(found)} | {' | '.join(cells)} | {words} |", flush=True)
                    page.close()


if __name__ == "__main__":
    main()
