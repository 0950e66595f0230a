"""Measure what a scene at rest costs with one viewer, in each codec: bytes on the line, and CPU.

Usage: python bench/idle.py [--scene scenes/molecule.py] [--size 1280x720] [--seconds 20]

One server for each codec, each with a page of the same Chromium; all rest at the same time, and so disturb
each other little.  Prints a Markdown table: CPU is that of both processes of a server.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import drag  # noqa: E402 - found by the line above
from drag import STATS, bidi  # noqa: E402

CODECS = ("h264", "av1", "vp9", "vp8")
#: Seconds until the picture has been sharpened, the still fetched, and lines probed.
SETTLE_S = 15.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scene", default="scenes/molecule.py")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    with contextlib.ExitStack() as stack:
        browser = stack.enter_context(bidi.launch("chromium"))
        rows = []
        for codec in CODECS:
            url, process = stack.enter_context(drag.serving(options.scene, options.size, "--codec", codec))
            page = browser.open(url, (width, height))
            page.wait_for("document.body.dataset.state === 'live'", 30)
            rows.append((page, [process.pid, *drag.children(process.pid)]))
        time.sleep(SETTLE_S)
        for page, _pids in rows:
            page.evaluate(STATS)
        time.sleep(1.2)
        before = [(page.evaluate(f"{STATS}.bytes_received"), time.monotonic()) for page, _pids in rows]
        # Whoever asks a page for figures keeps it awake for a second.
        time.sleep(2)
        cpu, began = [sum(map(drag.process_seconds, pids)) for _page, pids in rows], time.monotonic()
        time.sleep(options.seconds)
        used, took = [sum(map(drag.process_seconds, pids)) for _page, pids in rows], time.monotonic() - began
        for page, _pids in rows:
            page.evaluate(STATS)
        time.sleep(1.2)
        print("| codec | kB/s | CPU, % of a core |\n|---|--:|--:|")
        for (page, _pids), (received, at), then, now in zip(rows, before, cpu, used, strict=True):
            figures = page.evaluate(STATS)
            rate = (figures["bytes_received"] - received) / (time.monotonic() - at) / 1000
            print(f"| {figures['codec']} | {rate:.2f} | {100 * (now - then) / took:.1f} |")
            page.close()


if __name__ == "__main__":
    main()
