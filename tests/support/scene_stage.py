"""Run one scene before a viewer that is made of plain Python, in a process of its own.

`play` runs a scene with a `FakeEnd` in place of the server process, and returns what happened.  The plan's
``plan(end)`` is a generator: it does what a viewer does (`watch`, `send` …) and yields conditions; it goes on
when the condition it yielded holds, and when it is done the program is asked to stop.  It runs in the render
loop's own thread, between two turns, so a test sees every state exactly.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vizstream.config import Config
from vizstream.errors import VizstreamError
from vizstream.events import InputEvent
from vizstream.ipc.frame_ring import Numbers
from vizstream.render.channel import Want, Wants

SCENES = Path(__file__).resolve().parents[1] / "scenes" / "patterns"


#: Windows that can be watched at once.
RINGS = 4


@dataclass
class Played:
    """What happened on the stage."""

    report: dict[str, Any]
    stderr: str
    returncode: int
    frames: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.report[name]

    @property
    def phases(self) -> list[str]:
        """The phases, without repeats."""
        phases = [post["phase"] for post in self.posts]
        return [phase for index, phase in enumerate(phases) if phase not in phases[:index]]


def play(scene: str, plan: Callable[..., Any], *args: str, limit: float = 30, **config: Any) -> Played:
    """Run `scene` (a file beside the others, or any target) before the viewers of `plan`.

    The plan's source is run in the child, so it sees only its argument, ``np`` and ``time``.
    """
    target = str(SCENES / scene) if (SCENES / scene.partition(":")[0]).exists() else scene
    options = {"scene": target, "args": args, "limit": limit, **config}
    source = textwrap.dedent(inspect.getsource(plan)).replace(f"def {plan.__name__}(", "def plan(", 1)
    child = subprocess.run(
        [sys.executable, __file__, json.dumps(options)],
        input=source,
        capture_output=True,
        text=True,
        timeout=limit + 40,
        check=False,
    )
    _, _, text = child.stdout.partition("REPORT ")
    report = json.loads(text) if text else {}
    assert "plan_error" not in report, report["plan_error"] + child.stderr
    return Played(report, child.stderr, child.returncode, report.pop("frames", []), report.pop("posts", []))


def played_well(scene: str, plan: Callable[..., Any], *args: str, **config: Any) -> Played:
    """Run `scene` as `play` does; its plan must come to its end, and so must the program, with status 0."""
    played = play(scene, plan, *args, **config)
    assert played.report.get("finished"), played.stderr
    assert played.returncode == 0, played.stderr
    assert played["status"] == 0
    assert "RuntimeWarning" not in played.stderr, "VTK warns when a wrapper changes its object"
    assert played.phases == ["loading", "live", "ended"]
    return played


@dataclass
class FakeSlot:
    pixels: np.ndarray


class FakeWriter:
    """A frame ring of plain memory; the reader takes every frame at once unless told not to.

    Pictures of a scene at rest show nothing new: they are kept apart, and plans do not see them as frames.
    """

    def __init__(self, numbers: Numbers, frames: list[dict[str, Any]]) -> None:
        self.seq = 0
        self._numbers = numbers
        self.frames = frames
        self.stills: list[dict[str, Any]] = []
        self.last: np.ndarray | None = None
        self.hold = False
        self.first_cpu_s = 0.0
        self._taken = 0

    @property
    def taken_seq(self) -> int:
        if not self.hold:
            self._taken = self.seq
        return self._taken

    def acquire(self, width: int, height: int) -> FakeSlot:
        assert width <= 3840
        assert height <= 2160
        return FakeSlot(np.zeros((height, width, 4), np.uint8))

    def publish(self, slot: FakeSlot, **info: int) -> int:
        if not self.seq:
            self.first_cpu_s = time.process_time()
        if info.pop("still", False):
            self.stills.append({"pixels": slot.pixels, "time": time.monotonic(), **info})
            return self.seq
        self._numbers.last = self.seq = self._numbers.last + 1
        self.last = slot.pixels
        self.frames.append({"seq": self.seq, "time": time.monotonic(), "shape": slot.pixels.shape, **info})
        return self.seq

    def abandon(self, slot: FakeSlot) -> None:
        pass


class FakeEnd:
    """A `MainEnd` whose viewers follow a plan."""

    def __init__(self, plan: Callable[[FakeEnd], Iterator[Callable[[], bool]]], limit: float) -> None:
        numbers = Numbers()
        published: list[dict[str, Any]] = []
        self.writers = [FakeWriter(numbers, published) for _ring in range(RINGS)]
        self.stopping = False
        self.report: dict[str, Any] = {}
        self.posts: list[dict[str, Any]] = []
        self.turns = 0
        self.drawing = False
        self.patient = False  # let the loop sleep for as long as it wants to
        self._wants = Wants()
        self._inputs: deque[InputEvent] = deque()
        self._id = 0
        self._bell = threading.Event()
        self._plan = plan(self)
        self._condition: Callable[[], bool] = lambda: True
        self._deadline = time.monotonic() + limit

    # ---- MainEnd

    def drain_inputs(self) -> list[InputEvent]:
        inputs = []
        while self._inputs:
            inputs.append(self._inputs.popleft())
        return inputs

    def wants(self) -> Wants:
        self.turns += 1
        self._advance()
        return self._wants

    def post_scene(self, **fields: Any) -> None:
        # The shown window's looks, beside those of all.
        row = next((row for row in fields.get("windows", ()) if row["window"] == fields["window"]), {})
        self.posts.append({**fields, **row})

    def ring(self) -> None:
        if not self.frames.hold:
            self._bell.set()  # the reader takes the frame at once, and rings back when it does

    def note_drawing(self, *, drawing: bool) -> None:
        self.drawing = drawing

    def wait(self, timeout: float | None) -> bool:
        if not self.patient and timeout is not None:
            timeout = min(timeout, 0.02)  # a plan's condition may come true without anybody ringing
        rang = self._bell.wait(timeout)
        self._bell.clear()
        return rang

    # ---- what a plan uses

    @property
    def frames(self) -> FakeWriter:
        """The ring of the first window."""
        return self.writers[0]

    @property
    def seq(self) -> int:
        """The seq of the newest frame of any window."""
        return max(writer.seq for writer in self.writers)

    @property
    def scene(self) -> dict[str, Any]:
        return self.posts[-1] if self.posts else {}

    def watch(
        self,
        viewers: int = 1,
        width: float = 0,
        height: float = 0,
        pixel_ratio: float = 1.0,
        window: int = 0,
    ) -> None:
        """Let so many watch a window; 0 is the one that the script shows."""
        want = Want(viewers, 1, width, height, pixel_ratio)
        self._wants = Wants({**self._wants.windows, window: want})
        self._bell.set()

    def of_window(self, window: int) -> list[dict[str, Any]]:
        """Return the frames of one window."""
        return [frame for frame in self.frames.frames if frame["window_id"] == window]

    def send(self, kind: str, **fields: Any) -> int:
        self._id += 1
        fields.setdefault("viewer", 1)
        self._inputs.append(InputEvent(kind, id=self._id, **fields))
        self._bell.set()
        return self._id

    def aside(self, function: Callable[[], object]) -> None:
        """Run `function` in a thread of its own; of all methods it may call `send` only."""
        threading.Thread(target=function, daemon=True).start()

    def shown(self, event_id: int) -> Callable[[], bool]:
        return lambda: any(frame["input_id"] >= event_id for frame in self.frames.frames[-RINGS:])

    def next_frame(self) -> Callable[[], bool]:
        seq = self.seq
        return lambda: self.seq > seq

    def settled(self) -> Callable[[], bool]:
        """Wait until what was sent is applied and drawn."""
        from vizstream.render import host

        turns, loop = self.turns, host.current()
        return lambda: (
            self.turns > turns and not any(view.picture.changed for view in loop._views.active)  # type: ignore[union-attr]
        )

    def seconds(self, seconds: float) -> Callable[[], bool]:
        end = time.monotonic() + seconds
        return lambda: time.monotonic() >= end

    def main(self, name: str) -> Any:
        """Return a top-level name of the running script."""
        return vars(sys.modules["__main__"]).get(name)

    def picture(self, window: int = 0) -> np.ndarray:
        """Return the newest picture, of any window or of one."""
        frames = self.of_window(window) if window else self.frames.frames
        writer = next(writer for writer in self.writers if writer.seq == frames[-1]["seq"])
        assert writer.last is not None
        return writer.last[..., :3].astype(int)

    def _advance(self) -> None:
        if self.stopping:
            return
        try:
            while self._condition():
                condition = next(self._plan, None)
                if condition is None:
                    self.report["finished"] = True
                    self.stopping = True
                    return
                self._condition = condition
        except Exception:
            self.report["plan_error"] = traceback.format_exc()
            self.stopping = True
        if time.monotonic() > self._deadline:
            frame = self._plan.gi_frame  # type: ignore[attr-defined]
            self.report["plan_error"] = f"the plan waits for ever in line {frame.f_lineno if frame else '?'}"
            self.stopping = True


def main() -> None:
    options = json.loads(sys.argv[1])
    source = sys.stdin.read()
    names: dict[str, Any] = {"np": np, "time": time}
    exec(compile(source, "plan", "exec"), names)  # noqa: S102
    end = FakeEnd(names["plan"], options.pop("limit", 20))
    threading.Timer(end._deadline - time.monotonic() + 10, os._exit, [97]).start()
    report = end.report
    started = time.process_time()
    try:
        from vizstream.scene import run_scene

        report["status"] = run_scene(Config(**{**options, "args": tuple(options.get("args", ()))}), end)
    except VizstreamError as error:
        report["error"] = str(error)
        report["error_type"] = type(error).__name__
        report["trace"] = getattr(error, "trace", "")
    report["ended"] = time.monotonic()
    report["cpu_to_first_frame_s"] = end.frames.first_cpu_s - started
    report["frames"] = end.frames.frames
    report["posts"] = end.posts
    report["turns"] = end.turns
    sys.stderr.flush()
    print("REPORT " + json.dumps(report, default=repr), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
