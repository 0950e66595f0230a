"""Measure the frames that reach real browsers on the same machine: 1 and 3 viewers, 720p and 1080p.

Usage: python bench/delivered.py [--sizes 1280x720,1920x1080] [--viewers 1,3] [--seconds 8] [--scene SCENE]

The browser decodes and composes on the same cores that draw and encode.  Prints a Markdown table: the frames
decoded and presented a second, at each viewer, and where each frame's time went on the server.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import drag  # noqa: E402 - found by the line above
from drag import STATS, bidi  # noqa: E402

#: Seconds until lines have been found wide and encoders have settled.
SETTLE_S = 8.0

#: Counts presented frames: what `requestVideoFrameCallback` is called for, however often the page asks.
COUNT = """() => {
  window.presented = 0;
  const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return request.call(this, (...given) => { window.presented += 1; callback(...given); });
  };
}"""


def counts(pages: list[Any]) -> list[tuple[float, int, int]]:
    """Return for each page the time, the frames decoded, and the frames presented."""
    for page in pages:
        page.evaluate(STATS)  # asks the page to keep its figures fresh
    time.sleep(1.2)
    found = []
    for page in pages:
        decoded, presented = page.evaluate(f"[{STATS}.frames_decoded, window.presented]")
        found.append((time.monotonic(), decoded, presented))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1280x720,1920x1080")
    parser.add_argument("--viewers", default="1,3")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--scene", default="scenes/flow.py")
    options = parser.parse_args()
    print("| size | viewers | decoded/s each | presented/s each | CPU, % of a core | server, ms a frame |")
    print("|---|--:|---|---|--:|---|")
    with bidi.launch("chromium") as browser:
        for size in options.sizes.split(","):
            width, height = map(int, size.split("x"))
            for viewers in map(int, options.viewers.split(",")):
                with drag.serving(options.scene, size) as (url, process):
                    pages = [browser.open(url, (width, height), COUNT) for _page in range(viewers)]
                    for page in pages:
                        page.wait_for("document.body.dataset.state === 'live'", 30)
                    time.sleep(SETTLE_S)
                    pids = [process.pid, *drag.children(process.pid)]
                    before, cpu = counts(pages), sum(map(drag.cpu_seconds, pids))
                    (drawn, spent), began = drag.stages(url), time.monotonic()
                    time.sleep(options.seconds)
                    used, took = sum(map(drag.cpu_seconds, pids)) - cpu, time.monotonic() - began
                    frames, after = drag.stages(url), counts(pages)
                    rates = [
                        [(b[part] - a[part]) / (b[0] - a[0]) for a, b in zip(before, after, strict=True)]
                        for part in (1, 2)
                    ]
                    decoded, presented = (" ".join(f"{rate:.1f}" for rate in row) for row in rates)
                    ms = {
                        name: 1000 * (frames[1][name] - spent[name]) / max(1, frames[0] - drawn)
                        for name in spent
                    }
                    stages = ", ".join(f"{name} {value:.1f}" for name, value in ms.items())
                    width = page.evaluate(f"{STATS}.width")
                    print(
                        f"| {size} ({width} wide, {page.evaluate(f'{STATS}.codec')}) | {viewers} | {decoded} "
                        f"| {presented} | {100 * used / took:.0f} | {stages} |",
                        flush=True,
                    )
                    for page in pages:
                        page.close()


if __name__ == "__main__":
    main()
