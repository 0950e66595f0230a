"""Measure the frames that reach real browsers on the same machine: 1 and 3 viewers, 720p and 1080p.

Usage: python bench/delivered.py [--sizes 1280x720,1920x1080] [--viewers 1,3] [--seconds 8] [--scene SCENE]

The browser decodes and composes on the same cores that draw and encode.  Prints a Markdown table: the frames
decoded and presented a second, at each viewer; what each frame cost in processor time; and the *bound*, the
rate that the machine could reach, as ``vizstream bench`` reckons it: what the render loop reaches alone, or
what all cores reach together if each frame costs what drawing it costs by itself and what the server and the
browser spend on it now, whichever is less.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import drag  # noqa: E402 - found by the line above
from drag import STATS, bidi  # noqa: E402
from peers.counters import family, spent_seconds  # noqa: E402

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


#: Seconds for which the render loop is timed alone.
ALONE_S = 4.0

#: Frames that are drawn at most where nobody asks for another limit, a second.
MAX_FPS = 60.0


def measure_alone(scene: str, size: tuple[int, int]) -> None:
    """Draw, read back and publish for a while; print the ms and the ms of processor time of a frame."""
    from vizstream.render.probe import choose_backend

    choose_backend()
    from vizstream.bench.drawing import draw
    from vizstream.bench.stage_host import measure_scene
    from vizstream.media.codecs import CODECS

    def measure(shown: Any) -> None:
        stages = [one for one in draw(shown, size, ALONE_S, CODECS[0]).stages if one.name != "convert"]
        print(json.dumps([sum(one.ms for one in stages), sum(one.cpu_ms for one in stages)]), flush=True)
        os._exit(0)  # VTK objects that a script leaves alive may crash in the interpreter's own teardown

    measure_scene(scene, size, measure)


def alone(scene: str, size: str) -> tuple[float, float]:
    """Return the ms that a frame takes the render loop alone, and its ms of processor time."""
    command = [sys.executable, __file__, "--alone", "--scene", scene, "--sizes", size]
    ms, cpu_ms = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=drag.ROOT).stdout)
    return ms, cpu_ms


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


def watch(pages: list[Any], url: str, server: int, seconds: float) -> dict[str, Any]:
    """Return what reached the pages in some seconds, and what it cost."""
    ours, renderer = family(server)[1:], [server]
    theirs = [pid for pid in family(os.getpid())[1:] if pid not in (server, *ours)]
    crowds = {"renderer": renderer, "server": ours, "browser": theirs}
    before, cpu = counts(pages), {name: spent_seconds(pids) for name, pids in crowds.items()}
    (drawn, stages), began = drag.stages(url), time.monotonic()
    time.sleep(seconds)
    took, frames = time.monotonic() - began, drag.stages(url)
    used = {name: spent_seconds(pids) - cpu[name] for name, pids in crowds.items()}
    number, after = max(1, frames[0] - drawn), counts(pages)
    rates = [
        [(b[part] - a[part]) / (b[0] - a[0]) for a, b in zip(before, after, strict=True)] for part in (1, 2)
    ]
    return {
        "fps": number / took,
        "decoded": rates[0],
        "presented": rates[1],
        "cpu_ms": {name: 1000 * seconds / number for name, seconds in used.items()},
        "stage_ms": {name: 1000 * (frames[1][name] - stages[name]) / number for name in stages},
    }


def bound(alone_ms: float, alone_cpu_ms: float, seen: dict[str, Any]) -> float:
    """Return the rate that the machine could reach."""
    cpu_ms = alone_cpu_ms + seen["cpu_ms"]["server"] + seen["cpu_ms"]["browser"]
    return min(MAX_FPS, 1000 / alone_ms, len(os.sched_getaffinity(0)) * 1000 / cpu_ms)


def row(name: str, viewers: int, seen: dict[str, Any], alone_ms: tuple[float, float]) -> str:
    """Return a row of the table."""
    decoded, presented = (" ".join(f"{rate:.1f}" for rate in seen[part]) for part in ("decoded", "presented"))
    cpu = " + ".join(f"{ms:.1f}" for ms in seen["cpu_ms"].values())
    stages = ", ".join(f"{name} {value:.1f}" for name, value in seen["stage_ms"].items())
    most = bound(*alone_ms, seen)
    slowest = min(seen["presented"])
    return (
        f"| {name} | {viewers} | {decoded} | {presented} | {1000 / alone_ms[0]:.0f} | {most:.1f} "
        f"| {100 * slowest / most:.0f} % | {cpu} | {stages} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1280x720,1920x1080")
    parser.add_argument("--viewers", default="1,3")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--scene", default="scenes/flow.py")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        width, height = map(int, options.sizes.split("x"))
        measure_alone(options.scene, (width, height))
        return
    print(
        "| size | viewers | decoded/s each | presented/s each | drawing alone, frames/s | bound, frames/s "
        "| share | CPU of a frame, ms: renderer + server + browser | its way, ms |"
    )
    print("|---|--:|---|---|--:|--:|--:|---|---|", flush=True)
    with bidi.launch("chromium") as browser:
        for size in options.sizes.split(","):
            width, height = map(int, size.split("x"))
            alone_ms = alone(options.scene, size)
            for viewers in map(int, options.viewers.split(",")):
                with drag.serving(options.scene, size) as (url, process):
                    pages = [browser.open(url, (width, height), COUNT) for _page in range(viewers)]
                    for page in pages:
                        page.wait_for("document.body.dataset.state === 'live'", 30)
                    time.sleep(SETTLE_S)
                    seen = watch(pages, url, process.pid, options.seconds)
                    figures = pages[0].evaluate(STATS)
                    name = f"{size} ({figures['width']} wide, {figures['codec']})"
                    print(row(name, viewers, seen, alone_ms), flush=True)
                    for page in pages:
                        page.close()


if __name__ == "__main__":
    main()
