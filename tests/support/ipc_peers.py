"""What the other process does in the tests of vizstream.ipc, and how a test starts, watches and kills it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vizstream.ipc import layout
from vizstream.ipc.supervisor import hidden_main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vizstream.ipc.doorbell import Doorbell
    from vizstream.ipc.frame_ring import Frame, FrameRing, FrameWriter
    from vizstream.ipc.link import Link

#: Small, so that they are many; of different shapes, so that a header of one does not fit another.
SIZES = ((16, 16), (33, 7), (64, 32), (5, 48))


def until(condition: Callable[[], Any], seconds: float, what: str = "") -> Any:
    """Return the condition's first true value; fail if there is none in time."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what or condition} not within {seconds} s"
        time.sleep(0.002)
    return value


@contextlib.contextmanager
def peer(target: Callable[..., None], *args: object) -> Iterator[Any]:
    """Run a function in a spawned process; at the end the process is gone, whatever it does."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=args, daemon=True)
    with hidden_main():  # or each child imports pytest
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(10)
        process.close()


def kill(process: Any) -> None:
    """Kill with SIGKILL and reap."""
    process.kill()
    process.join(10)
    assert process.exitcode == -signal.SIGKILL


def shared_memory_names() -> list[str]:
    """List what has a name in shared memory."""
    return sorted(path.name for path in Path("/dev/shm").iterdir()) if sys.platform == "linux" else []


def children() -> set[int]:
    """Return the processes that this one has started and that still run, besides multiprocessing's own."""
    resource_tracker.ensure_running()
    tracker = resource_tracker._resource_tracker._pid
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.add(int(stat.parent.name))
    return found - {tracker}


def is_running(pid: int) -> bool:
    """Say whether a process that need not be our child still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def write_frame(writer: FrameWriter, size: tuple[int, int] | None = None) -> int:
    """Publish a frame whose every pixel is its seq."""
    seq = writer.seq + 1
    slot = writer.acquire(*(size or SIZES[seq % len(SIZES)]))
    slot.pixels.view(np.uint32)[:] = seq & 0xFFFFFFFF
    assert writer.publish(slot, input_id=seq, render_end_ns=seq * 3) == seq
    return seq


def is_whole(frame: Frame) -> bool:
    """Say whether every pixel of a frame, and all that is known of it, has its seq."""
    info = frame.info
    return bool(
        (frame.pixels.view(np.uint32) == info.seq & 0xFFFFFFFF).all()
        and info.input_id == info.seq
        and info.render_end_ns == info.seq * 3
    )


def write_in_step(ring: FrameRing, ahead: int) -> None:
    """Write for ever, at most some frames ahead of the reader."""
    writer = ring.writer()
    while True:
        while writer.seq - writer.taken_seq >= ahead:
            os.sched_yield()
        write_frame(writer)


def write_freely(ring: FrameRing, size: tuple[int, int] | None = None) -> None:
    """Write for ever."""
    writer = ring.writer()
    while True:
        write_frame(writer, size)


def act_as_main(link: Link) -> None:
    """Do what the main process does, as fast as possible, for ever."""
    writer, consumer = link.frames.writer(), link.inputs.consumer()
    while True:
        seq = write_frame(writer)
        link.scene.post({"seq": seq, "text": str(seq) * (seq % 50)})
        consumer.drain()
        link.wants.read()


def act_as_server(link: Link) -> None:
    """Do what the server process does, as fast as possible, for ever."""
    reader, producer = link.frames.reader(), link.inputs.producer()
    last, number = 0, 0
    while True:
        frame = reader.acquire(last)
        if frame is not None:
            assert is_whole(frame)
            assert frame.valid()
            last = frame.info.seq
            if last % 3:
                frame.release()
            else:
                # Dies with two claims held, if it dies now.
                with frame, reader.acquire() or frame:
                    pass
        if producer.put(record(number)):
            number += 1
        link.wants.post({"number": number, "text": str(number) * (number % 50)})
        link.scene.read()


def record(number: int) -> bytes:
    """Return an input record that shows whether it is whole."""
    return f"{number}:".encode() + bytes([number % 251]) * (number % 97)


def number_of(data: bytes) -> int:
    """Return the number of a record, which must be whole."""
    number = int(data.partition(b":")[0])
    assert data == record(number)
    return number


def drop_claims(ring: FrameRing) -> None:
    """Break the claim protocol: the writer may overwrite what the reader holds."""
    for claim in range(layout.CLAIMS, layout.CLAIMS + ring.slots - 2):
        ring.memory.words[claim] = 0


# Targets of a Supervisor.


def answer_rings(board: Any, doorbell: Doorbell) -> None:
    """Post who we are, and answer each ring, until the doorbell is closed."""
    rings = 0
    board.post({"pid": os.getpid(), "rings": rings})
    while doorbell.wait(60) or not doorbell.closed:
        rings += 1
        board.post({"pid": os.getpid(), "rings": rings})
        doorbell.ring()


def ignore_everything(board: Any, _doorbell: Doorbell) -> None:
    """Neither look at the doorbell nor heed SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    board.post({"pid": os.getpid()})
    while True:
        time.sleep(60)


def fail_at_once(board: Any, _doorbell: Doorbell) -> None:
    """Die as soon as we live, without a word."""
    version, value = board.read()
    board.post({"times": [*value.get("times", []), time.monotonic()], "version": version})
    os._exit(9)


def import_standard_module(board: Any, doorbell: Doorbell) -> None:
    """Import a module of the standard library that nothing else imports."""
    import colorsys

    board.post({"pid": os.getpid(), "file": colorsys.__file__, "main": sys.modules["__main__"].__name__})
    while not doorbell.closed:
        doorbell.wait(60)


def list_descriptors(_link: Any, listener: Any, board: Any, doorbell: Doorbell) -> None:
    """Say which descriptors a child of ours would get, and what the socket listens on."""
    listener.getsockname()
    inheritable = []
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if int(path.name) > 2 and os.get_inheritable(int(path.name)):
                inheritable.append(str(path.readlink()))
    board.post({"inheritable": inheritable, "port": listener.getsockname()[1]})
    while not doorbell.closed:
        doorbell.wait(60)
