"""When a viewer is told which frame is which; the loop's clock is moved by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from vizstream.server.rows import CALM_INTERVAL_S, INTERVAL_S, FrameRows

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when it is told to."""

    now = 100.0

    def time(self) -> float:
        return self.now


class Bench:
    def __init__(self) -> None:
        self.told: list[tuple[float, list[int]]] = []
        self.listens = True
        self.rows = FrameRows(self._send)

    def _send(self, rows: list[list[int]]) -> bool:
        if self.listens:
            self.told.append((Loop.now, [seq for _stamp, seq, _shown in rows]))
        return self.listens

    async def at(self, now: float) -> None:
        Loop.now = 100.0 + now
        for _turn in range(3):
            await asyncio.sleep(0)

    @property
    def times(self) -> list[float]:
        return [round(at - 100.0, 3) for at, _rows in self.told]


def _run(test: Coroutine[Any, Any, None]) -> None:
    Loop.now = 100.0
    loop = Loop()
    try:
        loop.run_until_complete(test)
    finally:
        loop.close()


@pytest.mark.parametrize(("step", "interval"), [(0, CALM_INTERVAL_S), (1, INTERVAL_S)])
def test_who_steers_is_told_sooner_than_who_watches(step: int, interval: float) -> None:
    async def test() -> None:
        bench = Bench()
        for number in range(60):
            bench.rows.add(3000 * number, number, step * number)
            await bench.at(number / 20)
        gaps = [later - sooner for sooner, later in zip(bench.times[1:], bench.times[2:], strict=False)]
        assert gaps == [pytest.approx(interval)] * len(gaps)
        assert len(gaps) >= 1
        told = [seq for _at, seqs in bench.told for seq in seqs]
        assert told == list(range(len(told))), "each row once"

    _run(test())


def test_an_input_that_shows_does_not_wait_for_the_others() -> None:
    async def test() -> None:
        bench = Bench()
        bench.rows.add(1, 1, 0)
        await bench.at(0.0)
        bench.rows.add(2, 2, 0)
        await bench.at(0.1)
        bench.rows.add(3, 3, 9)
        await bench.at(INTERVAL_S - 0.01)
        assert bench.times == [0.0]
        await bench.at(INTERVAL_S)
        assert bench.told[1:] == [(100.0 + INTERVAL_S, [2, 3])]

    _run(test())


def test_at_rest_all_is_told_soon_and_once() -> None:
    async def test() -> None:
        bench = Bench()
        bench.rows.add(1, 1, 0)
        await bench.at(0.0)
        bench.rows.add(2, 2, 0)
        await bench.at(0.4)
        assert bench.times == [0.0]
        bench.rows.rest()
        await bench.at(0.4)
        assert bench.times == [0.0, 0.4]
        bench.rows.rest()
        await bench.at(2.0)
        assert bench.times == [0.0, 0.4], "nothing is left to tell"

    _run(test())


def test_what_nobody_listens_to_is_not_kept() -> None:
    async def test() -> None:
        bench = Bench()
        bench.listens = False
        bench.rows.add(1, 1, 0)
        await bench.at(0.0)
        bench.listens = True
        bench.rows.add(2, 2, 0)
        await bench.at(0.1)
        assert bench.told == [(100.1, [2])]

    _run(test())


def test_nothing_comes_after_the_end() -> None:
    async def test() -> None:
        bench = Bench()
        bench.rows.add(1, 1, 0)
        bench.rows.close()
        bench.rows.close()
        await bench.at(5.0)
        assert bench.told == []

    _run(test())
