"""The server process: what runs in it, from its first line to its last.

Started by `vizstream.ipc.supervisor` with the listening socket, the shared memory and one end of the
doorbell.  When the other end of the doorbell closes, whatever the reason, the process ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from typing import TYPE_CHECKING

from aiohttp import web

from .app import make_app
from .doorman import KEEPALIVE_S, LINGER_S, Doorman
from .heap import bound_heaps
from .hub import Hub
from .ice import bind_within, bound_gathering
from .offer import extend_aiortc
from .redact import RedactingFormatter

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from vizstream.config import Config
    from vizstream.ipc.doorbell import Doorbell
    from vizstream.ipc.link import Link

#: Seconds between switches of threads that wait for the GIL.  Conversion and encoding release it, but each
#: return may wait for a full interval, which is 5 ms by default: two frames' worth of latency.
SWITCH_INTERVAL_S = 1e-3

#: Seconds for open requests to end once we are told to stop.
SHUTDOWN_S = 0.5

#: Objects made after which Python's collector looks for cycles; its own number is 700.
YOUNG_OBJECTS = 10_000


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
    bound_heaps()
    formatter = RedactingFormatter(config.secrets)
    _set_up_logging(config, formatter)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    extend_aiortc()
    bound_gathering()
    # What is loaded by now stays.  To look through its 65000 objects again takes Python's collector 33 ms, in
    # which nothing is sent.  And packets are not made in cycles: it need not look at the young ones so often.
    # Sixteen viewers cost 37, 39, 42 and, in one run, 61 % more than one instead of 52 and 54.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    asyncio.run(_serve(config, link, listener, doorbell, formatter.hide))


async def _serve(
    config: Config, link: Link, listener: socket.socket, doorbell: Doorbell, hide: Callable[..., None]
) -> None:
    if config.udp_ports is not None:
        bind_within(asyncio.get_running_loop(), *config.udp_ports)
    hub = Hub(config, link, doorbell)
    hub.tokens.watch(hide)
    app = make_app(hub, config)
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=KEEPALIVE_S,
        lingering_time=LINGER_S,
        auto_decompress=False,  # `whep` does it, within bounds
    )
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("the runner was set up, and has no server")
    door = await asyncio.get_running_loop().create_server(
        # It listens already, but asyncio sets the backlog again; this is `listener.BACKLOG`.
        Doorman(runner.server, config.max_viewers, hub.meter),
        sock=listener,
        backlog=128,
    )
    try:
        await hub.run()
    finally:
        door.close()
        await hub.close()
        await runner.cleanup()


def _set_up_logging(config: Config, formatter: logging.Formatter) -> None:
    verbose = config.verbose
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("vizstream").setLevel(level)
    # Whatever is no HTTP would be logged there with a traceback, by anybody, as often as they like.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL if verbose < 2 else level)
    # aioice and aiortc report every viewer who leaves without a word as an error of theirs.
    for name in ("aioice", "aiortc"):
        logging.getLogger(name).setLevel(logging.ERROR if verbose < 2 else level)
