"""The server process: what runs in it, from its first line to its last.

Started by `vizstream.ipc.supervisor` with the listening socket, the shared memory and one end of the
doorbell.  When the other end of the doorbell closes, whatever the reason, the process ends.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

from aiohttp import web

from .app import make_app
from .hub import Hub
from .offer import extend_aiortc

if TYPE_CHECKING:
    import socket

    from vizstream.config import Config
    from vizstream.ipc.doorbell import Doorbell
    from vizstream.ipc.link import Link

#: Seconds between switches of threads that wait for the GIL.  Conversion and encoding release it, but each
#: return may wait for a full interval, which is 5 ms by default: two frames' worth of latency.
SWITCH_INTERVAL_S = 1e-3

#: Seconds for open requests to end once we are told to stop.
SHUTDOWN_S = 0.5


def run_server(config: Config, link: Link, listener: socket.socket, doorbell: Doorbell) -> None:
    """Serve until the main process closes its end of the doorbell.

    Parameters
    ----------
    config : Config
        Of the run.
    link : Link
        Shared memory with the main process.
    listener : socket
        Bound and listening; shared with earlier and later server processes of this run.
    doorbell : Doorbell
        Our end.
    """
    _set_up_logging(config.verbose)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    extend_aiortc()
    asyncio.run(_serve(config, link, listener, doorbell))


async def _serve(config: Config, link: Link, listener: socket.socket, doorbell: Doorbell) -> None:
    hub = Hub(config, link, doorbell)
    app = make_app(hub, config)
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        auto_decompress=False,  # `whep` does it, within bounds
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        await hub.run()
    finally:
        await hub.close()
        await runner.cleanup()


def _set_up_logging(verbose: int) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=logging.WARNING, format="vizstream: %(levelname)s: %(message)s")
    logging.getLogger("vizstream").setLevel(level)
    # aioice and aiortc report every viewer who leaves without a word as an error of theirs.
    for name in ("aioice", "aiortc", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR if verbose < 2 else level)
