"""A report that could have been measured."""

from __future__ import annotations

from dataclasses import replace

from vizstream.bench.figures import Spread
from vizstream.bench.results import (
    Bound,
    Copy,
    Encoding,
    Machine,
    Publishing,
    Report,
    Rest,
    Stage,
    Usage,
    Whole,
)

SIZE = (1280, 720)

MACHINE = Machine(
    when="2026-01-02 03:04 UTC",
    processor="A <fine> processor",
    cores=2,
    memory_mib=8192,
    system="Linux 6.1 x86_64",
    renderer="llvmpipe (LLVM 15, 256 bits)",
    software=True,
    versions={"vizstream": "0.1.0", "vtk": "9.5"},
)

WHOLE = Whole(
    *SIZE,
    viewers=1,
    seconds=4.0,
    codec="h264",
    picture="1280x720",
    fps=40.0,
    slowest_fps=40.0,
    capture_ms=Spread(14.0, 20.0, 25.0, 160),
    input_ms=Spread(33.0, 44.0, 55.0, 150),
    stage_ms={"render": 12.0, "readback": 0.5, "wait": 0.3, "encode": 7.0, "deliver": 0.4},
    kbit_s=5200.0,
    frame_bytes=16000,
    not_encoded=0,
    not_decoded=1,
    usage={
        "renderer": Usage(60.0, 240.0, 12.0),
        "server": Usage(40.0, 140.0, 12.0),
        "viewers": Usage(30.0, 130.0, 0.0),
    },
)


def whole(fps: float = 40.0, *, usage: tuple[float, float, float] | None = None, **stages: float) -> Whole:
    """Return a measurement of the whole with some figures changed."""
    changed = replace(WHOLE, fps=fps, stage_ms={**WHOLE.stage_ms, **stages})
    if usage is None:
        return changed
    names = ("renderer", "server", "viewers")
    used = {name: Usage(cpu, 100.0, 10.0) for name, cpu in zip(names, usage, strict=True)}
    return replace(changed, usage=used)


def report(one: Whole = WHOLE, *, machine: Machine = MACHINE) -> Report:
    """Return a whole report."""
    return Report(
        machine=machine,
        plan={"scene": "flow.py", "codec": "auto"},
        copies=[Copy(*SIZE, "memcpy", 0.4, 1.0), Copy(*SIZE, "RawArray[:] = data", 200.0, 500.0)],
        stages=[
            Stage(*SIZE, "render", 8.0, 9.0, 14.0),
            Stage(*SIZE, "readback", 0.5, 0.6, 0.5),
            Stage(*SIZE, "publish", 0.01, 0.02, 0.01),
            Stage(*SIZE, "encode", 6.0, 7.0, 9.0),
        ],
        encodings=[Encoding(*SIZE, "h264", "veryfast", 6.0, 7.0, 9.0, 21000)],
        publishings=[Publishing(*SIZE, 0.52, 0.45, 1.156, 1)],
        wholes=[one, replace(one, viewers=4, slowest_fps=31.0)],
        rests=[Rest(*SIZE, 4, 4.0, 0.0, 180.0, WHOLE.usage)],
        bounds=[Bound(*SIZE, "render bound: software GL", "drawing takes 12", "a GPU", 55.0, 0.73)],
        complete=True,
    )
