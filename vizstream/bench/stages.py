"""All stages of one size, one after the other, in a process of its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vizstream.render.probe import choose_backend

if TYPE_CHECKING:
    from .child import Parent
    from .stage_host import Shown

#: Share of the seconds of the plan that each encoder gets.
ENCODER_SHARE = 0.12


def main() -> None:
    """Measure what the task says."""
    from .child import Parent

    parent = Parent()

    def work() -> None:
        choose_backend()
        from .stage_host import measure_scene

        width, height = parent.task["size"]
        measure_scene(parent.task["scene"], (width, height), lambda shown: _measure(parent, shown))
        parent.tell(done=True)

    parent.run(work)


def _measure(parent: Parent, shown: Shown) -> None:
    from vizstream.media.machine import Machine

    from .drawing import draw
    from .encoding import codecs_for, efforts_for, encode, packetize, usual_effort
    from .results import Stage
    from .sending import send

    width, height = parent.task["size"]
    seconds, size = parent.task["seconds"], (width, height)
    machine = Machine()
    machine.look_for_hardware().join()
    codecs = codecs_for(parent.task["codec"])
    parent.tell(progress="render, readback, publish, convert")
    drawn = draw(shown, size, seconds, codecs[0])
    for stage in drawn.stages:
        parent.tell(stage=asdict(stage))
    if drawn.publishing is not None:
        parent.tell(publishing=asdict(drawn.publishing))
    usual = usual_effort(codecs[0], size, machine)
    for codec in codecs:
        for effort in efforts_for(codec, machine):
            parent.tell(progress=f"encode {codec.family} {effort.preset}".strip())
            try:
                row, encoded = encode(codec, effort, machine, drawn.pictures, seconds * ENCODER_SHARE)
            except Exception as error:  # libav raises what the encoder's makers chose
                parent.tell(progress=f"{codec.family} {effort.preset} cannot be measured: {error}")
                continue
            parent.tell(encoding=asdict(row))
            if codec is codecs[0] and effort is usual:
                parent.tell(stage=asdict(Stage(*size, "encode", row.ms, row.p95_ms, row.cpu_ms)))
                cut, frames = packetize(codec, encoded, size)
                parent.tell(stage=asdict(cut))
                parent.tell(stage=asdict(send(codec, frames, size)))
