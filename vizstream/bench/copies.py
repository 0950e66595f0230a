"""Ways to write a frame into shared memory, side by side.

All but the last begin with a frame in a NumPy array, as a program has it after it has read it back from
OpenGL; memcpy, to which they are compared, goes into memory of the kind that vizstream uses.  vizstream's way
begins with the framebuffer itself, so its time holds the reading.  Each has a source of its own and as many
places of its own to write to in turn, so that none finds the processor's cache warmer than another: where
four of them shared their places, these seemed faster than memcpy by a third.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from multiprocessing import shared_memory
from multiprocessing.sharedctypes import RawArray
from typing import Any

import numpy as np
import numpy.typing as npt

from vizstream.ipc.frame_ring import FrameRing
from vizstream.ipc.memory import SharedMemory
from vizstream.render.probe import choose_backend

from .clock import Stopwatch
from .figures import percentile
from .results import Copy

#: Places that are written to in turn: as many slots as a frame ring has at least.
PLACES = 3

#: Rounds of one size at most, and the milliseconds after which a way takes part in no further one.
ROUNDS, LIMIT_MS = 40, 400.0

MEMCPY, RAW_ARRAY, VIZSTREAM = "memcpy", "RawArray[:] = data", "vizstream, from the framebuffer"

Write = Callable[[int], object]
Pixels = npt.NDArray[np.uint8]


def ways(frame: Pixels) -> Iterator[tuple[str, Write]]:
    """Yield each way's name, and what writes `frame` into the place of a number.

    Parameters
    ----------
    frame : ndarray of uint8
        One frame.
    """
    size = frame.nbytes

    def raw_arrays() -> list[Any]:
        return [RawArray("B", size) for _place in range(PLACES)]

    shared = SharedMemory(PLACES * size)
    yield (
        MEMCPY,
        _copying([np.frombuffer(shared.buf, np.uint8, size, n * size) for n in range(PLACES)], frame),
    )
    for name, view in (
        (RAW_ARRAY, lambda array: array),
        ("memoryview(RawArray)[:] = data", lambda array: memoryview(array).cast("B")),
        ("np.ctypeslib.as_array(RawArray)[:] = data", np.ctypeslib.as_array),
        ("np.frombuffer(RawArray)[:] = data", lambda array: np.frombuffer(array, np.uint8)),
    ):
        yield name, _assigning([view(array) for array in raw_arrays()], frame)


def _copying(targets: list[Pixels], frame: Pixels) -> Write:
    data = frame.reshape(-1).copy()
    return lambda place: ctypes.memmove(targets[place].ctypes.data, data.ctypes.data, data.nbytes)


def _assigning(targets: list[Any], frame: Pixels) -> Write:
    data = frame.reshape(-1).copy()
    source: Any = data.data if isinstance(targets[0], memoryview) else data

    def write(place: int) -> None:
        targets[place][:] = source

    return write


@contextlib.contextmanager
def named_memory(data: Pixels) -> Iterator[Write | None]:
    """Give what writes `data` into `multiprocessing.shared_memory`; None where there is not enough of it."""
    blocks: list[shared_memory.SharedMemory] = []
    views: list[Pixels] = []
    try:
        for _place in range(PLACES):
            block = shared_memory.SharedMemory(create=True, size=data.nbytes)
            blocks.append(block)
            # Its name would outlive us if we were killed.  Windows forgets it with the last handle.
            if sys.platform != "win32":
                block.unlink()
        views += [np.ndarray(data.nbytes, np.uint8, block.buf) for block in blocks]
        flat = data.reshape(-1).copy()

        def write(place: int) -> None:
            views[place][:] = flat

        yield write
    except OSError:  # a container's /dev/shm has 64 MB
        yield None
    finally:
        views.clear()
        for block in blocks:
            block.close()


def compare(size: tuple[int, int], writes: dict[str, Write]) -> Iterator[Copy]:
    """Time all ways in turn, round by round; yield them with their ratio to memcpy.

    The first round, in which memory is seen for the first time, does not count unless it is the only one.
    """
    watches = {name: Stopwatch() for name in writes}
    for number in range(ROUNDS + 1):
        for name, write in writes.items():
            watch = watches[name]
            if sum(watch.ms) < LIMIT_MS:
                watch.time(partial(write, number % PLACES))
    medians = {name: percentile(watch.ms[1:] or watch.ms, 50) for name, watch in watches.items()}
    for name, ms in medians.items():
        yield Copy(*size, name, round(ms, 4), round(ms / medians[MEMCPY], 3))


def main() -> None:
    """Measure all sizes of the task, in a process of its own."""
    from .child import Parent

    parent = Parent()
    from vizstream.render.readback import Readback

    from .stage_host import Shown, measure_scene

    def measure(shown: Shown) -> None:
        readback = Readback()
        for width, height in parent.task["sizes"]:
            shown.resize(width, height)
            ring = FrameRing(PLACES, width, height)
            writer = ring.writer()
            data = np.zeros((height, width, 4), np.uint8)
            readback.read(shown.window, data)

            def vizstream(_place: int) -> None:
                slot = writer.acquire(width, height)  # noqa: B023 - called before the next round
                readback.read(shown.window, slot.pixels)
                writer.publish(slot)  # noqa: B023

            with named_memory(data) as named:
                writes = dict(ways(data))
                if named is not None:
                    writes["np.ndarray(…, SharedMemory.buf)[:] = data"] = named
                writes[VIZSTREAM] = vizstream
                for copy in compare((width, height), writes):
                    parent.tell(copy=asdict(copy))

    def work() -> None:
        choose_backend()
        measure_scene(parent.task["scene"], (640, 480), measure)
        parent.tell(done=True)

    parent.run(work)
