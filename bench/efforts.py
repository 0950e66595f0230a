"""Measure the table of the cost model: what each encoder and preset costs, and gains at an equal rate.

Usage: python bench/efforts.py [--seconds 4]

The orbiting flow scene at 1280x720, as in `quality`.  Lean is 500 kbit/s at 15 frames/s, rich is 3 Mbit/s at
30.  Encoders miss the rate that is asked for; so the gain is what a preset has above the *curve* of x264's
superfast at the rate that really came.  Keyframes are left out: the model is about pictures in motion.
Prints the rows of `vizstream.media.choice.EFFORTS`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import quality  # noqa: E402 - found by the line above

from vizstream.media.budget import FrameBudget  # noqa: E402
from vizstream.media.choice import EFFORTS, Effort  # noqa: E402
from vizstream.media.codecs import CLOCK_RATE_HZ, CODECS  # noqa: E402
from vizstream.media.encoders import open_encoder  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Rate in bit/s and frames per second of the two ends.
LEAN, RICH = (500_000, 15.0), (3_000_000, 30.0)
#: Factors of the rate at which the curve to compare with is drawn.
CURVE = (0.5, 0.7, 1.0, 1.4, 2.0)


def measure(effort: Effort, rate_bps: float, fps: float, frames: Sequence[av.VideoFrame]) -> list[float]:
    """Encode; return bits of a picture, luma's signal to noise in dB, and CPU ms of a picture."""
    codec = next(codec for codec in CODECS if codec.family == effort.family)
    budget = FrameBudget(int(rate_bps))
    budget.aim(int(rate_bps), fps)
    encoder = open_encoder(codec, quality.SIZE, budget, effort)
    chosen = frames[:: round(quality.FPS / fps)]
    sent, spent = [], 0.0
    for number, picture in enumerate(chosen):
        began = time.process_time()
        sent.append(encoder.encode(picture, int((number + 1) * CLOCK_RATE_HZ / fps))[0])
        spent += time.process_time() - began
    decoder = av.CodecContext.create(quality.DECODERS[effort.family], "r")
    decoder.thread_count = 1
    decoded = [frame for data in sent if data for frame in decoder.decode(av.Packet(data))]
    decoded += decoder.decode(None)
    true = [picture for picture, data in zip(chosen, sent, strict=True) if data]
    errors = [((quality.luma(a) - quality.luma(b)) ** 2).mean() for a, b in zip(true, decoded, strict=True)]
    # The first second is the keyframe's, and what it takes to make up for its size.
    settled = round(fps)
    bits = 8 * sum(map(len, sent[settled:])) / len(sent[settled:])
    noise = float(np.mean(errors[settled:]))
    return [bits, 10 * float(np.log10(255**2 / noise)), 1000 * spent / len(chosen)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    frames = quality.pictures(int(options.seconds * quality.FPS))
    curves = []
    for rate, fps in (LEAN, RICH):
        points = [measure(EFFORTS[0], factor * rate, fps, frames) for factor in CURVE]
        curves.append(sorted((float(np.log(bits)), db) for bits, db, _ms in points))
    print(f"# {'':26}CPU ms, lean dB, rich dB; bits of a picture came: lean, rich")
    for effort in (effort for effort in EFFORTS if effort.family in quality.DECODERS):
        gains, costs, came = [], [], []
        for (rate, fps), curve in zip((LEAN, RICH), curves, strict=True):
            bits, db, ms = measure(effort, rate, fps, frames)
            gains.append(db - float(np.interp(np.log(bits), *zip(*curve, strict=True))))
            costs.append(ms)
            came.append(bits)
        print(
            f'    Effort("{effort.family}", "{effort.preset}", {np.mean(costs):.1f}, {gains[0]:.1f}, '
            f"{gains[1]:.1f}),  # {costs[0]:.1f} and {costs[1]:.1f} ms; {came[0]:.0f}, {came[1]:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
