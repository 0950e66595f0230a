"""Run the scripts of a folder before a viewer made of plain Python, and count how many can be served.

    python tools/compatibility.py FOLDER... [--json FILE] [--markdown FILE]

Each script runs as under ``vizstream serve``, in a process and an empty working directory of its own.  The
viewer looks, drags, turns the wheel, presses a key and leaves.  Where that finds a fault, the script runs a
second time *without* vizstream: what fails there too is not ours to mend.  For that second run
``vtkRenderWindowInteractor.Start`` is replaced by a few lines that inject the same drag into a
``vtkGenericRenderWindowInteractor``, so that a picture which ignores the mouse is told from one of ours that
fails to listen.

Results are appended to the JSON file, one line for each script, and a script that is in it is not run again.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

#: Where the drag begins, in parts of the window: the middle first, then into four viewports' middles.
STARTS = ((0.5, 0.5), (0.26, 0.27), (0.74, 0.73), (0.26, 0.73), (0.74, 0.27))

#: How far it goes, in the same parts.
REACH = (0.12, 0.1)

#: Seconds for which a picture may take to answer.
PATIENCE = 1.5

#: What a script says that cannot run here, vizstream or not → why.  The first that fits counts.
CAUSES = (
    (r"No module named '(vtkmodules|vtk)[.'a-zA-Z]*", "a VTK module that this build lacks"),
    (r"No module named '?(PyQt\d?|PySide\d?|_?tkinter|wx|gi)\b", "needs a GUI toolkit"),
    (r"needs a screen|vtkmodules\.(qt|tk|wx|gtk)", "needs a GUI toolkit"),
    (r"could not load the Qt|no display|couldn't connect to display|QApplication", "needs a GUI toolkit"),
    (r"No module named '?(?P<what>[\w.]+)", "needs the package {what}"),
    (r"requires? the (?P<what>\w+) (package|module|library)", "needs the package {what}"),
    (r"cannot import name '(?P<what>\w+)' from 'vtk", "removed from VTK: {what}"),
    (r"module 'vtk\S*' has no attribute '(?P<what>\w+)'", "removed from VTK: {what}"),
    (r"'vtk\S*' object has no attribute '(?P<what>\w+)'", "removed from VTK: {what}"),
    (r"type object 'vtk\S*' has no attribute '(?P<what>\w+)'", "removed from VTK: {what}"),
    (r"usage: |the following arguments are required|exited with status 2", "needs arguments"),
    (r"list index out of range.*argv|argv\[\d\]", "needs arguments"),
    (
        r"urlopen error|Failed to resolve|Max retries|NameResolution|Connection ?Error|HTTPError",
        "downloads data",
    ),
    (r"FileNotFoundError|No such file|does not exist|not found|not a valid", "misses data"),
    (r"([Cc]an ?(no|')t|[Cc]ould not|[Uu]nable to) (open|read)|[Ee]rror (read|open|load)ing", "misses data"),
)


# ---- the visitor: in the process of the script -----------------------------------------------------------


def differ(one: Any, other: Any) -> bool:
    """Say whether two pictures differ by more than rounding."""
    return bool(one.shape != other.shape or (abs(one.astype(int) - other.astype(int)) > 8).sum() > 4)


def visit(end: Any) -> Iterator[Callable[[], bool]]:
    """Look, drag, turn the wheel, press a key; write down what happened in ``end.report``."""
    report = end.report
    report.update(shown=False, moves=False, answers="", key="")

    def within(seconds: float, condition: Callable[[], bool]) -> Callable[[], bool]:
        over = time.monotonic() + seconds
        return lambda: condition() or time.monotonic() > over

    end.watch(1)
    yield lambda: end.seq > 0
    first = end.picture()
    report.update(shown=True, blank=bool(first.std(axis=(0, 1)).max() < 1), shape=list(first.shape[:2]))
    yield end.seconds(0.15)
    still = end.picture()
    yield end.seconds(0.3)
    report["moves"] = differ(still, end.picture()) or differ(first, still)
    report["blank"] = bool(end.picture().std(axis=(0, 1)).max() < 1)

    from vizstream.render import host

    heard: list[str] = []
    window: Any = host.current() and host.current().window  # type: ignore[union-attr]
    interactor = window and window.GetInteractor()
    if interactor:
        interactor.AddObserver("KeyPressEvent", lambda caller, _event: heard.append(caller.GetKeySym()), 1e3)

    for gesture, x, y in gestures():
        size = end.scene.get("width") or first.shape[1], end.scene.get("height") or first.shape[0]
        places = [(x + REACH[0] * step / 4, y + REACH[1] * step / 4) for step in range(5)]
        at = [{"x": part_x * size[0], "y": part_y * size[1]} for part_x, part_y in places]
        before = end.picture()
        seq = end.seq

        def answered(before: Any = before, seq: int = seq) -> bool:
            return bool(end.seq > seq and differ(before, end.picture()))

        if gesture == "wheel":
            end.send("pointer_move", **at[0])
            end.send("wheel", **at[0], dy=-300.0)
            yield within(PATIENCE, answered)
        else:
            end.send("pointer_move", **at[0])
            end.send("pointer_down", **at[0], button=int(gesture), buttons=(int(gesture),))
            for place in at[1:]:
                last = end.send("pointer_move", **place, buttons=(int(gesture),))
                yield within(0.15, end.shown(last))
            yield within(0.3, answered)
            held = answered()
            end.send("pointer_up", **at[-1], button=int(gesture))
            yield within(0.3, lambda held=held: held or answered())  # type: ignore[misc]
        if answered() or (gesture != "wheel" and held):
            report["answers"] = f"{gesture} at {x}, {y}"
            break
        if report["moves"]:
            break
    end.send("key_down", key="w")
    end.send("key_up", key="w")
    yield within(PATIENCE, lambda: bool(heard))
    report["key"] = heard[0] if heard else ""
    yield end.seconds(0.1)
    report["asked_to_end"] = time.monotonic()


def gestures() -> Iterator[tuple[str, float, float]]:
    """Left, right and middle drags and the wheel, the likeliest first."""
    yield from (("1", x, y) for x, y in STARTS)
    yield from ((gesture, 0.5, 0.5) for gesture in ("2", "3", "wheel"))


def serve_one(script: str, limit: float) -> None:
    """Serve `script` to the visitor; print the report as the last line and leave as ``serve`` does."""
    import scene_stage

    from vizstream.config import Config
    from vizstream.errors import VizstreamError
    from vizstream.scene import run_scene

    sys.path.remove(str(ROOT))
    end = scene_stage.FakeEnd(visit, limit)
    report: dict[str, Any] = end.report
    threading.Timer(limit + 5, give_up, [report]).start()
    try:
        report["status"] = run_scene(Config(scene=script, width=640, height=480), end)
    except VizstreamError as error:
        report["error"] = str(error)
        report["trace"] = getattr(error, "trace", "")[-2000:]
    report["leave_s"] = time.monotonic() - report.get("asked_to_end", time.monotonic())
    report["phases"] = [post["phase"] for post in end.posts if "phase" in post][-1:]
    leave(report)


def give_up(report: dict[str, Any]) -> None:
    """Say where every thread hangs, and end the process."""
    faulthandler.dump_traceback()
    leave({**report, "hung": True})


def leave(report: dict[str, Any]) -> None:
    """Print the report and end the process at once."""
    sys.stderr.flush()
    sys.stdout.flush()
    os.write(1, b"\nREPORT " + json.dumps(report, default=repr).encode() + b"\n")
    os._exit(0)


# ---- the same without vizstream ---------------------------------------------------------------------------


def run_natively(script: str) -> None:
    """Run `script` with VTK's own classes; only ``Start`` is ours: it injects the drags and returns."""
    report: dict[str, Any] = {"windows": 0, "answers": "", "blank": None}

    import vtkmodules.vtkInteractionStyle
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers what draws
    from vtkmodules import vtkRenderingCore, vtkRenderingUI
    from vtkmodules.util.numpy_support import vtk_to_numpy

    def grab(window: Any) -> Any:
        reader = vtkRenderingCore.vtkWindowToImageFilter()
        reader.SetInput(window)
        reader.ReadFrontBufferOff()
        reader.ShouldRerenderOff()
        reader.Update()
        image = reader.GetOutput()
        return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[1], -1, 3).copy()

    class Injecting(vtkRenderingUI.vtkGenericRenderWindowInteractor):
        def Start(self) -> None:  # noqa: N802 - VTK's name
            report["windows"] += 1
            window = self.GetRenderWindow()
            if window is None:
                return
            # The joystick styles move with a timer, which this class leaves to its user.
            self.AddObserver("CreateTimerEvent", lambda *_: None)
            self.AddObserver("DestroyTimerEvent", lambda *_: None)
            self.Initialize()
            window.Render()
            first = grab(window)
            report["blank"] = bool(first.std(axis=(0, 1)).max() < 1)
            height, width = first.shape[:2]
            for gesture, x, y in gestures():
                before = grab(window)
                self.SetEventInformation(int(x * width), int((1 - y) * height))
                if gesture == "wheel":
                    self.MouseWheelForwardEvent()
                else:
                    button = {"1": "Left", "2": "Right", "3": "Middle"}[gesture]
                    getattr(self, f"{button}ButtonPressEvent")()
                    for step in range(1, 5):
                        place = x + REACH[0] * step / 4, y + REACH[1] * step / 4
                        self.SetEventInformation(int(place[0] * width), int((1 - place[1]) * height))
                        self.MouseMoveEvent()
                        self.TimerEvent()
                    during = grab(window)
                    getattr(self, f"{button}ButtonReleaseEvent")()
                    if differ(before, during):
                        report["answers"] = f"{gesture} at {x}, {y}"
                if differ(before, grab(window)) or report["answers"]:
                    report["answers"] = f"{gesture} at {x}, {y}"
                    return

    vtkRenderingCore.vtkRenderWindowInteractor = Injecting
    sys.path.remove(str(ROOT / "tools"))
    sys.path.insert(0, str(Path(script).parent))
    sys.argv = [script]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if error.code not in (None, 0):
            report["error"] = f"exited with status {error.code}"
    except BaseException as error:
        report["error"] = f"{type(error).__name__}: {error}"
    leave(report)


# ---- the runner -------------------------------------------------------------------------------------------


def warm() -> None:
    """Import what vizstream imports before it runs a script, so that forked children need not."""
    sys.path[0] = str(ROOT)
    sys.path.insert(1, str(ROOT / "tests" / "support"))
    for name in ("scene_stage", "vizstream.scene.run", "vizstream.render.loop", "vizstream.scene.takeover"):
        importlib.import_module(name)
    del sys.path[1]


def run_child(mode: str, script: Path, limit: float) -> dict[str, Any]:
    """Run one script in a process of its own; return its report, completed by how the process ended."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        if mode == "serve":
            code = fork(script, limit, folder, out, err)
        else:
            code = spawn(["--native"] if mode == "native" else [], script, limit, folder, out, err)
        out.seek(0)
        err.seek(0)
        _, _, text = out.read().decode(errors="replace").rpartition("REPORT ")
        said = err.read().decode(errors="replace")
    try:
        report: dict[str, Any] = json.loads(text.splitlines()[0]) if text else {}
    except ValueError:
        report = {}
    return {**report, "code": code, "stderr": said[-3000:]}


def fork(script: Path, limit: float, folder: str, out: Any, err: Any) -> int:
    """Serve `script` in a copy of this process, which has the imports behind it: a second for each script."""
    child = os.fork()
    if not child:
        try:
            os.setpgid(0, 0)
            os.chdir(folder)
            for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), out.fileno(), err.fileno())):
                os.dup2(file, number)
            serve_one(str(script), limit)
        finally:
            os._exit(98)
    over = time.monotonic() + limit + 15
    while time.monotonic() < over:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def spawn(options: list[str], script: Path, limit: float, folder: str, out: Any, err: Any) -> int:
    """Run `script` without vizstream in a new process, all by itself if there are no `options`."""
    command = [sys.executable, *([str(Path(__file__).resolve()), *options] if options else []), str(script)]
    try:
        return subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=limit, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return 124


def judge(report: dict[str, Any]) -> str:
    """Return what is wrong with a served script in a few words, empty when nothing is."""
    if report["code"] == 124 or "hung" in report:
        return "did not end in time" if report.get("shown") else "showed nothing in time"
    if report["code"]:
        return f"the process ended with {report['code']}"
    if "error" in report:
        return str(report["error"])
    if not report.get("shown"):
        return "showed nothing"
    if "plan_error" in report:
        return "did not answer in time"
    if report.get("blank"):
        return "the picture is blank"
    if "asked_to_end" not in report:
        return "ended before the visitor left"
    if not (report["moves"] or report["answers"]):
        return "nothing changes the picture"
    if not report["key"]:
        return "the key was not heard"
    return "" if report["leave_s"] < 5 else "took long to end"


def cause(text: str) -> str:
    """Name the reason for which a script cannot run here; empty when none is known."""
    for pattern, reason in CAUSES:
        if match := re.search(pattern, text):
            return reason.format(**match.groupdict())
    return ""


def examine(script: Path, limit: float) -> dict[str, Any]:
    """Serve one script, and where that fails run it natively; return the row for the table."""
    began = time.monotonic()
    served = run_child("serve", script, limit)
    wrong = judge(served)
    row: dict[str, Any] = {"verdict": "good", "reason": "", "served": served}
    if wrong:
        native = row["native"] = run_child("native", script, limit)
        if native["code"] < 0 and run_child("plain", script, limit)["code"] == 0:
            native["code"] = 0  # our few lines in Start are to blame
            native.setdefault("windows", 1)
        text = "\n".join((str(served.get("trace", "")), served["stderr"], str(native.get("error", ""))))
        text += "\n" + native["stderr"]
        row["verdict"], row["reason"] = "failed", wrong
        if native["code"] == 124:
            row["verdict"], row["reason"] = "cannot run", f"takes more than {limit:.0f} s by itself too"
        elif native["code"] or "error" in native:
            why = cause(text) or native.get("error") or f"ends with {native['code']} by itself too"
            row["verdict"], row["reason"] = "cannot run", str(why)
        elif "needs a screen" in wrong:
            row["verdict"], row["reason"] = "cannot run", "needs a GUI toolkit"
        elif "without a window" in wrong and not native.get("windows"):
            row["verdict"], row["reason"] = "no picture", cause(text) or "makes no window"
        elif native.get("blank") and wrong == "the picture is blank":
            row["verdict"] = "cannot run" if cause(text) else "good"
            row["reason"] = cause(text) or "blank without vizstream too"
        elif (
            wrong == "nothing changes the picture"
            and native.get("windows")
            and not native.get("answers", "?")
        ):
            row["verdict"], row["reason"] = "good", "ignores the mouse without vizstream too"
        if row["verdict"] == "good" and not served.get("key"):
            row["verdict"], row["reason"] = "failed", "the key was not heard"
    row["seconds"] = round(time.monotonic() - began, 1)
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Return the totals and one line for each script that did not do well, as Markdown."""
    folders = sorted({row["folder"] for row in rows})
    kinds = ("good", "failed", "cannot run", "no picture")
    lines = [
        "| folder | scripts | served well | failed | cannot run without vizstream either | make no picture |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for folder in folders:
        count = Counter(row["verdict"] for row in rows if row["folder"] == folder)
        cells = [str(count[kind]) for kind in kinds]
        lines.append(f"| {folder} | {sum(count.values())} | {' | '.join(cells)} |")
    lines += ["", "| script | verdict | reason |", "|---|---|---|"]
    for row in rows:
        if row["reason"]:
            reason = row["reason"].replace("|", "\\|").replace("\n", " ")[:160]
            lines.append(f"| {row['folder']}/{row['script']} | {row['verdict']} | {reason} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of scripts, or single scripts")
    parser.add_argument("--json", type=Path, default=Path("compatibility.jsonl"), help="where results go")
    parser.add_argument("--markdown", type=Path, help="where the table goes; stdout without it")
    parser.add_argument("--limit", type=float, default=40, help="seconds for one script")
    parser.add_argument("--minutes", type=float, default=1e9, help="start no script after this time")
    parser.add_argument("--skip", default="", help="leave out scripts whose text matches this expression")
    parser.add_argument("--native", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.native:
        run_natively(arguments.native)
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    warm()
    if hasattr(os, "nice"):
        os.nice(10)
    known = arguments.json.read_text().splitlines() if arguments.json.exists() else []
    rows = [json.loads(line) for line in known]
    done = {(row["folder"], row["script"]) for row in rows}
    stop = time.monotonic() + arguments.minutes * 60
    for folder in arguments.folders:
        scripts = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]
        base = folder if folder.is_dir() else folder.parent
        for script in scripts:
            name = str(script.relative_to(base))
            if script.name == "__init__.py" or (base.name, name) in done or time.monotonic() > stop:
                continue
            if arguments.skip and re.search(arguments.skip, script.read_text(errors="replace")):
                continue
            row = {"folder": base.name, "script": name, **examine(script.resolve(), arguments.limit)}
            rows.append(row)
            with arguments.json.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{row['verdict']:10} {name} {row['reason']}", file=sys.stderr, flush=True)
    if arguments.markdown:
        arguments.markdown.write_text(table(rows))
    else:
        print(table(rows))


if __name__ == "__main__":
    main()
