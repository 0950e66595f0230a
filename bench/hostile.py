"""Measure what hostile requests cost somebody who only watches: frame rate and memory of the server.

Usage: python bench/hostile.py [--rounds 6] [--fps 30]

Over a real server process and a fake renderer, with a viewer made of aiortc.  Each round it is first left in
peace for as long as the requests take, then the whole table of ``tests/support/hostile.py`` is sent, from
another address each time, because an address that guesses is locked out; then a flood of input messages.
Prints a line for each round, then one of JSON: rates are medians over the rounds, memory in MB is what the
server process held before the first and after each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT)]

import aiohttp  # noqa: E402
from hostile import BEARER, CONTROL, TABLE, VIEW, Hostile, ask, attack  # noqa: E402
from serving import Rendering, Viewer, rendering  # noqa: E402

from vizstream.server.mjpeg import MAX_SNAPSHOTS  # noqa: E402

#: Seconds between two rounds of the table, whose slowest requests are given up after ten.
ROUND_S = 11.0
#: Messages a second over the channel for input: four times as many as are let through.
FLOOD_HZ = 2000


def memory_mb(pid: int) -> dict[str, float]:
    """Return what a process holds: resident, and its share of what it has in common with others."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.partition(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return {name.lower(): round(sizes[name] * 1024 / 1e6, 1) for name in ("Rss", "Pss")}


async def flood(http: aiohttp.ClientSession, running: Rendering) -> int:
    """Send messages until dropped; return how many."""
    viewer = Viewer(http, running.url, CONTROL)
    sent = 0
    try:
        assert await viewer.join() == 201
        await viewer.until(lambda: viewer.numbers)
        location = viewer.headers["Location"]
        port = int(running.url.rpartition(":")[2])
        probe = Hostile("", 0, "PATCH", location, BEARER).encode("", "")
        while (await ask(port, probe))[0] != 404:
            for _tick in range(10):
                # No more than the channel takes: this process, too, has frames to decode meanwhile.
                for _message in range(FLOOD_HZ // 20):
                    if viewer.input.readyState == "open" and viewer.input.bufferedAmount < 2000:
                        viewer.input.send("x")
                        sent += 1
                await asyncio.sleep(0.05)
    finally:
        await viewer.close()
    return sent


async def measure(running: Rendering, rounds: int) -> dict[str, Any]:
    port, pid = int(running.url.rpartition(":")[2]), running.supervisor.pid
    assert pid is not None
    fps: dict[str, list[float]] = {"in_peace": [], "under_requests": [], "under_floods": []}
    async with aiohttp.ClientSession() as http:
        viewer = Viewer(http, running.url, VIEW)
        assert await viewer.join() == 201
        await viewer.until(lambda: len(viewer.numbers) > 30)
        session, etag = viewer.headers["Location"], viewer.headers["ETag"]
        # What an honest visitor's first stay and first pictures leave behind is not the enemies' doing.
        visitor = Viewer(http, running.url, CONTROL)
        assert await visitor.join() == 201
        await visitor.until(lambda: len(visitor.numbers) > 30)
        # As many at a time as are let through: each may start a thread that stays.
        pictures = [http.get(f"{running.url}/snapshot.png?token={VIEW}") for _ in range(MAX_SNAPSHOTS)]
        for answer in await asyncio.gather(*pictures):
            assert answer.status == 200
            await answer.read()
        await visitor.leave()
        await visitor.close()
        memory = [memory_mb(pid)]

        async def rate(name: str, doing: Any) -> None:
            """Note the frames a second that come meanwhile."""
            seen, began = len(viewer.numbers), time.monotonic()
            await doing
            fps[name].append(round((len(viewer.numbers) - seen) / (time.monotonic() - began), 1))

        async def siege(source: str) -> None:
            wrong = await attack(port, session, etag, source=source)
            assert wrong == [], wrong

        for number in range(rounds):
            await rate("in_peace", asyncio.sleep(ROUND_S))
            await rate("under_requests", siege(f"127.0.1.{number + 1}"))
            await rate("under_floods", flood(http, running))
            memory.append(memory_mb(pid))
            print(number + 1, {name: rates[-1] for name, rates in fps.items()}, memory[-1], flush=True)
        await viewer.leave()
        await viewer.close()
    return {
        "requests": len(TABLE) * rounds,
        "fps": {name: statistics.median(rates) for name, rates in fps.items()},
        "memory_mb": {name: [held[name] for held in memory] for name in memory[0]},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--fps", type=float, default=30)
    options = parser.parse_args()
    with rendering(fps=options.fps, max_viewers=4, control_token=CONTROL, view_token=VIEW) as running:
        print(json.dumps(asyncio.run(measure(running, options.rounds))))


if __name__ == "__main__":
    main()
