"""Measure what viewers cost the server: 1 to 16 on one rung, and the same with stock aiortc.

Usage: python bench/viewers.py [--counts 1,4,16] [--rounds 3] [--fps 30] [--size 1280x720] [--no-stock]

The pictures of the orbiting flow scene are rendered beforehand and published at an even rate, so that drawing
takes nothing from anybody; the viewers (`crowd`) run in one process and do not decode.  CPU is that of the
server process alone.  Prints a Markdown table: the median of rounds, each of which has all numbers of
viewers.  Growth is within a round: one and the same work takes up to 1.4 times as long when a shared machine
is busy elsewhere, and of two figures that lie minutes apart the quotient says little.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scenes"), str(ROOT / "bench")]
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

from peers.counters import process_seconds  # noqa: E402 - found by the lines above

from vizstream.config import Config  # noqa: E402
from vizstream.ipc.link import Link  # noqa: E402
from vizstream.ipc.supervisor import Supervisor  # noqa: E402
from vizstream.listener import listen  # noqa: E402
from vizstream.server.process import run_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = 60
#: Seconds until viewers' lines have been found wide.
SETTLE_S = 6.0


def render(path: str, size: tuple[int, int], fps: float) -> None:
    """Write the scene in orbit to a file: PICTURES pictures of RGBA, rows bottom-up."""
    arguments, sys.argv[1:] = sys.argv[1:], []  # ours are not the scene's
    import flow

    sys.argv[1:] = arguments
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    renderer, window = flow.scene(), vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    window.AddRenderer(renderer)
    found = np.lib.format.open_memmap(path, "w+", np.uint8, (PICTURES, size[1], size[0], 4))
    for number in range(PICTURES):
        # There and back, so that the circle closes.
        flow.update(min(number, PICTURES - number) / fps)
        renderer.GetActiveCamera().Azimuth(1 if number < PICTURES / 2 else -1)
        window.Render()
        pixels = vtkUnsignedCharArray()
        window.GetRGBACharPixelData(0, 0, size[0] - 1, size[1] - 1, 1, pixels, 0)
        found[number] = vtk_to_numpy(pixels).reshape(size[1], size[0], 4)


@contextlib.contextmanager
def ours(path: str, fps: float) -> Iterator[tuple[str, str, int]]:
    """Run the server process over the pictures; give its URL, token and process id."""
    pictures, config = np.load(path, mmap_mode="r"), Config(port=0, max_viewers=64, codec="h264")
    _count, height, width, _channels = pictures.shape
    listener, link = listen(config.host, 0), Link.create(max_width=width, max_height=height, windows=1)
    supervisor = Supervisor(run_server, (config, link, listener))
    writer, ended = link.frames.writer(), threading.Event()

    def publish() -> None:
        began, number = time.monotonic(), 0
        while not ended.wait(max(0.0, began + number / fps - time.monotonic())):
            begin_ns = time.monotonic_ns()
            slot = writer.acquire(width, height)
            slot.pixels[:] = pictures[number % len(pictures)]
            end_ns = time.monotonic_ns()
            writer.publish(
                slot, window_id=1, render_begin_ns=begin_ns, render_end_ns=end_ns, readback_end_ns=end_ns
            )
            supervisor.doorbell.ring()
            number += 1

    window: dict[str, Any] = {"window": 1, "ring": 0, "title": "", "cursor": "default"}
    window |= {"width": width, "height": height, "pixel_ratio": 1.0}
    link.scene.post({"phase": "live", "window": 1, "windows": [window]})
    supervisor.start()
    thread = threading.Thread(target=publish)
    thread.start()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/whep"
        yield url, config.control_token, supervisor.pid or 0
    finally:
        ended.set()
        thread.join()
        supervisor.stop()
        listener.close()
        link.close()


@contextlib.contextmanager
def stock(path: str, fps: float) -> Iterator[tuple[str, str, int]]:
    """Run stock aiortc over the pictures; give its URL, no token, and its process id."""
    command = [sys.executable, str(ROOT / "bench" / "stock.py"), path, str(fps)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), "", process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def crowd(url: str, token: str, *profile: str) -> Iterator[Any]:
    """Run a process of viewers; give a function that sends it a command and returns the answer."""
    command = [sys.executable, str(ROOT / "bench" / "crowd.py"), url, token, *profile]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(text: str) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(text + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        try:
            yield ask
        finally:
            process.terminate()


class Figures(NamedTuple):
    """What was seen of so many viewers in one round."""

    worst_fps: float
    best_fps: float
    packets: float
    percent: float
    growth: float


def look(ask: Any, pid: int, count: int, options: argparse.Namespace) -> Figures:
    """Let so many viewers watch, and say what that costs; the growth is not known yet."""
    ask(f"join {count}")
    time.sleep(options.settle)
    before, cpu, began = ask("count"), process_seconds(pid), time.monotonic()
    time.sleep(options.seconds)
    after, took = ask("count"), time.monotonic() - began
    percent = 100 * (process_seconds(pid) - cpu) / took
    pairs = list(zip(after, before, strict=True))
    fps = [(now[0] - then[0]) / took for now, then in pairs]
    packets = sum(now[1] - then[1] for now, then in pairs) / took / count
    return Figures(min(fps), max(fps), packets, percent, 0.0)


def measure(name: str, serve: Any, counts: list[int], options: argparse.Namespace, path: str) -> None:
    """Print a row for each number of viewers."""
    seen: dict[int, list[Figures]] = {count: [] for count in counts}
    with serve(path, options.fps) as (url, token, pid), crowd(url, token) as ask:
        for _round in range(options.rounds):
            for count in counts:
                figures = look(ask, pid, count, options)
                alone = seen[counts[0]][-1].percent if count != counts[0] else figures.percent
                seen[count].append(figures._replace(growth=100 * (figures.percent / alone - 1)))
    for count, rounds in seen.items():
        middle = Figures(*(statistics.median(column) for column in zip(*rounds, strict=True)))
        growths = ", ".join(f"{one.percent:.1f} ({one.growth:+.0f} %)" for one in rounds)
        print(
            f"| {name} | {count} | {middle.worst_fps:.1f} | {middle.best_fps:.1f} | {middle.packets:.0f} "
            f"| {middle.percent:.1f} | {middle.growth:+.0f} % | {growths} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", default="1,4,16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--settle", type=float, default=SETTLE_S)
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--no-stock", action="store_true")
    options = parser.parse_args()
    counts = [int(count) for count in options.counts.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/pictures.npy"
        width, _x, height = options.size.partition("x")
        render(path, (int(width), int(height)), options.fps)
        print(
            "| server | viewers | fps, worst | best | packets/s each | CPU, % of a core | growth | rounds |"
        )
        print("|---|--:|--:|--:|--:|--:|--:|---|")
        measure("vizstream", ours, counts, options, path)
        if not options.no_stock:
            measure("stock aiortc", stock, counts, options, path)


if __name__ == "__main__":
    main()
