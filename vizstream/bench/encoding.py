"""Encode and packetize by themselves: the same pictures with each codec at each of its presets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from vizstream.media.budget import NOMINAL_FPS, FrameBudget
from vizstream.media.choice import EFFORTS, HARDWARE, Demand, Effort, best_effort
from vizstream.media.codecs import CLOCK_RATE_HZ, CODECS, Codec
from vizstream.media.encoder import rate_cap_bps
from vizstream.media.encoders import open_encoder
from vizstream.media.machine import Machine
from vizstream.media.packetizers import PACKETIZERS

from .clock import Stopwatch
from .results import Encoding, Stage

#: Pictures that each encoder encodes at least.
LEAST = 4


def codecs_for(choice: str) -> list[Codec]:
    """Return the codecs to measure: the best of each family, or of the one that was chosen."""
    families = [choice] if choice != "auto" else list(dict.fromkeys(codec.family for codec in CODECS))
    return [next(codec for codec in CODECS if codec.family == family) for family in families]


def efforts_for(codec: Codec, machine: Machine) -> list[Effort]:
    """Return a codec's encoders and presets, those on hardware first."""
    found = [effort for effort in EFFORTS if effort.family == codec.family]
    return [HARDWARE, *found] if machine.hardware and codec.family == HARDWARE.family else found


def encode(
    codec: Codec, effort: Effort, machine: Machine, pictures: list[Any], seconds: float
) -> tuple[Encoding, list[tuple[bytes, bool]]]:
    """Encode pictures for so many seconds, at the rate beyond which they get no better.

    Returns
    -------
    tuple of (Encoding, list of (bytes, bool))
        What it took, and each encoded picture with whether it is a keyframe.
    """
    width, height = pictures[0].width, pictures[0].height
    budget = FrameBudget(rate_cap_bps(width, height))
    budget.aim(rate_cap_bps(width, height), NOMINAL_FPS)
    encoder = open_encoder(codec, (width, height), budget, effort, machine)
    watch, encoded = Stopwatch(), []
    end = time.monotonic() + seconds
    for number, picture in enumerate(there_and_back(pictures)):
        if number > LEAST and time.monotonic() > end:
            break
        rtp_time = (number + 1) * CLOCK_RATE_HZ // NOMINAL_FPS
        encoded.append(watch.time(lambda: encoder.encode(picture, rtp_time)))  # noqa: B023
        if number == 0:
            watch = Stopwatch()  # a keyframe, and the encoder's first
    sizes = [len(data) for data, _keyframe in encoded[1:]]
    preset = machine.hardware[0] if effort is HARDWARE else effort.preset
    row = Encoding(
        width,
        height,
        codec.family,
        preset,
        watch.median_ms,
        watch.p95_ms,
        watch.cpu_ms,
        sum(sizes) // len(sizes),
    )
    return row, encoded


def there_and_back(pictures: list[Any]) -> Iterator[Any]:
    """Yield pictures for ever, the first to the last and back, so that none is far from the one before."""
    if len(pictures) == 1:
        while True:
            yield pictures[0]
    while True:
        yield from pictures[:-1]
        yield from reversed(pictures[1:])


def usual_effort(codec: Codec, size: tuple[int, int], machine: Machine) -> Effort:
    """Return the preset that the server would take on an idle machine at its nominal frame rate."""
    return best_effort(codec, Demand(size[0] * size[1], rate_cap_bps(*size), NOMINAL_FPS), machine)


def packetize(codec: Codec, encoded: list[tuple[bytes, bool]], size: tuple[int, int]) -> tuple[Stage, Any]:
    """Cut encoded pictures into packets.

    Returns
    -------
    tuple of (Stage, list of (list of bytes, bool))
        What it took, and each picture's payloads with whether it is a keyframe.
    """
    cut: Callable[[bytes, int, bool], list[bytes]] = PACKETIZERS[codec.mime_type]
    watch, found = Stopwatch(), []
    for number, (data, keyframe) in enumerate(encoded):
        if data:
            found.append((watch.time(lambda: cut(data, number, keyframe)), keyframe))  # noqa: B023
    return Stage(*size, "packetize", watch.median_ms, watch.p95_ms, watch.cpu_ms), found
