"""What limits the frame rate, and what to do about it.  Pure."""

from __future__ import annotations

from .results import Bound, Machine, Report, Whole

#: Frames a second that are drawn at most where nobody asks for another limit: `vizstream.config.Config`.
MAX_FPS = 60.0

#: Share of the highest rate from which on the limit is what bounds: a timer is late now and then.
NEARLY = 0.93

#: Share of all cores from which on the processor is what bounds; the rest goes to whoever else runs.
BUSY = 0.85

_DRAWING = ("render", "readback", "publish")

LIMIT, RENDER, READBACK, ENCODE, VIEWER, WAIT, UNKNOWN = (
    "frame rate limit",
    "render bound",
    "readback bound",
    "encode bound",
    "viewer bound",
    "waiting",
    "unknown",
)


def judge(report: Report, size: tuple[int, int]) -> Bound:
    """Say what bounds the frame rate with one viewer at one size."""
    whole = next((one for one in report.wholes if (one.width, one.height) == size and one.viewers == 1), None)
    if whole is None or whole.fps <= 0:
        return Bound(
            *size, UNKNOWN, "no picture was delivered", "see whether the scene moves at all", 0.0, 0.0
        )
    reachable = reachable_fps(report, whole)
    name, reason, remedy = _verdict(whole, report.machine)
    return Bound(*size, name, reason, remedy, round(reachable, 1), round(whole.fps / reachable, 3))


def reachable_fps(report: Report, whole: Whole) -> float:
    """Return the rate that the machine could reach at the size and with the viewers of a measurement.

    The smallest of three: the limit; what the render loop reaches alone; and what all cores together reach,
    if each frame costs what drawing it costs by itself and what server and viewers spend on one.
    """
    stages = {
        stage.name: stage
        for stage in report.stages
        if (stage.width, stage.height) == (whole.width, whole.height) and stage.name in _DRAWING
    }
    alone_ms = sum(stage.ms for stage in stages.values())
    cpu_ms = sum(stage.cpu_ms for stage in stages.values())
    cpu_ms += sum(whole.usage[name].cpu_percent * 10 / whole.fps for name in ("server", "viewers"))
    rates = [MAX_FPS]
    if alone_ms > 0:
        rates.append(1000 / alone_ms)
    if cpu_ms > 0:
        rates.append(report.machine.cores * 1000 / cpu_ms)
    return min(rates)


def _verdict(whole: Whole, machine: Machine) -> tuple[str, str, str]:
    """Return the bound's name, reason and remedy."""
    if whole.fps >= NEARLY * MAX_FPS:
        return (
            LIMIT,
            f"{whole.fps:.0f} frames/s are delivered, and {MAX_FPS:.0f} is the most that is drawn",
            "nothing to do; --max-fps of serve allows more",
        )
    used = {name: one.cpu_percent for name, one in whole.usage.items()}
    total = sum(used.values())
    if total >= BUSY * machine.cores * 100:
        most = max(used, key=lambda name: used[name])
        share = f"{used[most]:.0f} of {total:.0f} % CPU on {machine.cores} cores, all of them busy"
        if most == "viewers":
            return VIEWER, f"the viewer on this machine takes {share}", _VIEWER
        if most == "server":
            return ENCODE, f"encoding takes {share}", _ENCODE
        return _drawing(whole, machine, f"takes {share}")
    spent = whole.stage_ms
    interval_ms = 1000 / whole.fps
    drawing_ms = spent.get("render", 0.0) + spent.get("readback", 0.0)
    encode_ms = spent.get("encode", 0.0)
    rest_ms = interval_ms - drawing_ms - encode_ms
    words = f"of the {interval_ms:.1f} ms from frame to frame"
    if drawing_ms >= max(encode_ms, rest_ms):
        return _drawing(whole, machine, f"takes {drawing_ms:.1f} {words}")
    if encode_ms >= rest_ms:
        return ENCODE, f"encoding takes {encode_ms:.1f} {words}", _ENCODE
    return WAIT, f"nothing happens for {rest_ms:.1f} {words}, and the cores are not busy", _WAIT


def _drawing(whole: Whole, machine: Machine, takes: str) -> tuple[str, str, str]:
    if whole.stage_ms.get("readback", 0.0) > whole.stage_ms.get("render", 0.0):
        return READBACK, f"reading pictures back from {machine.renderer} {takes}", _READBACK
    if machine.software:
        return f"{RENDER}: software GL", f"drawing by {machine.renderer} {takes}", _SOFTWARE
    return RENDER, f"drawing by {machine.renderer} {takes}", _GPU


_SOFTWARE = (
    "a GPU draws such a scene in a fraction of the time; without one, draw fewer pixels (--size) or "
    "triangles, or take a machine with more cores"
)
_GPU = "draw fewer pixels (--size) or triangles, or do less in the scene's own callbacks"
_READBACK = "draw fewer pixels (--size): reading back costs as many bytes"
_ENCODE = (
    "a GPU that encodes relieves the cores; without one, --codec h264 costs least, and so do fewer pixels"
)
_VIEWER = "real viewers decode on machines of their own: expect more there"
_WAIT = "see whether the scene's own update or callbacks sleep, or other programs take the cores"
