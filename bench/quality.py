"""Compare encoders on the flow scene: picture, bits and CPU, stock aiortc's H.264 among them, in one run.

Usage: python bench/quality.py [--rates 500,1000] [--seconds 8] [--all]

Renders the orbiting scene at 1280x720 once, then encodes the same pictures with stock aiortc and with the
presets of `vizstream.media.choice.EFFORTS`: at 30 frames/s, and at the frame rate that the ladder sends at
that rate.  Ours are asked for what the line leaves for payload, as in the product, and so spend less than
stock aiortc.  The rows in bold are what the product chooses for Chromium, on as many cores and with drawing
as slow as the options say: for everybody, and, called *sharp*, for who prefers pixels to frames.  Luma's PSNR
is that of the pictures which are sent.  Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scenes")]
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

from vizstream.media.budget import FrameBudget  # noqa: E402 - found by the lines above
from vizstream.media.choice import EFFORTS, Demand, Effort, best_effort, choose  # noqa: E402
from vizstream.media.codecs import CLOCK_RATE_HZ, CODECS, Codec  # noqa: E402
from vizstream.media.convert import Converter  # noqa: E402
from vizstream.media.encoders import open_encoder  # noqa: E402
from vizstream.media.fitting import REOPEN_INTERVAL_S  # noqa: E402
from vizstream.media.ladder import LEVELS, frame_rate, payload_bps  # noqa: E402
from vizstream.media.machine import Machine  # noqa: E402
from vizstream.media.packetize import MAX_PAYLOAD  # noqa: E402
from vizstream.server.rtp_header import OVERHEAD_BYTES  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    Encode = Callable[[av.VideoFrame, int], bytes]

SIZE = (1280, 720)
FPS = 30
DECODERS = {"h264": "h264", "av1": "libdav1d", "vp9": "vp9", "vp8": "vp8"}
#: Of `LEVELS`: what is sent to who prefers pixels to frames.
SHARP = 3
#: What is compared without --all.
USUAL = {"superfast", "veryfast", "faster", "10", "9", "8", "6"}


def pictures(count: int) -> list[av.VideoFrame]:
    """Render the scene in orbit; return I420 pictures."""
    sys.argv[1:] = []  # the scene has arguments of its own
    import flow
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    renderer = flow.scene()
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)
    converter, found = Converter(), []
    for number in range(count):
        flow.update(number / FPS)
        renderer.GetActiveCamera().Azimuth(1)
        window.Render()
        pixels = vtkUnsignedCharArray()
        window.GetRGBACharPixelData(0, 0, SIZE[0] - 1, SIZE[1] - 1, 1, pixels, 0)
        found.append(converter.convert(vtk_to_numpy(pixels).reshape(SIZE[1], SIZE[0], 4)))
    return found


def luma(frame: av.VideoFrame) -> Any:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: SIZE[1], : SIZE[0]].astype(np.int32)


def stock(rate_bps: int) -> Encode:
    """Return stock aiortc's way to encode."""
    from aiortc.codecs.h264 import H264Encoder

    encoder = H264Encoder()
    encoder.target_bitrate = rate_bps

    def encode(picture: av.VideoFrame, _rtp_time: int) -> bytes:
        return b"".join(b"\0\0\0\1" + bytes(unit) for unit in encoder._encode_frame(picture, False))

    return encode


def ours(codec: Codec, effort: Effort, rate_bps: int, fps: float) -> Encode:
    """Return the product's way to encode, which opens an encoder anew where that is much better."""
    budget = FrameBudget(rate_bps)
    budget.aim(rate_bps, fps)
    encoder, opened_at = open_encoder(codec, SIZE, budget, effort), 0

    def encode(picture: av.VideoFrame, rtp_time: int) -> bytes:
        nonlocal encoder, opened_at
        if not encoder.set_rate(rate_bps, fps) and rtp_time - opened_at > REOPEN_INTERVAL_S * CLOCK_RATE_HZ:
            encoder, opened_at = open_encoder(codec, SIZE, budget, effort), rtp_time
        return encoder.encode(picture, rtp_time)[0]

    return encode


def row(
    name: str, family: str, encode: Encode, frames: list[av.VideoFrame], fps: float, stock_db: float = 0.0
) -> float:
    """Encode, decode, compare; print a line of the table, and return the quality in dB."""
    sent, spent = [], 0.0
    every = FPS / fps
    chosen = [frames[int(number * every)] for number in range(int(len(frames) / every))]
    for number, picture in enumerate(chosen):
        rtp_time = int((number + 1) * CLOCK_RATE_HZ / fps)
        picture.pts, picture.pict_type = rtp_time, av.video.frame.PictureType.NONE
        began = time.process_time()
        sent.append(encode(picture, rtp_time))
        spent += time.process_time() - began
    decoder = av.CodecContext.create(DECODERS[family], "r")
    decoder.thread_count = 1
    decoded = [frame for data in sent if data for frame in decoder.decode(av.Packet(data))]
    decoded += decoder.decode(None)
    true = [picture for picture, data in zip(chosen, sent, strict=True) if data]
    errors = [((luma(a) - luma(b)) ** 2).mean() for a, b in zip(true, decoded, strict=True)]
    quality = 10 * np.log10(255**2 / np.mean(errors))
    kbps = sum(map(len, sent)) * 8 / (len(chosen) / fps) / 1000
    more = f"{quality - stock_db:+.1f}" if stock_db else "–"
    cpu_ms = spent / len(chosen) * 1000
    print(f"| {name} | {fps:.0f} | {kbps:.0f} | {quality:.1f} | {more} | {cpu_ms:.1f} |", flush=True)
    return float(quality)


def compare(
    rate_bps: int, frames: list[av.VideoFrame], best: dict[str, Codec], machine: Machine, *, whole: bool
) -> None:
    """Print the table of one rate."""
    print(f"\n{rate_bps / 1000:.0f} kbit/s\n")
    print("| encoder | frames/s | kbit/s | Y, dB | over stock | CPU, ms/frame |")
    print("|---|--:|--:|--:|--:|--:|")
    stock_db = row("stock aiortc", "h264", stock(rate_bps), frames, FPS)
    pixels = SIZE[0] * SIZE[1]
    ladder, sharp = (min(float(FPS), frame_rate(LEVELS[level], rate_bps, pixels)) for level in (0, SHARP))

    def asked(fps: float) -> int:
        return payload_bps(rate_bps, fps, MAX_PAYLOAD, OVERHEAD_BYTES)

    def chosen(fps: float, patience: float = 1.0) -> Effort:
        demand = Demand(pixels, asked(fps), fps, patience)
        return best_effort(choose(list(best.values()), demand, machine), demand, machine)

    def show(effort: Effort, fps: float, *, bold: bool, what: str = "") -> None:
        name = f"{effort.family} {effort.preset}"
        encode = ours(best[effort.family], effort, asked(fps), fps)
        row((f"**{name}**" if bold else name) + what, effort.family, encode, frames, fps, stock_db)

    for effort in EFFORTS:
        if effort.family not in ("vp8", "jpeg") and (whole or effort.preset in USUAL):
            for fps in dict.fromkeys((float(FPS), ladder)):
                show(effort, fps, bold=fps == ladder and effort is chosen(fps))
            bold = effort is chosen(sharp, LEVELS[SHARP].patience)
            show(effort, sharp, bold=bold, what=", sharp")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rates", default="500,1000", help="in kbit/s")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--all", action="store_true", help="the other presets as well")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--draw-ms", type=float, default=20, help="for one picture")
    options = parser.parse_args()
    frames = pictures(int(options.seconds * FPS))
    best = {family: next(c for c in CODECS if c.family == family) for family in DECODERS}
    best["h264"] = next(c for c in CODECS if c.name == "h264-main")  # the best that Chromium offers
    machine = Machine(options.cores)
    machine.draw_ms = options.draw_ms
    for rate in options.rates.split(","):
        compare(int(rate) * 1000, frames, best, machine, whole=options.all)


if __name__ == "__main__":
    main()
