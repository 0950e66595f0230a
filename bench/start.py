"""Measure the way from the command to the first picture, and what of that is ours.

Two figures, each the median of some runs:

- start to picture: from the start of ``vizstream serve`` to the first frame on the screen of a browser that
  runs already and opens the link as soon as that is printed;
- our own share: from the start of the process to the first published frame, less what plain Python needs
  for the same script: its imports, making the window, and one ``Render()`` in the same size and with the
  same backend.

It prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import bidi

#: What a user tries first; the two ways to run it differ in the last line.
SCRIPT = """
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkRenderingCore import (
    vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow, vtkRenderWindowInteractor,
)
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingOpenGL2

source, mapper, actor = vtkConeSource(), vtkPolyDataMapper(), vtkActor()
mapper.SetInputConnection(source.GetOutputPort())
actor.SetMapper(mapper)
renderer, window, interactor = vtkRenderer(), vtkRenderWindow(), vtkRenderWindowInteractor()
renderer.AddActor(actor)
window.AddRenderer(renderer)
window.SetSize(1280, 720)
interactor.SetRenderWindow(window)
"""
SHOWN = SCRIPT + "interactor.Start()\n"
ALONE = SCRIPT.replace("interactor.SetRenderWindow", "window.SetMultiSamples(0)\n#") + (
    "window.SetOffScreenRendering(1)\nwindow.Render()\n"
    "import os, time\nprint('done', time.monotonic_ns(), flush=True)\nos._exit(0)\n"
)

#: Runs the command line in this very interpreter, and says when the first frame was published.
TOLD = """
import sys, time
from vizstream.ipc.frame_writer import FrameWriter
publish = FrameWriter.publish
def told(self, *args, **facts):
    seq = publish(self, *args, **facts)
    if seq == 1:
        print("first", time.monotonic_ns(), file=sys.stderr, flush=True)
    return seq
FrameWriter.publish = told
from vizstream.cli import main
main()
"""

#: Seconds that anything may take.
LIMIT_S = 60


def seconds_to(word: str, command: list[str], *, stream: str, environment: dict[str, str]) -> float:
    """Start a program and return the seconds until the moment that it names in a line of output."""
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    pipes[stream] = subprocess.PIPE
    began_ns = time.monotonic_ns()
    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:
        try:
            output = getattr(process, stream)
            for line in output:
                if line.startswith(word + " "):
                    return (int(line.split()[1]) - began_ns) / 1e9
            raise SystemExit(f"{command[0]} never said {word!r}")
        finally:
            process.terminate()
            process.wait(LIMIT_S)


def own_share(folder: Path, runs: int) -> dict[str, float]:
    """Measure both ways in turn; return the medians in milliseconds."""
    shown, alone = folder / "shown.py", folder / "alone.py"
    shown.write_text(SHOWN, encoding="utf-8")
    alone.write_text(ALONE, encoding="utf-8")
    environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    serve = [sys.executable, "-c", TOLD, "serve", "--port", "0", str(shown)]
    plain = [sys.executable, str(alone)]
    ours, theirs = [], []
    for _run in range(runs):
        ours.append(seconds_to("first", serve, stream="stderr", environment=dict(os.environ)))
        theirs.append(seconds_to("done", plain, stream="stdout", environment=environment))
    return {
        "to_first_frame_ms": round(statistics.median(ours) * 1000),
        "plain_python_ms": round(statistics.median(theirs) * 1000),
        "own_share_ms": round((statistics.median(ours) - statistics.median(theirs)) * 1000),
    }


def start_to_picture(folder: Path, runs: int, name: str) -> dict[str, Any]:
    """Measure what somebody waits for who opens the link at once."""
    script = folder / "shown.py"
    script.write_text(SHOWN, encoding="utf-8")
    command = [sys.executable, "-m", "vizstream", "serve", "--port", "0", str(script)]
    taken, urls = [], []
    with bidi.launch(name) as browser:
        for _run in range(runs):
            began = time.monotonic()
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                try:
                    assert process.stdout is not None
                    url = process.stdout.readline().decode().strip()
                    urls.append(time.monotonic() - began)
                    page = browser.open(url, (1280, 720))
                    page.wait_for("document.body.dataset.state === 'live'", LIMIT_S)
                    taken.append(time.monotonic() - began)
                    page.close()
                finally:
                    process.terminate()
                    process.wait(LIMIT_S)
    return {
        "to_url_ms": round(statistics.median(urls) * 1000),
        "to_picture_ms": round(statistics.median(taken) * 1000),
        "to_picture_worst_ms": round(max(taken) * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "runs": options.runs,
            **own_share(Path(folder), options.runs),
            **start_to_picture(Path(folder), options.runs, options.browser),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
