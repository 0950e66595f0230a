"""One cell of the comparison: a tool, a size, so many viewers; what they saw and what that took.

::

    start ─ pages open ─ pictures come ─ settle ─ watch ─────────── click ────────── stop the motion ─ compare
                                                  frames, bytes, CPU input to photon                   quality
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .counters import cpu_seconds, loopback_bytes
from .environments import ROOT, prepare
from .marker import CELL_PX, CELLS, CLICK_BITS, MARGIN_PX, read
from .picture import decode_png, luma_psnr_db
from .results import Counted

sys.path[:0] = [str(ROOT / "tests" / "support")]

import bidi  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tools import Tool

HERE = Path(__file__).resolve().parent
#: Seconds until a server has said its URL, and until a page has shown pictures.
START_S = 60.0
#: Seconds until lines have been found wide and encoders have settled.
SETTLE_S = 8.0
#: A click that shows later than this counts as lost.
LOST_MS = 3000
#: Seconds from the last motion until the picture counts as one at rest.
REST_S = 4.0
#: Pictures that a page must have shown before it counts as running.
RUNNING = 5
#: Pictures in motion that are compared with VTK's.
COMPARED = 4


@contextlib.contextmanager
def serving(tool: Tool, size: tuple[int, int], pictures: Path) -> Iterator[tuple[str, int]]:
    """Run a tool's server; give its URL and process id.

    Raises
    ------
    RuntimeError
        If it says no URL in time; with the end of what it said instead.
    """
    width, height = size
    if tool.adapter:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        script = HERE / "adapters" / f"{tool.adapter}.py"
        python = prepare(tool.environment, tool.packages, tool.alone)
        command = [str(python), str(script), str(port), str(width), str(height), *tool.args]
    else:
        command = [sys.executable, "-m", "vizstream", "serve", str(HERE / "scene.py")]
        command += ["--port", "0", "--size", f"{width}x{height}"]
    environment = {
        **os.environ,
        "PEERS_PICTURES": str(pictures),
        "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
        "PYTHONUNBUFFERED": "1",
    }
    said: list[str] = []
    found = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.removeprefix("URL ").startswith("http://"):
                found.set()
        found.set()

    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            found.wait(START_S)
            urls = [line.removeprefix("URL ").strip() for line in said]
            urls = [url for url in urls if url.startswith("http://")]
            if not urls:
                raise RuntimeError("".join(said[-8:]) or "it said nothing")
            yield urls[0], process.pid
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            # Some leave their children behind, which would keep the output open.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def preload(tool: Tool, size: tuple[int, int]) -> str:
    """Return the function that watches a tool's page."""
    layout = {
        "selector": tool.selector,
        "still": tool.still,
        "width": size[0],
        "height": size[1],
        "marginPx": MARGIN_PX,
        "cellPx": CELL_PX,
        "cells": CELLS,
        "clickBits": CLICK_BITS,
    }
    script = (HERE / "watch.js").read_text(encoding="utf-8").partition("(layout) =>")[2].rstrip().rstrip(";")
    return f"() => ((layout) => {script})({json.dumps(layout)})"


def measure(tool: Tool, size: tuple[int, int], viewers: int, seconds: float, shot: str = "") -> Counted:
    """Measure one cell.

    Parameters
    ----------
    tool : Tool
        Which.
    size : tuple of int
        Width and height of the picture, and of the page.
    viewers : int
        Pages; the first one clicks.
    seconds : float
        For watching, and again for clicking.
    shot : str
        Where to keep the screenshot at rest.
    """
    with (
        tempfile.TemporaryDirectory(prefix="peers-") as directory,
        serving(tool, size, pictures := Path(directory)) as (url, pid),
        bidi.launch("chromium") as browser,
    ):
        pages = []
        for _viewer in range(viewers):
            page = browser.open("", size, preload(tool, size))
            page.navigate(url)
            page.evaluate(tool.begin)
            if tool.start:
                corner = f"document.querySelector({tool.start!r}).getBoundingClientRect()"
                x, y = page.evaluate(f"[{corner}.x + 5, {corner}.y + 5]")
                page.perform(bidi.mouse(bidi.move(x, y), bidi.down(), bidi.up()))
            pages.append(page)
        for page in pages:
            page.wait_for(f"window.peers.pictures() > {RUNNING}", START_S)
        time.sleep(SETTLE_S)
        watched = _watch(pages, pid, seconds)
        moving = _catch(pages[0])
        clicked = _click(pages[0], size, seconds)
        os.kill(pid, signal.SIGUSR1)
        time.sleep(REST_S)
        png, [_code, own] = pages[0].screenshot(), pages[0].evaluate("peers.picture()")
        if shot:
            Path(shot).write_bytes(png)
        wanted = [read(code) for code, _pixels in moving]
        (pictures / "wanted.json").write_text(json.dumps(wanted), encoding="ascii")
        os.kill(pid, signal.SIGUSR2)
        at_rest, *in_motion = _load(pictures / "drawn.npy")
    moving_db = math.nan
    if moving:
        moving_db = luma_psnr_db(np.stack([pixels for _code, pixels in moving]), np.stack(in_motion))
    # A page may show the picture in another size than its own.
    rest_db = max(luma_psnr_db(pixels, at_rest) for pixels in (decode_png(png), _pixels(own)))
    return Counted(**watched, **clicked, moving_db=moving_db, rest_db=rest_db)


def _watch(pages: list[Any], pid: int, seconds: float) -> dict[str, Any]:
    """Count what the pages show while nothing is done, and what that takes."""
    for page in pages:
        page.evaluate("peers.begin(false)")
    passed, used, began = loopback_bytes(), cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    passed, used, took = loopback_bytes() - passed, cpu_seconds(pid) - used, time.monotonic() - began
    taken = [page.evaluate("peers.take()") for page in pages]
    return {
        "seconds": took,
        "bytes": passed,
        "cpu_s": used,
        "codes": [[code for at, code in each["seen"]] for each in taken],
        "presented": [each["presented"] for each in taken],
    }


def _click(page: Any, size: tuple[int, int], seconds: float) -> dict[str, Any]:
    """Click one by one at uneven times; tell after how long each shows."""
    centre = size[0] // 2, size[1] // 2
    # Uneven, so that clicks fall into all phases of a frame and of the screen's refresh.
    pauses = random.Random(1)  # noqa: S311 - no secret
    latencies_ms: list[float] = []
    lost = 0
    page.perform(bidi.mouse(bidi.move(*centre)))
    page.evaluate("peers.begin(true)")
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        page.evaluate(f"void (peers.next = peers.nextClick({LOST_MS}))")
        page.perform(bidi.mouse(bidi.down(), bidi.up()))
        at, clicks = page.evaluate("peers.next.then((at) => [at, peers.take().clicks])")
        if at is None:
            lost += 1
        else:
            latencies_ms.append(at - clicks[-1])
        time.sleep(pauses.uniform(0.1, 0.3))
    taken = page.evaluate("peers.take()")
    return {
        "latencies_ms": latencies_ms,
        "lost": lost,
        "read": len(taken["seen"]),
        "read_of": taken["presented"],
        "unreadable": taken["unreadable"],
    }


def _catch(page: Any) -> list[tuple[int, np.ndarray]]:
    """Return the markers and the pixels of pictures in motion, at uneven times."""
    found = []
    pauses = random.Random(2)  # noqa: S311 - no secret
    for _picture in range(COMPARED):
        time.sleep(pauses.uniform(0.2, 0.4))
        code, url = page.evaluate("peers.picture()")
        if code is not None:
            found.append((code, _pixels(url)))
    return found


def _pixels(url: str) -> np.ndarray:
    return decode_png(base64.b64decode(url.partition(",")[2]))


def _load(picture: Path) -> np.ndarray:
    deadline = time.monotonic() + START_S
    while not picture.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the scene has not written its picture")
        time.sleep(0.1)
    pixels: np.ndarray = np.load(picture)
    return pixels
