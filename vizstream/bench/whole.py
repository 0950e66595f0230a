"""The whole: ``vizstream serve`` in its two processes, and viewers in a third.

One viewer steers without a pause; others join; then everybody leaves the scene alone.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from vizstream.config import new_token

from .child import Child
from .figures import Spread
from .processes import Sample, children, sample, usage
from .results import Rest, Usage, Whole, parse

if TYPE_CHECKING:
    from .plan import Plan
    from .results import Report

#: Seconds from a viewer's first picture until rates have found their level: the rate doubles four times.
#: This and the following are less where measurements are short, which are rough anyway: a multiple of
#: `Plan.seconds` at most.
SETTLE_S, SETTLE_SHARE = 2.0, 2.0

#: Seconds from the last input until nothing is left to be done: the picture at rest is drawn and sharpened,
#: and the still is encoded.
REST_S, REST_SHARE = 3.0, 2.0

#: Seconds that a scene at rest is watched at least: a process at rest uses a hundredth of a second or two.
WATCH_S, WATCH_SHARE = 3.0, 4.0

#: Pictures that a measurement needs at least; a scene that takes a second to draw is watched for longer.
LEAST_PICTURES = 8

#: Seconds within which a process must answer.
ANSWER_S = 40.0

_STAGE = re.compile(r'^vizstream_stage_seconds_total\{stage="(\w+)"\} (\S+)$', re.MULTILINE)
_FRAMES = re.compile(r"^vizstream_staged_frames_total (\d+)$", re.MULTILINE)


class Product:
    """A scene that is being served.

    Parameters
    ----------
    plan : Plan
        Which scene.
    size : tuple of (int, int)
        Of its window.
    stack : ExitStack
        Ends it.
    """

    def __init__(self, plan: Plan, size: tuple[int, int], stack: ExitStack) -> None:
        self.tokens = {"control_token": new_token(), "view_token": new_token()}
        task = {
            "scene": plan.scene,
            "port": 0,
            "width": size[0],
            "height": size[1],
            "codec": plan.codec,
            "max_viewers": plan.viewers,
            **self.tokens,
        }
        self._child = stack.enter_context(Child("served", task, f"serving {plan.scene}"))
        line = self._child.line(ANSWER_S)
        if not line.startswith("http://"):
            raise self._child.failure()
        self.url = line.partition("#")[0]

    def pids(self) -> dict[str, list[int]]:
        """Return the process ids of the renderer, and of the server with what helps it."""
        return {"renderer": [self._child.pid], "server": children(self._child.pid)}

    def stages(self) -> tuple[int, dict[str, float]]:
        """Return the number of frames timed by the server, and the seconds that they spent in each stage."""
        request = urllib.request.Request(  # noqa: S310 - our own server's
            f"{self.url}metrics", headers={"Authorization": f"Bearer {self.tokens['view_token']}"}
        )
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:  # noqa: S310
            text = response.read().decode()
        count = _FRAMES.search(text)
        return int(count[1]) if count else 0, {name: float(spent) for name, spent in _STAGE.findall(text)}


class Observed:
    """What passes while something is measured: each process's use, and the stages' times."""

    def __init__(self, product: Product, viewers: Child) -> None:
        self._product = product
        self._pids = {**product.pids(), "viewers": [viewers.pid]}
        self._frames, self._spent = product.stages()
        self._before, self._began = self._samples(), time.monotonic()

    def _samples(self) -> dict[str, Sample]:
        return {name: sample(pids) for name, pids in self._pids.items()}

    def end(self) -> tuple[dict[str, Usage], dict[str, float]]:
        """Return the use of each process, and the mean milliseconds that a frame spent in each stage."""
        seconds, after = time.monotonic() - self._began, self._samples()
        frames, spent = self._product.stages()
        drawn = max(1, frames - self._frames)
        stage_ms = {
            name: round((spent[name] - self._spent.get(name, 0.0)) / drawn * 1000, 3) for name in spent
        }
        used = {name: usage(self._before[name], after[name], seconds) for name in after}
        return used, stage_ms


def measure_whole(plan: Plan, size: tuple[int, int], report: Report, say: Callable[[str], None]) -> None:
    """Serve the scene, and measure it with more and more viewers, then at rest.

    Raises
    ------
    ChildError
        If the scene cannot be served or seen.
    """
    name = f"{size[0]}x{size[1]}"
    with ExitStack() as stack:
        say(f"{name}: vizstream serve, and a viewer")
        product = Product(plan, size, stack)
        task = {"url": product.url, "size": size, **product.tokens}
        viewers = stack.enter_context(Child("viewer", task, f"watching {plan.scene}"))
        for count in plan.crowds:
            viewers.ask(ANSWER_S, join=count)
            say(f"{name}: the whole with {count} viewer{'s' * (count > 1)}")
            viewers.ask(ANSWER_S, steer=True)
            time.sleep(min(SETTLE_S, SETTLE_SHARE * plan.seconds))
            report.wholes.append(_steered(product, viewers, plan, size, count))
        say(f"{name}: at rest")
        viewers.ask(ANSWER_S, steer=False)
        time.sleep(min(REST_S, REST_SHARE * plan.seconds))
        report.rests.append(_at_rest(product, viewers, plan, size))


def _observe(
    product: Product, viewers: Child, seconds: float, pictures: int = 0
) -> tuple[float, dict[str, Any], dict[str, Usage], dict[str, float]]:
    observed = Observed(product, viewers)
    took = viewers.ask(seconds + ANSWER_S, measure=[seconds, pictures])["measured"]
    used, stage_ms = observed.end()
    return took, viewers.ask(ANSWER_S, report=True), used, stage_ms


def _steered(product: Product, viewers: Child, plan: Plan, size: tuple[int, int], count: int) -> Whole:
    took, seen, used, stage_ms = _observe(product, viewers, plan.seconds, LEAST_PICTURES)
    return Whole(
        *size,
        viewers=count,
        seconds=round(took, 2),
        codec=seen["codec"],
        picture=seen["picture"],
        fps=seen["fps"],
        slowest_fps=seen["slowest_fps"],
        capture_ms=parse(Spread, seen["capture_ms"]),
        input_ms=parse(Spread, seen["input_ms"]),
        stage_ms=stage_ms,
        kbit_s=round(seen["bytes"] * 8 / took / 1000, 1),
        frame_bytes=seen["frame_bytes"],
        not_encoded=seen["not_encoded"],
        not_decoded=seen["not_decoded"],
        usage=used,
    )


def _at_rest(product: Product, viewers: Child, plan: Plan, size: tuple[int, int]) -> Rest:
    seconds = max(plan.seconds, min(WATCH_S, WATCH_SHARE * plan.seconds))
    took, seen, used, _stage_ms = _observe(product, viewers, seconds)
    return Rest(
        *size,
        viewers=plan.viewers,
        seconds=round(took, 2),
        fps=seen["fps"],
        bytes_s=round(seen["bytes"] / took, 1),
        usage=used,
    )
