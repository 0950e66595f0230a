"""A tunnel program that really carries: an HTTP and WebSocket proxy with another host name.

Run as ``ngrok http URL …`` or ``cloudflared tunnel … --url URL``, by the file of that name which `install`
puts on PATH.  It says what the real program says where that is asked for its address, and writes port and
process id of its own into the file that ``FAKE_TUNNEL_STATE`` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

HOSTS = {"ngrok": "scene.tunnel.example", "cloudflared": "quick-fake-words.trycloudflare.com"}

#: As ngrok 3 says it.
NOT_LOGGED_IN = (
    "authentication failed: Usage of ngrok requires a verified account and authtoken.\n\n"
    "Sign up for an account: https://dashboard.ngrok.com/signup\r\n\r\nERR_NGROK_4018\r\n"
)

#: Belong to one connection, not to what is carried (RFC 9110, section 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "te", "trailer"}


def install(folder: Path) -> None:
    """Put both programs into a folder for PATH."""
    for name in HOSTS:
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" {name} "$@"\n')
        program.chmod(0o755)


def say(**fields: str) -> None:
    """Write one line of ngrok's log."""
    print(json.dumps(fields), flush=True)


async def carry(name: str, target: str) -> None:
    """Carry requests to `target` until ended."""
    import aiohttp
    from aiohttp import web

    host = HOSTS[name]
    client = aiohttp.ClientSession(auto_decompress=False)

    async def both_ways(request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        protocols = [
            part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if part
        ]
        kept = {key: value for key, value in headers.items() if not key.lower().startswith("sec-websocket")}
        async with client.ws_connect(target + request.path_qs, headers=kept, protocols=protocols) as inner:
            outer = web.WebSocketResponse(protocols=[inner.protocol] if inner.protocol else [])
            await outer.prepare(request)

            async def pump(source: object, sink: object) -> None:
                async for message in source:  # type: ignore[attr-defined]
                    binary = message.type == aiohttp.WSMsgType.BINARY
                    await (sink.send_bytes if binary else sink.send_str)(message.data)  # type: ignore[attr-defined]
                await sink.close()  # type: ignore[attr-defined]

            await asyncio.gather(pump(inner, outer), pump(outer, inner), return_exceptions=True)
            return outer

    async def handle(request: web.Request) -> web.StreamResponse:
        upgrades = request.headers.get("Upgrade", "").lower() == "websocket"
        headers = {key: value for key, value in request.headers.items() if key.lower() not in HOP_BY_HOP}
        before = [request.headers[key] for key in ("X-Forwarded-For",) if key in request.headers]
        # The visitor's address, of which this machine has only one, stands in a header of the tests' own.
        headers["X-Forwarded-For"] = ", ".join([*before, headers.pop("X-Test-From", "192.0.2.1")])
        headers["X-Forwarded-Proto"] = "https"
        try:
            if upgrades:
                return await both_ways(request, headers)
            return await pass_on(request, headers, await request.read())
        except aiohttp.WSServerHandshakeError as refused:
            return web.Response(status=refused.status)
        except aiohttp.ClientError:
            return web.Response(status=502)

    async def pass_on(request: web.Request, headers: dict[str, str], body: bytes) -> web.StreamResponse:
        async with client.request(
            request.method, target + request.path_qs, headers=headers, data=body, allow_redirects=False
        ) as inner:
            kept = {key: value for key, value in inner.headers.items() if key.lower() not in HOP_BY_HOP}
            outer = web.StreamResponse(status=inner.status, headers=kept)
            await outer.prepare(request)
            async for chunk in inner.content.iter_any():
                await outer.write(chunk)
            await outer.write_eof()
            return outer

    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, auto_decompress=False)  # bodies are carried as they are
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    if name == "ngrok":
        await serve_api(f"https://{host}", target)
        say(lvl="info", msg="started tunnel", addr=target, url=f"https://{host}")
    else:
        for line in ("Requesting new quick Tunnel on trycloudflare.com...", f"|  https://{host}  |"):
            print(f"2026-01-01T00:00:00Z INF {line}", file=sys.stderr, flush=True)
    tell_state({"port": port, "pid": os.getpid(), "host": host})
    await asyncio.Event().wait()


def tell_state(state: dict[str, object]) -> None:
    """Write where we are to be found, all at once."""
    path = os.environ.get("FAKE_TUNNEL_STATE")
    if path:
        Path(f"{path}.new").write_text(json.dumps(state))
        Path(f"{path}.new").rename(path)


async def serve_api(url: str, target: str) -> None:
    """Answer as ngrok's agent does, on its port or, where that is taken, on another that the log names."""
    from aiohttp import web

    async def tunnels(_request: web.Request) -> web.Response:
        row = {"name": "command_line", "public_url": url, "proto": "https", "config": {"addr": target}}
        return web.json_response({"tunnels": [row], "uri": "/api/tunnels"})

    app = web.Application()
    app.router.add_get("/api/tunnels", tunnels)
    runner = web.AppRunner(app)
    await runner.setup()
    wanted = int(os.environ.get("FAKE_TUNNEL_API", "0"))
    site = web.TCPSite(runner, "127.0.0.1", wanted)
    await site.start()
    say(lvl="info", msg="starting web service", addr=f"127.0.0.1:{runner.addresses[0][1]}", obj="web")


def main() -> int:
    name, *arguments = sys.argv[1:]
    if os.environ.get("FAKE_TUNNEL") == "not logged in":
        say(err=NOT_LOGGED_IN, lvl="crit", msg="command failed")
        print("ERROR:  authentication failed\nERROR:  \nERROR:  ERR_NGROK_4018", file=sys.stderr)
        return 1
    if os.environ.get("FAKE_TUNNEL") == "offline":
        print(
            '2026-01-01T00:00:00Z ERR failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel"'
        )
        return 1
    target = next(word for word in arguments if word.startswith("http://"))
    asyncio.run(carry(name, target))
    return 0


if __name__ == "__main__":
    sys.exit(main())
