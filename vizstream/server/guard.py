"""What every request passes before its handler sees it: Host, Origin, lockout, token; and every response."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from .auth import QUERY_TOKEN_PATHS, Gate, Lockout, presented
from .hosts import Hosts, is_loopback
from .problem import problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vizstream.config import Config

    from .budget import TunnelMeter
    from .tokens import Tokens
    from .tunnels import Tunnels

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

#: Sent with every response.  The page needs nothing from elsewhere and no inline script or style.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # What is behind a token is not for a cache; the files of the page say otherwise themselves.
    "Cache-Control": "no-store",
}

_FORWARDED = "X-Forwarded-For"

#: Paths that need no token: they hold no secret.
_PUBLIC = ("/", "/healthz", "/favicon.ico")


class Guard:
    """Decide over each request, and keep count of those refused.

    Parameters
    ----------
    config : Config
        Of the run.
    tokens : Tokens
        Those that hold now.
    tunnels : Tunnels
        Know the names that we are published under.
    meter : TunnelMeter
        Is told which connections are a tunnel's.
    """

    def __init__(self, config: Config, tokens: Tokens, tunnels: Tunnels, meter: TunnelMeter) -> None:
        self.lockout = Lockout()
        self._gate = Gate(tokens)
        self._hosts = Hosts(config)
        self._tunnels = tunnels
        self._meter = meter
        self._headers = dict(SECURITY_HEADERS)
        self._faults = 0
        if config.allow_embed:
            policy = "Content-Security-Policy"
            self._headers[policy] = self._headers[policy].replace(
                "frame-ancestors 'none'", "frame-ancestors *"
            )

    def install(self, app: web.Application) -> None:
        """Stand before all handlers of an application."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._refuse(request) or await self._answer(request, handler)

        async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
            for name, value in self._headers.items():
                response.headers.setdefault(name, value)
            response.headers[hdrs.SERVER] = "vizstream"

        app.middlewares.append(guard)
        app.on_response_prepare.append(add_headers)

    async def _refuse(self, request: web.Request) -> web.Response | None:
        """Return the refusal that a request gets, or None; then its role stands under ``"role"``."""
        host = request.headers.get(hdrs.HOST)
        origin = request.headers.get(hdrs.ORIGIN)
        published = await self._published(request, host, origin)
        request["tunnelled"] = is_loopback(request.remote) and self._hosts.is_tunnels(host, published)
        if request["tunnelled"] and not self._meter.admit(request.transport):
            return problem(503, "the tunnel has carried its --byte-budget", {hdrs.RETRY_AFTER: "60"})
        if not self._hosts.allows(host, published):
            return problem(403, "this Host is not served here; vizstream serve --allow-host names others")
        upgrades = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        changes = upgrades or request.method not in ("GET", "HEAD")
        if changes and not self._hosts.allows_origin(origin, host, published):
            return problem(403, "requests from other sites are refused")
        public = request.path in _PUBLIC or request.path.startswith("/web/") or request.method == "OPTIONS"
        return None if public else self._refuse_token(request, host, published)

    async def _published(self, request: web.Request, host: str | None, origin: str | None) -> frozenset[str]:
        """Return the names that a tunnel publishes us under, where that matters for a request."""
        known = self._hosts.allows(host) and self._hosts.allows_origin(origin, host)
        if (known and _FORWARDED not in request.headers) or not is_loopback(request.remote):
            return frozenset()
        address = request.transport.get_extra_info("sockname") if request.transport is not None else None
        return await self._tunnels.names(address[1]) if address else frozenset()

    def _refuse_token(
        self, request: web.Request, host: str | None, published: frozenset[str]
    ) -> web.Response | None:
        forwarded = request.headers.get(_FORWARDED)
        source = self._hosts.source(request.remote, host, forwarded, published)
        request["source"] = source
        now = time.monotonic()
        wait_s = self.lockout.wait_s(source, now)
        if wait_s > 0:
            return problem(429, "too many wrong tokens", {hdrs.RETRY_AFTER: str(math.ceil(wait_s))})
        token = presented(
            request.headers.get(hdrs.AUTHORIZATION),
            request.query.get("token") if request.path in QUERY_TOKEN_PATHS else None,
            request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL),
        )
        role = self._gate.role(token)
        if role is not None:
            request["role"] = role
            return None
        if token:  # without one nobody guesses; monitors and old bookmarks come by
            self.lockout.failed(source, now)
        return problem(401, "a valid token is needed", {hdrs.WWW_AUTHENTICATE: "Bearer"})

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return problem(error.status, error.reason, _kept(error))
        except ConnectionError:
            raise
        except Exception:
            # The first one whole: a request that fails may come a thousand times a second.
            self._faults += 1
            logger.log(
                logging.ERROR if self._faults == 1 else logging.DEBUG,
                "fault %d in a request for %s",
                self._faults,
                request.path,
                exc_info=self._faults == 1,
            )
            return problem(500, "a fault of vizstream's; its first one stands in the log")


def _kept(error: web.HTTPException) -> dict[str, str]:
    """Keep what HTTP demands of the headers of aiohttp's own errors."""
    return {name: error.headers[name] for name in (hdrs.ALLOW, hdrs.CONNECTION) if name in error.headers}
