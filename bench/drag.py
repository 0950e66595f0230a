"""Measure clicks and a drag in a real browser: frames, input to photon, CPU, bytes; then the cost of rest.

Usage: python bench/drag.py [--browser chromium|firefox] [--scene scenes/flow.py] [--size 1280x720]
                            [--seconds 10] [--viewers 1] [--rest SCENE]

Starts `vizstream serve`, opens the page, drags for a while, and prints one line of JSON.  All figures of the
page come from `window.vizstream.stats()`.  On a machine that also does other things, compare runs, not days.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT), str(ROOT / "bench")]

import bidi  # noqa: E402 - found by the line above
from peers.counters import process_seconds  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

STATS = "window.vizstream.stats()"


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def serving(
    scene: str, size: str, *more: str, args: tuple[str, ...] = ()
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `vizstream serve`, the scene with arguments; give the control URL and the process."""
    command = [sys.executable, "-m", "vizstream", "serve", *more, scene, "--port", "0", "--size", size, *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not re.match(r"http://\S+#token=", url):
                raise SystemExit("vizstream serve printed no URL")
            yield url, process
        finally:
            process.terminate()
            process.wait(10)


def stages(url: str) -> tuple[int, dict[str, float]]:
    """Return the number of frames timed, and the seconds that they spent in each stage."""
    base, _hash, token = url.partition("#token=")
    with urllib.request.urlopen(f"{base}metrics?token={token}") as response:
        text = response.read().decode()
    spent = re.findall(r'^vizstream_stage_seconds_total\{stage="(\w+)"\} (\S+)$', text, re.MULTILINE)
    count = re.search(r"^vizstream_staged_frames_total (\d+)$", text, re.MULTILINE)
    return int(count[1]) if count else 0, {stage: float(seconds) for stage, seconds in spent}


def difference(url: str, page: Any, pids: list[int], seconds: float, act: Any) -> dict[str, Any]:
    """Let `act` happen for a while; return what changed."""
    count, spent = stages(url)
    before, cpu, began = page.evaluate(STATS), sum(map(process_seconds, pids)), time.monotonic()
    while time.monotonic() - began < seconds:
        act()
    took = time.monotonic() - began
    # The page's own figures come once a second.
    time.sleep(1.2)
    after, whole = page.evaluate(STATS), time.monotonic() - began
    frames, spent_after = stages(url)
    drawn = max(1, frames - count)
    return {
        "stage_ms": {name: round((spent_after[name] - spent[name]) / drawn * 1000, 2) for name in spent},
        "seconds": round(took, 1),
        "fps": round((after["frames_decoded"] - before["frames_decoded"]) / whole, 1),
        "kB_per_s": round((after["bytes_received"] - before["bytes_received"]) / whole / 1000, 2),
        "cpu_percent": round((sum(map(process_seconds, pids)) - cpu) / whole * 100, 1),
        "codec": after["codec"],
        "picture": f"{after['width']}x{after['height']}",
        "input_to_photon_ms": after["input_to_photon_ms"],
        "rtt_ms": after["rtt_ms"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--scene", default="scenes/flow.py")
    parser.add_argument("--rest", default="")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--screenshot", default="")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    result: dict[str, Any] = {"browser": options.browser, "size": options.size, "viewers": options.viewers}
    with bidi.launch(options.browser) as browser:
        if options.scene:
            with serving(options.scene, options.size) as (url, process):
                pages = [browser.open(url, (width, height)) for _page in range(options.viewers)]
                for page in pages:
                    page.wait_for("document.body.dataset.state === 'live'", 30)
                    page.wait_for(f"{STATS}.width === {width}", 15)
                page, centre = pages[-1], (width // 2, height // 2)
                pids = [process.pid, *children(process.pid)]
                result["watching"] = difference(url, page, pids, options.seconds / 2, lambda: time.sleep(0.1))
                swing = iter(range(10**9))

                def drag() -> None:
                    way = 200 if next(swing) % 2 else -200
                    page.drag(centre, (centre[0] + way, centre[1] + way // 4), steps=60)

                result["dragging"] = difference(url, page, pids, options.seconds, drag)
                page.close()
                pages[-1] = page = browser.open(url, (width, height))
                page.wait_for("document.body.dataset.state === 'live'", 30)
                page.wait_for(f"{STATS}.width === {width}", 30)
                pauses = random.Random(1)  # noqa: S311 - no secret

                def click() -> None:
                    page.perform(bidi.mouse(bidi.move(*centre), bidi.down(), bidi.up()))
                    # Uneven, so that clicks fall into all phases of a frame and of the screen's refresh.
                    time.sleep(pauses.uniform(0.1, 0.3))

                result["clicking"] = difference(url, page, pids, options.seconds, click)
                if options.screenshot:
                    Path(options.screenshot).write_bytes(page.screenshot())
                for page in pages:
                    page.close()
        if options.rest:
            with serving(options.rest, options.size) as (url, process):
                page = browser.open(url, (width, height))
                page.wait_for("document.body.dataset.state === 'live'", 30)
                time.sleep(5)
                pids = [process.pid, *children(process.pid)]
                result["at_rest"] = difference(
                    url, page, pids, max(20, options.seconds), lambda: time.sleep(0.5)
                )
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
