"""How viewers and we find each other by UDP: which servers are asked, and how aioice gathers.

aioice binds whatever port is free and waits 5 s for a STUN server that does not answer.  Here it is kept
within a range of ports, and never waits for long.
"""

from __future__ import annotations

import errno
import functools
import ipaddress
import random
import time
from typing import TYPE_CHECKING, Any

import aioice

from vizstream.sharing.ice import IceServer, for_session, parse_server

if TYPE_CHECKING:
    import asyncio

    from vizstream.config import Config

#: Seconds for a STUN server to answer.  It takes a round trip, 0.2 s around the world.
GATHER_S = 1.0
#: Seconds after one did not, for which viewers do not wait for it again.
FORGO_S = 60.0


def bound_gathering() -> None:
    """Let aioice wait for no server longer than `GATHER_S`; idempotent."""
    gather = aioice.Connection.get_component_candidates
    if getattr(gather, "bounded", False):
        return

    @functools.wraps(gather)
    async def bounded(self: Any, component: int, addresses: list[str]) -> Any:
        return await gather(self, component, addresses, timeout=GATHER_S)  # type: ignore[arg-type]

    bounded.bounded = True  # type: ignore[attr-defined]
    aioice.Connection.get_component_candidates = bounded  # type: ignore[method-assign,assignment]


def bind_within(loop: asyncio.AbstractEventLoop, first: int, last: int) -> None:
    """Let UDP sockets that ask for any port of an address get one of a range.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        That opens them; aioice is the only one here that does.
    first, last : int
        The range, both included.  With none free, opening one raises what binding to the last one did.
    """
    real = loop.create_datagram_endpoint

    async def create(factory: Any, local_addr: Any = None, **options: Any) -> Any:
        if not local_addr or local_addr[1] != 0:
            return await real(factory, local_addr=local_addr, **options)
        ports = list(range(first, last + 1))
        # Not always from the first on: a browser may still send to whoever had that a moment ago.
        start = random.randrange(len(ports))  # noqa: S311 - no secret
        for port in ports[start:] + ports[:start]:
            try:
                return await real(factory, local_addr=(local_addr[0], port), **options)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                taken = error
        raise taken

    loop.create_datagram_endpoint = create  # type: ignore[method-assign,assignment]


class IceServers:
    """The servers of a run, and what each viewer is told of them.

    Parameters
    ----------
    config : Config
        With the servers and the secret.
    """

    def __init__(self, config: Config) -> None:
        self._servers = tuple(map(parse_server, config.ice_servers))
        self._secret = config.turn_secret
        self._forgo_until = 0.0

    def for_viewer(self, viewer: int, address: str) -> list[IceServer]:
        """Return the servers that a viewer at an address may use, with credentials."""
        return for_session(
            self._servers, self._secret, f"viewer-{viewer}", time.time(), near=is_near(address)
        )

    def to_ask(self, servers: list[IceServer]) -> list[str]:
        """Return the STUN servers to ask for our own address before a viewer is answered."""
        if time.monotonic() < self._forgo_until:
            return []
        return [server.url for server in servers if server.url.startswith("stun:")]

    def note(self, answer: str) -> None:
        """Do not ask again for a while where an answer shows that nobody told us an address."""
        if " typ srflx" not in answer:
            self._forgo_until = time.monotonic() + FORGO_S


def is_near(address: str) -> bool:
    """Say whether a viewer's address is on this machine or a private network, where nobody needs STUN."""
    try:
        return not ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False
