"""Render, readback, publish and convert by themselves, and publishing beside memcpy of the same bytes."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vizstream.ipc.frame_ring import FrameRing
from vizstream.media.convert import Converter
from vizstream.render.readback import Readback

from .clock import Stopwatch
from .results import Publishing, Stage

if TYPE_CHECKING:
    from vizstream.ipc.frame_ring import Frame, WriteSlot
    from vizstream.media.codecs import Codec

    from .stage_host import Shown

#: Pictures before those that count: shaders are compiled, and memory is touched for the first time.
WARM_UP = 3

#: Pictures that count at least and at most.
LEAST, MOST = 8, 300

#: Bytes of converted pictures that are kept for the encoders to encode.
KEPT_BYTES = 160 << 20


@dataclass
class Drawn:
    """What was measured, and the converted pictures."""

    stages: list[Stage] = field(default_factory=list)
    publishing: Publishing | None = None
    pictures: list[Any] = field(default_factory=list)


def draw(shown: Shown, size: tuple[int, int], seconds: float, codec: Codec) -> Drawn:
    """Draw picture after picture for so many seconds, each through all stages up to the encoder.

    Parameters
    ----------
    shown : Shown
        The scene.
    size : tuple of (int, int)
        Of the window in pixels.
    seconds : float
        How long, about.
    codec : Codec
        Whose colours pictures are converted to.
    """
    width, height = size
    shown.resize(width, height)
    ring, copies = FrameRing(4, width, height), FrameRing(4, width, height)
    writer, reader, copier = ring.writer(), ring.reader(), copies.writer()
    readback, converter = Readback(), Converter(1.0, codec.pixels, codec.max_pixels)
    # Random, so that no page of it is the kernel's page of zeros.
    data = np.random.default_rng(1).integers(0, 255, (height, width, 4), np.uint8)
    names = ("render", "readback", "publish", "convert", "memcpy", "all")
    pictures: list[Any] = []
    watches: dict[str, Stopwatch] = {}
    made, end = 0, time.monotonic() + seconds
    number = -WARM_UP

    def read_and_publish() -> WriteSlot:
        slot = writer.acquire(width, height)
        watches["readback"].time(lambda: readback.read(shown.window, slot.pixels))
        watches["publish"].time(lambda: writer.publish(slot))
        return slot

    def copy() -> None:
        slot = copier.acquire(width, height)
        target = slot.pixels.ctypes.data
        watches["memcpy"].time(lambda: ctypes.memmove(target, data.ctypes.data, data.nbytes))
        copier.publish(slot)

    while number < MOST and (number < LEAST or time.monotonic() < end):
        if number in (-WARM_UP, 0):
            watches = {name: Stopwatch() for name in names}
        shown.move()
        watches["render"].time(shown.draw)
        if number % 2:  # neither goes first always
            copy()
        slot = watches["all"].time(read_and_publish)
        if not number % 2:
            copy()
        with _newest(reader) as frame:
            yuv = watches["convert"].time(lambda: converter.convert(frame.pixels))
            made = copies_made(readback, slot, frame)
        if number >= 0 and (len(pictures) + 1) * width * height * 3 // 2 <= max(
            KEPT_BYTES, width * height * 6
        ):
            pictures.append(yuv)
        number += 1
    drawn = Drawn(pictures=pictures)
    for name in ("render", "readback", "publish", "convert"):
        watch = watches[name]
        drawn.stages.append(Stage(width, height, name, watch.median_ms, watch.p95_ms, watch.cpu_ms))
    took, memcpy = watches["all"].median_ms, watches["memcpy"].median_ms
    drawn.publishing = Publishing(width, height, took, memcpy, round(took / memcpy, 3), made)
    return drawn


def _newest(reader: Any) -> Frame:
    frame: Frame | None = reader.acquire()
    if frame is None:
        raise RuntimeError("the frame that was just published is not there")
    return frame


def copies_made(readback: Readback, slot: WriteSlot, frame: Frame) -> int:
    """Count the copies of the pixels between OpenGL and the conversion, by where they lie.

    One is made out of OpenGL.  Another one would show in that VTK's array, or the picture that libav is
    given, is not where the slot is.  The reader maps the same memory: here even at the same address.
    """
    import av

    place = slot.pixels.ctypes.data
    picture = av.VideoFrame.from_numpy_buffer(frame.pixels, format="rgba")
    return 1 + (readback.address != place) + (picture.planes[0].buffer_ptr != frame.pixels.ctypes.data)
