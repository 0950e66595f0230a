"""The order of a run: what is measured when, and what becomes of it.

The report grows while it is measured, so that an interrupted run still tells what it has found.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from typing import Any

import click

from vizstream.errors import VizstreamError

from .bounds import judge
from .child import Child
from .machine import describe
from .others import Others
from .plan import COPY_SIZES, Plan
from .results import Copy, Encoding, Publishing, Report, Stage, parse
from .whole import measure_whole

#: Seconds that a process that measures may be silent: RawArray takes 4 of them for one frame of 3840x2160.
SILENCE_S = 60.0

#: Bytes that the ways into shared memory need for each byte of a frame: seven of them, each with a source and
#: three places; and the share of all memory that they may take.
COPY_BYTES_EACH, MEMORY_SHARE = 28, 0.3


def say(words: str) -> None:
    """Tell whoever waits what goes on."""
    click.echo(f"vizstream: {words}", err=True)
    sys.stderr.flush()


def run(plan: Plan) -> tuple[Report, VizstreamError | None]:
    """Measure everything.

    Ctrl-C ends it early; the report is then not `complete`.

    Returns
    -------
    tuple of (Report, VizstreamError or None)
        What was found, and what went wrong then.

    Raises
    ------
    MachineError
        If nothing here can draw.
    """
    say("what machine this is")
    report = Report(describe(), asdict(plan))
    others = Others()
    failure = None
    complete = False
    try:
        _measure_copies(plan, report)
        for size in plan.resolutions:
            _measure_stages(plan, size, report)
            measure_whole(plan, size, report, say)
            report.bounds.append(judge(report, size))
        complete = True
    except KeyboardInterrupt:
        say("interrupted")
    except VizstreamError as error:
        failure = error
    return replace(report, others_percent=others.percent(), complete=complete), failure


def _measure_copies(plan: Plan, report: Report) -> None:
    say("ways into shared memory")
    # A frame of 3840x2160 takes 0.9 GB in all its places; on a small machine that would be swapped.
    room = (report.machine.memory_mib << 20) * MEMORY_SHARE or float("inf")
    sizes = [(w, h) for w, h in COPY_SIZES if w * h * 4 * COPY_BYTES_EACH <= room]
    task = {"scene": plan.scene, "sizes": sizes}
    with Child("copies", task, "measuring the ways into shared memory") as child:
        while "done" not in (message := child.message(SILENCE_S)):
            report.copies.append(parse(Copy, message["copy"]))


def _measure_stages(plan: Plan, size: tuple[int, int], report: Report) -> None:
    name = f"{size[0]}x{size[1]}"
    task = {"scene": plan.scene, "size": size, "seconds": plan.seconds, "codec": plan.codec}
    with Child("stages", task, f"measuring the stages at {name}") as child:
        while "done" not in (message := child.message(SILENCE_S)):
            if "progress" in message:
                say(f"{name}: {message['progress']}")
            for key, kind, rows in _ROWS:
                if key in message:
                    getattr(report, rows).append(parse(kind, message[key]))


#: A message's key, what it holds, and where in the report that goes.
_ROWS: tuple[tuple[str, Any, str], ...] = (
    ("stage", Stage, "stages"),
    ("encoding", Encoding, "encodings"),
    ("publishing", Publishing, "publishings"),
)
