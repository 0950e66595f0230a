"""The web application: routes, and what holds for all of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from vizstream import __version__

from . import metrics, static
from .auth import Gate
from .offer import MAX_SDP_BYTES
from .still_http import StillEndpoint
from .whep import WhepEndpoint, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vizstream.config import Config

    from .hub import Hub

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
}

#: Paths that need no token: they hold no secret.
_PUBLIC = ("/", "/healthz", "/favicon.ico")


def make_app(hub: Hub, config: Config) -> web.Application:
    """Return the application of one server process."""
    gate = Gate(config)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST)
        if not gate.host_allowed(host):
            return problem(403, "this Host is not served here")
        if request.method not in ("GET", "HEAD") and not gate.origin_allowed(
            request.headers.get(hdrs.ORIGIN), host
        ):
            return problem(403, "requests from other sites are refused")
        public = request.path in _PUBLIC or request.path.startswith("/web/") or request.method == "OPTIONS"
        if not public:
            role = gate.role(request.headers.get(hdrs.AUTHORIZATION), request.query.get("token"))
            if role is None:
                return problem(401, "a valid token is needed", {hdrs.WWW_AUTHENTICATE: "Bearer"})
            request["role"] = role
        try:
            return await handler(request)
        except web.HTTPException as error:
            return problem(error.status, error.reason, _kept(error))

    app = web.Application(middlewares=[guard], client_max_size=MAX_SDP_BYTES + 1)
    app.on_response_prepare.append(_add_headers)
    _add_routes(app, hub)
    return app


def _add_routes(app: web.Application, hub: Hub) -> None:
    files = static.load()
    whep = WhepEndpoint(hub)
    still = StillEndpoint(hub)

    async def index(request: web.Request) -> web.Response:
        return _file(request, files.get("index.html"))

    async def asset(request: web.Request) -> web.Response:
        return _file(request, files.get(request.match_info["path"]))

    async def favicon(request: web.Request) -> web.Response:
        return _file(request, files.get("icon.svg"))

    async def health(_request: web.Request) -> web.Response:
        viewers = sum(session.connected for session in hub.sessions.values())
        return web.json_response(
            {"status": "ok", "phase": hub.phase, "viewers": viewers, "version": __version__}
        )

    async def numbers(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.render(hub), headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE})

    app.router.add_get("/", index)
    app.router.add_get("/web/{path:.+}", asset)
    app.router.add_get("/favicon.ico", favicon)
    app.router.add_get("/healthz", health)
    app.router.add_get("/metrics", numbers)
    app.router.add_route("OPTIONS", "/whep", whep.options)
    app.router.add_post("/whep", whep.create)
    app.router.add_patch("/whep/{id}", whep.patch)
    app.router.add_delete("/whep/{id}", whep.delete)
    app.router.add_get(r"/stills/{id}/{seq:\d{1,18}}", still.exact)
    app.router.add_get(r"/stills/{id}/{seq:\d{1,18}}/draft", still.draft)


def _file(request: web.Request, file: static.StaticFile | None) -> web.Response:
    if file is None:
        return problem(404, "no such file")
    packs = bool(file.packed) and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower()
    etag = f'"{file.etag}-gzip"' if packs else f'"{file.etag}"'
    # What may change is always asked for again, and answered with 304 where it has not.
    caching = "public, max-age=31536000, immutable" if file.lasting else "no-cache"
    headers = {hdrs.CACHE_CONTROL: caching, hdrs.ETAG: etag, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if request.headers.get(hdrs.IF_NONE_MATCH) == etag:
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = file.content_type
    if packs:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=file.packed if packs else file.body, headers=headers)


def _kept(error: web.HTTPException) -> dict[str, str]:
    """Keep the one header of aiohttp's own errors that HTTP demands."""
    return {hdrs.ALLOW: error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers[hdrs.SERVER] = "vizstream"
