"""Open an encoder for a codec: on hardware where there is some that works, else in software."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from .budget import NOMINAL_FPS, FrameBudget
from .choice import HARDWARE, Demand, best_effort
from .encoder import Encoder, rate_cap_bps
from .hardware import Hardware
from .jpeg import Jpeg
from .libvpx import Vp8, Vp9
from .machine import Machine
from .svtav1 import SvtAv1
from .x264 import X264

if TYPE_CHECKING:
    from .choice import Effort
    from .codecs import Codec

logger = logging.getLogger(__name__)

_SOFTWARE: dict[str, type[Encoder]] = {"h264": X264, "av1": SvtAv1, "vp9": Vp9, "vp8": Vp8, "jpeg": Jpeg}


def open_encoder(
    codec: Codec,
    size: tuple[int, int],
    budget: FrameBudget | None = None,
    effort: Effort | None = None,
    machine: Machine | None = None,
) -> Encoder:
    """Open an encoder.

    Parameters
    ----------
    codec : Codec
        What to encode.
    size : tuple of (int, int)
        Width and height in pixels, both even.
    budget : FrameBudget, optional
        Rate to aim at; the cap for this size where it is not given.
    effort : Effort, optional
        How hard to try; what an idle machine can afford at 30 frames/s where it is not given.
    machine : Machine, optional
        Whose hardware may be used; it is told when that fails.
    """
    machine = machine or Machine()
    budget = budget or FrameBudget(rate_cap_bps(*size))
    if effort is None:
        demand = Demand(size[0] * size[1], budget.rate_bps, NOMINAL_FPS)
        effort = best_effort(codec, demand, machine)
    if effort is HARDWARE:
        for name in machine.hardware:
            try:
                return Hardware(codec, size, budget, name, partial(machine.give_up, name))
            except Exception as error:  # drivers have reasons of their own
                logger.warning("%s failed, the CPU encodes: %s", name, error)
                machine.give_up(name)
        effort = best_effort(codec, Demand(size[0] * size[1], budget.rate_bps, NOMINAL_FPS), machine)
    return _SOFTWARE[codec.family](codec, size, budget, effort)
