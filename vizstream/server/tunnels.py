"""Under which names tunnels on this machine publish us.

One is known where vizstream has started the tunnel itself.  Where somebody runs ``ngrok http 8000`` beside
it, its agent tells: it is asked when a request from this machine comes under a name that is not known.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from vizstream.sharing.programs import NGROK_API, published

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for which an answer holds: whoever makes up names does not have us ask more often.
KEEP_S = 3.0
#: Seconds for the agent to answer.  It is on this machine, and takes milliseconds.
ANSWER_S = 1.0
#: Bytes of the answer that are read.
MAX_ANSWER_BYTES = 1 << 20


class Tunnels:
    """Know the names that tunnels publish us under.

    Parameters
    ----------
    public : callable
        Returns the address of the tunnel that vizstream has started; empty for none.
    api : str
        Host and port of ngrok's agent.
    """

    def __init__(self, public: Callable[[], str], api: str = NGROK_API) -> None:
        self._public = public
        self._api = api
        self._names: frozenset[str] = frozenset()
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def names(self, port: int) -> frozenset[str]:
        """Return the host names, in lower case, under which a local port is published."""
        own = urlsplit(self._public()).hostname
        async with self._lock:
            if time.monotonic() - self._asked_at > KEEP_S:
                hosts = (urlsplit(url).hostname for url in published(await self._ask(), port))
                self._names = frozenset(host for host in hosts if host)
                self._asked_at = time.monotonic()
        return self._names | {own} if own else self._names

    async def _ask(self) -> object:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as http,
                http.get(f"http://{self._api}/api/tunnels", allow_redirects=False) as response,
            ):
                answer: object = json.loads(await response.content.read(MAX_ANSWER_BYTES))
                return answer
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError):
            return None  # no agent, or something else on its port
