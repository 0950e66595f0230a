"""The web application: routes, and what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from vizstream import __version__

from . import metrics, static
from .guard import Guard
from .mjpeg import MjpegEndpoint
from .offer import MAX_SDP_BYTES
from .problem import problem
from .still_http import StillEndpoint
from .tunnels import Tunnels
from .whep import WhepEndpoint
from .ws_http import WebSocketEndpoint

if TYPE_CHECKING:
    from vizstream.config import Config

    from .hub import Hub


def make_app(hub: Hub, config: Config) -> web.Application:
    """Return the application of one server process."""
    # One byte more than we read: so that a body of just the limit is no error of aiohttp's.
    app = web.Application(client_max_size=MAX_SDP_BYTES + 1)
    Guard(config, hub.tokens, Tunnels(lambda: hub.public), hub.meter).install(app)
    _add_routes(app, hub)
    return app


def _add_routes(app: web.Application, hub: Hub) -> None:
    files = static.load()
    whep = WhepEndpoint(hub)
    still = StillEndpoint(hub)
    ws = WebSocketEndpoint(hub)
    mjpeg = MjpegEndpoint(hub)

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
    app.router.add_post("/whep/{id}", whep.join)
    app.router.add_patch("/whep/{id}", whep.patch)
    app.router.add_delete("/whep/{id}", whep.delete)
    app.router.add_get("/ws", ws.connect)
    app.router.add_get("/stream.mjpeg", mjpeg.stream)
    app.router.add_get("/snapshot.png", mjpeg.snapshot)
    app.router.add_get("/stills/{id}/next", still.next)
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
