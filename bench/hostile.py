"""Measure what hostile requests cost somebody who only watches: frame rate and memory of the server.

Usage: python bench/hostile.py [--rounds 3] [--fps 30]

Over a real server process and a fake renderer, with a viewer made of aiortc: first left in peace for as long
as a round takes, then while the whole table of ``tests/support/hostile.py`` and a flood of input messages are
sent, round after round.  Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT)]

import aiohttp  # noqa: E402
from hostile import BEARER, CONTROL, TABLE, VIEW, Hostile, ask, attack  # noqa: E402
from serving import Rendering, Viewer, rendering  # noqa: E402

#: Seconds between two rounds of the table, whose slowest requests are given up after ten.
ROUND_S = 11.0
#: Messages a second over the channel for input: four times as many as are let through.
FLOOD_HZ = 2000


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


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
    async with aiohttp.ClientSession() as http:
        viewer = Viewer(http, running.url, VIEW)
        assert await viewer.join() == 201
        await viewer.until(lambda: len(viewer.numbers) > 30)

        async def rate(doing: Any) -> float:
            """Return the frames a second that came meanwhile."""
            seen, began = len(viewer.numbers), time.monotonic()
            await doing
            return (len(viewer.numbers) - seen) / (time.monotonic() - began)

        peace, before = await rate(asyncio.sleep(ROUND_S)), resident_mb(pid)
        session, etag = viewer.headers["Location"], viewer.headers["ETag"]
        attacked, memory, floods = [], [before], []

        async def siege() -> None:
            wrong = await attack(port, session, etag)
            assert wrong == [], wrong

        for _round in range(rounds):
            attacked.append(await rate(siege()))
            floods.append(await rate(flood(http, running)))
            memory.append(resident_mb(pid))
        await viewer.leave()
        await viewer.close()
    return {
        "requests": len(TABLE) * rounds,
        "fps_in_peace": round(peace, 1),
        "fps_under_requests": [round(fps, 1) for fps in attacked],
        "fps_under_floods": [round(fps, 1) for fps in floods],
        "memory_mb": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fps", type=float, default=30)
    options = parser.parse_args()
    with rendering(fps=options.fps, max_viewers=4, control_token=CONTROL, view_token=VIEW) as running:
        print(json.dumps(asyncio.run(measure(running, options.rounds))))


if __name__ == "__main__":
    main()
