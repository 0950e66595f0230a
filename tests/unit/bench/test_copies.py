from __future__ import annotations

import time

import numpy as np
import pytest

from vizstream.bench.copies import MEMCPY, PLACES, RAW_ARRAY, ROUNDS, compare, named_memory, ways


def test_all_ways_write_the_frame_into_places_of_their_own():
    frame = np.random.default_rng(1).integers(0, 255, (4, 6, 4), np.uint8)
    found = dict(ways(frame))
    assert {MEMCPY, RAW_ARRAY} < set(found)
    places = set()
    for name, write in found.items():
        for place in range(PLACES):
            write(place)
        kept = dict(zip(write.__code__.co_freevars, write.__closure__, strict=True))
        targets = kept["targets"].cell_contents
        for target in targets:
            assert bytes(memoryview(target).cast("B")) == frame.tobytes(), name
            places.add(np.frombuffer(target, np.uint8).ctypes.data)
    assert len(places) == PLACES * len(found)


def test_named_memory_leaves_no_name():
    frame = np.zeros((4, 6, 4), np.uint8)
    with named_memory(frame) as write:
        assert write is not None
        write(0)


def test_named_memory_that_there_is_not_enough_of(monkeypatch):
    def refuse(*_args, **_options):
        raise OSError("no space left")

    monkeypatch.setattr("vizstream.bench.copies.shared_memory.SharedMemory", refuse)
    with named_memory(np.zeros(4, np.uint8)) as write:
        assert write is None


def test_ways_take_turns_and_slow_ones_are_dropped():
    called: list[str] = []

    def slow(_place: int) -> None:
        called.append("slow")
        time.sleep(0.5)

    found = {
        copy.way: copy
        for copy in compare((8, 8), {MEMCPY: lambda _place: called.append("memcpy"), "slow": slow})
    }
    assert called[:3] == ["memcpy", "slow", "memcpy"]
    assert called.count("slow") == 1
    assert called.count("memcpy") == ROUNDS + 1
    assert found[MEMCPY].ratio == 1
    assert found["slow"].ms == pytest.approx(500, rel=0.5)
    assert found["slow"].ratio > 1000
