"""What one frame, one input record, one state and one ring cost in the calls of vizstream.ipc.

Run ``python bench/ipc_cost.py``.  Both ends live in one process, so nothing waits for the other end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from vizstream.ipc.doorbell import doorbell_pair
from vizstream.ipc.fence import fence, full_fence
from vizstream.ipc.link import Link

ROUNDS = 20_000
REPEATS = 5


def cost_us(step: Callable[[], object]) -> float:
    """Return the microseconds that one call takes, in the quietest of several runs."""
    best = float("inf")
    for _ in range(REPEATS):
        begin = time.perf_counter_ns()
        for _ in range(ROUNDS):
            step()
        best = min(best, time.perf_counter_ns() - begin)
    return best / ROUNDS / 1000


def resident_kib() -> int:
    """Return the memory that this process really has (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 10


def main() -> None:
    """Print the table."""
    before = resident_kib()
    link = Link.create()
    writer, reader = link.frames.writer(), link.frames.reader()
    grown = resident_kib() - before
    producer, consumer = link.inputs.producer(), link.inputs.consumer()
    near, far = doorbell_pair()
    record = b"x" * 180
    scene = {"phase": "live", "title": "flow", "message": "", "width": 1280, "height": 720, "pixel_ratio": 1}

    def write() -> None:
        writer.publish(writer.acquire(1280, 720), render_begin_ns=1, render_end_ns=2, readback_end_ns=3)

    def read() -> None:
        frame = reader.acquire()
        assert frame is not None
        with frame:
            frame.valid()

    def record_through() -> None:
        producer.put(record)
        consumer.drain()

    def post_and_read() -> None:
        link.scene.post(scene)
        link.scene.read()

    def ring_and_wait() -> None:
        near.ring()
        far.wait(0)

    rows: list[tuple[str, Callable[[], object]]] = [
        ("fence", fence),
        ("full_fence", full_fence),
        ("frame: writer acquire + publish", write),
        ("frame: reader acquire + valid + release", read),
        ("frame: reader acquire, nothing new", lambda: reader.acquire(1 << 40)),
        ("input: put + drain of 180 bytes", record_through),
        ("input: drain, nothing there", consumer.drain),
        ("board: post + read of 6 fields", post_and_read),
        ("board: version", lambda: link.scene.version),
        ("doorbell: ring + wait", ring_and_wait),
    ]
    for name, step in rows:
        print(f"{name:42s} {cost_us(step):8.2f} µs")
    print(f"{'resident memory of a new link':42s} {grown:8d} KiB of {link.frames.memory.size >> 10}")


if __name__ == "__main__":
    main()
