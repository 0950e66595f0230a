"""Either process killed at any instant: the other goes on, its successor takes over, nothing is left."""

from __future__ import annotations

import random
import sys
import time

import pytest
from ipc_peers import (
    act_as_main,
    act_as_server,
    children,
    is_whole,
    kill,
    number_of,
    peer,
    record,
    shared_memory_names,
    until,
    write_frame,
)

from vizstream.ipc.link import Link

ROUNDS = 12
#: Longest that any one call may take.  They take microseconds; a busy machine may take the CPU away.
CALL_S = 2.0


@pytest.fixture
def link():
    names, before = shared_memory_names(), children()
    link = Link.create(4, 64, 64)
    yield link
    assert shared_memory_names() == names
    link.close()
    assert shared_memory_names() == names
    if sys.platform == "linux":
        until(lambda: children() == before, 10, "no child left")


class Stopwatch:
    """Remembers the slowest call."""

    def __init__(self):
        self.slowest = 0.0

    def __call__(self, function, *args):
        begin = time.monotonic()
        result = function(*args)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        return result


def moments():
    """Return instants that differ in each round, and over the rounds fall anywhere in a frame's life."""
    chance = random.Random(2)  # noqa: S311
    return [chance.uniform(0, 0.02) for _ in range(ROUNDS)]


def test_main_process_killed_at_any_instant(link):
    reader, producer = link.frames.reader(), link.inputs.producer()
    timed = Stopwatch()
    last = number = version = 0

    def step():
        nonlocal last, number, version
        frame = timed(reader.acquire, last)
        if frame is not None:
            with frame:
                assert frame.info.seq > last
                assert is_whole(frame)
                assert frame.valid()
                last = frame.info.seq
        if timed(producer.put, record(number)):
            number += 1
        now, scene = timed(link.scene.read)
        assert now >= version
        if now:
            assert scene["text"] == str(scene["seq"]) * (scene["seq"] % 50)
        version = now
        timed(link.wants.post, {"number": number})

    for moment in moments():
        with peer(act_as_main, link) as main:
            start, end = last, time.monotonic() + 30
            while last < start + 100:
                step()
                assert time.monotonic() < end, "a new main process goes on"
            end = time.monotonic() + moment
            while time.monotonic() < end:
                step()
            kill(main)
            for _ in range(100):
                step()
            assert reader.acquire(last) is None, "nothing comes from the dead"
    assert timed.slowest < CALL_S


def test_server_process_killed_at_any_instant(link):
    writer, consumer = link.frames.writer(), link.inputs.consumer()
    timed = Stopwatch()
    numbers: list[int] = []
    version = 0

    def step():
        nonlocal version
        timed(write_frame, writer)
        numbers.extend(number_of(data) for data in timed(consumer.drain))
        timed(link.scene.post, {"seq": writer.seq})
        now, wants = timed(link.wants.read)
        assert now >= version
        if now:
            assert wants["text"] == str(wants["number"]) * (wants["number"] % 50)
        version = now

    for moment in moments():
        with peer(act_as_server, link) as server:
            taken, end = writer.taken_seq, time.monotonic() + 30
            numbers.clear()
            while writer.taken_seq < taken + 100 or len(numbers) < 100:
                step()
                assert server.is_alive(), "the server found a torn frame"
                assert time.monotonic() < end, "a new server process goes on"
            end = time.monotonic() + moment
            while time.monotonic() < end:
                step()
            kill(server)
            step()
            assert numbers == list(range(len(numbers))), "every record, in order, none half"
            before = writer.seq
            for _ in range(100):
                step()
            assert writer.seq == before + 100, "what the dead one claimed does not stop the writer"
    assert timed.slowest < CALL_S
