"""Which codec a viewer is sent, and how hard its encoder tries: a measured cost model, pure.

A picture that is meant to last 60 ms may take longer to encode than one that lasts 16, and the harder an
encoder tries, the fewer bits it needs.  So for each codec that a viewer can decode, and each preset of its
encoder, this module knows what a picture costs and what it gains; it takes the best of those that fit into
the time there is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .codecs import Codec
    from .machine import Machine


@dataclass(frozen=True)
class Effort:
    """One encoder at one preset.

    Parameters
    ----------
    family : str
        Of the codec.
    preset : str
        As the encoder calls it; empty for hardware.
    cpu_ms : float
        Of one core, for a picture of 1280x720.
    lean_db, rich_db : float
        Luma's signal to noise above x264 superfast's at the same rate, where a picture of 1280x720 has
        `LEAN_BITS`, and where it has `RICH_BITS`.
    """

    family: str
    preset: str
    cpu_ms: float
    lean_db: float
    rich_db: float


#: 500 kbit/s at 15 frames/s, and 3 Mbit/s at 30.
LEAN_BITS, RICH_BITS = 33_000, 100_000

#: Measured: the flow scene at 720p, 2 threads, on 2 cores (x86, 2026-11-30, nothing else running); ``python
#: bench/efforts.py --seconds 8`` prints these rows anew.  Gains are at equal bits.  Lean, VP9 gains the most
#: for little time, and AV1's slower presets gain most; rich, x264 does what VP9 does in half the time.
#: AV1's preset 7 takes 41.8 ms for 0.2 and 0.1 dB more than 8.
EFFORTS = (
    Effort("h264", "superfast", 3.3, 0.0, 0.0),
    Effort("h264", "veryfast", 5.3, 0.6, 1.1),
    Effort("h264", "faster", 10.2, 1.3, 1.8),
    Effort("h264", "medium", 20.9, 1.7, 2.2),
    Effort("av1", "12", 8.8, 1.3, -0.8),
    Effort("av1", "10", 12.9, 1.7, 0.6),
    Effort("av1", "9", 19.6, 2.2, 1.6),
    Effort("av1", "8", 27.9, 2.8, 2.5),
    Effort("vp9", "8", 5.8, 1.2, -0.3),
    Effort("vp9", "6", 9.6, 1.6, 0.2),
    Effort("vp8", "8", 10.3, 0.6, -0.2),
    Effort("jpeg", "", 3.0, 0.0, 0.0),
)

#: Hardware costs the processor a copy.  Its gain is what NVIDIA's and Intel's own comparisons claim: between
#: x264's veryfast and faster.
HARDWARE = Effort("h264", "", 1.0, 0.6, 1.3)

#: 4:4:4 has twice the samples of 4:2:0; measured with VP9 cpu-used 8: 1.6 times the time.
FULL_CHROMA_COST = 1.6

#: What a second thread of an encoder brings: 24 ms of processor time passed in 14.
PARALLEL = 1.75

#: Share of the time between two pictures, less that for drawing, which encoding may take; and share of all
#: cores.  A browser on the same machine decodes in what is left, and input waits for it.
TIME_SHARE = 0.3
CPU_SHARE = 0.3

#: Rate in bit/s below which AV1 is not chosen: at 150 kbit/s, half size, it showed 10.6 frames/s with a gap
#: of 0.6 s where H.264 showed 12.6, 0.2 s apart at most.
AV1_FROM_BPS = 220_000

#: Rate at 1280x720 from which 4:4:4 is worth its bits: below, luma needs them more.  And what it is worth:
#: thin coloured lines in 4:2:0 keep 25-34 dB of their colour however many bits they get.
FULL_CHROMA_FROM_BPS = 1_500_000
FULL_CHROMA_DB = 1.0

#: Rate at 1280x720 from which VP9 is not chosen where H.264 can be had.  At 1 Mbit/s it would gain 0.4 dB,
#: but its frames have up to 1.5 times the mean, H.264's 1.1: of all inputs 95 % were answered within 165 ms
#: instead of 153; and a line that widens beyond needs H.264 anyway.
VP9_BELOW_BPS = 800_000

#: How far beyond those rates a codec that is sent already is kept.
KEEP = 0.85

#: What another codec must gain before it replaces the present one, at the price of a keyframe.
SWITCH_GAIN_DB = 0.7


@dataclass(frozen=True)
class Demand:
    """What is to be encoded.

    Parameters
    ----------
    pixels : int
        Of the picture that is encoded.
    rate_bps : float
        That it may use.
    fps : float
        Frames per second that are meant to come.
    patience : float
        How much more of the time between them encoding may take than usual.
    """

    pixels: int
    rate_bps: float
    fps: float
    patience: float = 1.0

    @property
    def scale(self) -> float:
        """Size in pictures of 1280x720."""
        return self.pixels / (1280 * 720)

    @property
    def relative_bps(self) -> float:
        """Rate that a picture of 1280x720 would need to look as good."""
        return float(self.rate_bps / self.scale**0.5)


def choose(
    codecs: Sequence[Codec], demand: Demand, machine: Machine, running: Collection[Codec] = ()
) -> Codec:
    """Choose what to send to a viewer.

    Parameters
    ----------
    codecs : sequence of Codec
        What was negotiated with it; not empty.
    demand : Demand
        What is to be encoded.
    machine : Machine
        Where.
    running : collection of Codec
        What it and others in the same place are sent now: another one costs a keyframe, or an encoder.
    """
    plain = any(codec.family == "h264" for codec in codecs)

    def value(codec: Codec) -> tuple[bool, bool, float]:
        effort, fits = _best(codec, demand, machine)
        sensible = _sensible(codec, demand, KEEP if codec in running else 1.0, plain=plain)
        if not fits:  # where nothing does, what costs least
            return False, sensible, -wall_ms(effort, codec, demand)
        gain = gain_db(effort, demand) + (SWITCH_GAIN_DB if codec in running else 0)
        if codec.pixels != "yuv420p":
            gain += FULL_CHROMA_DB
        return True, sensible, gain

    return max(codecs, key=value)


def best_effort(codec: Codec, demand: Demand, machine: Machine) -> Effort:
    """Return how hard to try with a codec: the best that fits, or the cheapest there is."""
    return _best(codec, demand, machine)[0]


def affordable(effort: Effort, codec: Codec, demand: Demand, machine: Machine, slack: float = 1.0) -> bool:
    """Say whether pictures can be encoded so within the time that there is for them."""
    took_ms = wall_ms(effort, codec, demand) / machine.speed
    free_ms = max(0.0, 1000 / demand.fps - machine.draw_ms)
    cpu_ms = effort.cpu_ms * _cost(codec, demand) / machine.speed * demand.fps
    share = slack * demand.patience / max(1, machine.encodings)
    return took_ms <= TIME_SHARE * free_ms * share and cpu_ms <= CPU_SHARE * 1000 * machine.cores * share


def wall_ms(effort: Effort, codec: Codec, demand: Demand) -> float:
    """Return how long a picture would take on a machine of speed 1."""
    return effort.cpu_ms * _cost(codec, demand) / PARALLEL


def gain_db(effort: Effort, demand: Demand) -> float:
    """Return what an effort gains, between lean and rich by the logarithm of a picture's bits."""
    bits = max(1.0, demand.relative_bps / demand.fps)
    richness = math.log(bits / LEAN_BITS) / math.log(RICH_BITS / LEAN_BITS)
    return effort.lean_db + min(1.0, max(0.0, richness)) * (effort.rich_db - effort.lean_db)


def _best(codec: Codec, demand: Demand, machine: Machine) -> tuple[Effort, bool]:
    efforts = [effort for effort in EFFORTS if effort.family == codec.family]
    if codec.family == "h264" and machine.hardware:
        efforts.append(HARDWARE)
    fitting = [effort for effort in efforts if affordable(effort, codec, demand, machine)]
    if fitting:
        return max(fitting, key=lambda effort: gain_db(effort, demand)), True
    return min(efforts, key=lambda effort: effort.cpu_ms), False


def _sensible(codec: Codec, demand: Demand, share: float, *, plain: bool) -> bool:
    if codec.family == "av1":
        return demand.rate_bps >= share * AV1_FROM_BPS
    if codec.family == "vp8":
        return False  # it cannot follow a rate while it runs: what it gains is lost with each change
    if codec.family == "vp9" and codec.pixels == "yuv420p":
        return not plain or share * demand.relative_bps < VP9_BELOW_BPS
    return codec.pixels == "yuv420p" or demand.relative_bps >= share * FULL_CHROMA_FROM_BPS


def _cost(codec: Codec, demand: Demand) -> float:
    return demand.scale * (1.0 if codec.pixels == "yuv420p" else FULL_CHROMA_COST)
