"""The shaper's own process: a proxy, commanded over stdin and stdout, one line of JSON each way.

Ends when its stdin does, and so never outlives the test that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import selectors
import sys
import threading
from dataclasses import asdict
from typing import Any

from shaper_link import Link, LinkSettings
from shaper_proxy import Proxy


def _play(link: Link, now: float, script: list[Any]) -> None:
    link.play(now, [(at_s, LinkSettings(**settings)) for at_s, settings in script])


class _Child:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._proxy: Proxy | None = None

    async def obey(self, command: dict[str, Any]) -> Any:
        """Carry out one command; return what it asks for."""
        if command["do"] == "start":
            up, down = (Link(LinkSettings(**command[name]), seed=command["seed"]) for name in ("up", "down"))
            self._proxy = Proxy(command["url"], up, down)
            return await self._proxy.start(command["host"])
        if self._proxy is None:
            raise RuntimeError("not started")
        if command["do"] == "play":
            for wire, name in ((self._proxy.up, "up"), (self._proxy.down, "down")):
                if command[name] is not None:
                    _play(wire.link, self._loop.time(), command[name])
            return None
        if command["do"] == "frames":
            trace = self._proxy.trace
            return {"frames": [asdict(frame) for frame in trace.frames()], "other_bytes": trace.other_bytes}
        return self._proxy.read()

    def close(self) -> None:
        if self._proxy is not None:
            self._proxy.close()


async def _main() -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        # A thread, because Windows cannot wait for a pipe and a socket at once.
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    child = _Child()
    # A full collection would stop the line for tens of milliseconds; what lives now, lives on.
    gc.collect()
    gc.freeze()
    while line := await lines.get():
        try:
            reply = {"result": await child.obey(json.loads(line))}
        except Exception as error:
            reply = {"error": repr(error)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    child.close()


if __name__ == "__main__":
    # Where allowed (CAP_SYS_NICE; Linux): a line does not get worse because the machine is busy.
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    # select() takes microseconds, where epoll rounds its time-out up to whole milliseconds.
    asyncio.SelectorEventLoop(selectors.SelectSelector()).run_until_complete(_main())
