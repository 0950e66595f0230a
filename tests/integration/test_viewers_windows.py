"""Viewers of several windows over a real server process: each sees and steers the one that it chose."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from serving import SECOND, Rendering, Viewer, rendering, viewers


def run(scenario: Any) -> None:
    """Run a coroutine with a deadline of its own."""
    asyncio.run(asyncio.wait_for(scenario, 45))


def choose(viewer: Viewer, window: int) -> None:
    viewer.input.send(json.dumps({"type": "window", "id": 1, "window": window}))


def sees(viewer: Viewer, window: int) -> bool:
    return (viewer.numbers[-1] >= SECOND) == (window == 2)


def test_two_viewers_of_two_windows_each_see_theirs_at_the_full_rate() -> None:
    async def scenario(running: Rendering) -> None:
        running.open_second()
        async with viewers(running, 2) as (one, two):
            await two.until(lambda: two.told("windows")[-1]["rows"] == [[1, "numbers"], [2, "more"]])
            choose(two, 2)
            await two.until(lambda: sees(two, 2))
            assert two.told("windows")[-1]["window"] == 2
            assert two.told("scene")[-1]["title"] == "more"
            assert one.told("windows")[-1]["window"] == 1
            assert running.wants["viewers"] == 2
            assert [row[:2] for row in running.wants["windows"]] == [[0, 1], [2, 1]]
            counts = [len(viewer.numbers) for viewer in (one, two)]
            began, drawn = time.monotonic(), running.seq
            await one.until(lambda: time.monotonic() > began + 2)
            drawn = running.seq - drawn
            for viewer, count in zip((one, two), counts, strict=True):
                # A machine that is out of breath leaves frames out; a half of them would be a fault.
                assert len(viewer.numbers) - count > 0.7 * drawn
            assert all(number < SECOND for number in one.numbers)
            stay = two.numbers[counts[1] :]
            assert stay == sorted(stay)
            assert min(stay) >= SECOND, "never a picture of the other window between"

    with rendering() as running:
        run(scenario(running))


def test_input_is_for_the_window_that_its_viewer_sees() -> None:
    press = {"type": "pointer_down", "x": 5, "y": 6, "button": 1, "buttons": [1], "modifiers": []}

    async def scenario(running: Rendering) -> None:
        running.open_second()
        async with viewers(running) as (viewer,):
            viewer.input.send(json.dumps({**press, "id": 1}))
            choose(viewer, 2)
            await viewer.until(lambda: sees(viewer, 2))
            viewer.input.send(json.dumps({**press, "id": 3}))
            await viewer.until(lambda: len(running.events) == 3)
            told = [(event.type, event.window) for event in running.events]
            assert told == [("pointer_down", 1), ("pointer_up", 1), ("pointer_down", 2)]
            await viewer.until(lambda: viewer.told("frames")[-1]["rows"][-1][2] == 3)

    with rendering() as running:
        run(scenario(running))


def test_who_may_only_watch_may_choose_what() -> None:
    async def scenario(running: Rendering) -> None:
        running.open_second()
        async with viewers(running, role="view") as (viewer,):
            choose(viewer, 2)
            await viewer.until(lambda: sees(viewer, 2))

    with rendering() as running:
        run(scenario(running))


def test_whoever_follows_the_script_goes_along_and_comes_back_when_a_window_closes() -> None:
    async def scenario(running: Rendering) -> None:
        running.open_second()
        async with viewers(running, 2) as (follows, chose):
            choose(chose, 1)
            await chose.until(lambda: [1, 1] in [row[:2] for row in running.wants["windows"]])
            running.open_second(shown=2)
            await follows.until(lambda: sees(follows, 2))
            assert follows.told("windows")[-1]["window"] == 2
            running.close_second()
            await follows.until(lambda: sees(follows, 1))
            assert follows.told("windows")[-1]["rows"] == [[1, "numbers"]]
            assert all(number < SECOND for number in chose.numbers)

    with rendering() as running:
        run(scenario(running))
