"""Behind nginx with TLS, under another host name, as docs/sharing.md shows it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
import pytest
from nginx import HOST, nginx
from serving import Viewer, rendering

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("keep_host", [True, False], ids=["Host kept", "Host replaced"])
def test_a_viewer_behind_nginx(tmp_path: Path, keep_host: bool) -> None:
    trusted = ssl.create_default_context()

    async def scenario(port: int) -> None:
        connector = aiohttp.TCPConnector(ssl=trusted, resolver=Here())
        headers = {"Origin": f"https://{HOST}:{port}"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
            viewer = Viewer(http, f"https://{HOST}:{port}", running.config.control_token)
            assert await viewer.join() == 201
            await viewer.until(lambda: len(viewer.numbers) > 5, 30)
            assert await viewer.leave() == 200
            await viewer.close()
            async with http.get(f"https://{HOST}:{port}/") as response:
                assert response.status == 200
                assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
            foreign = {"Origin": "https://evil.example", "Authorization": "Bearer x"}
            async with http.post(f"https://{HOST}:{port}/whep", headers=foreign) as response:
                assert response.status == 403

    with (
        rendering(allow_hosts=(HOST,)) as running,
        nginx(tmp_path, running.url, keep_host=keep_host) as port,
    ):
        trusted.load_verify_locations(f"{tmp_path}/cert.pem")
        asyncio.run(asyncio.wait_for(scenario(port), 60))


class Here(aiohttp.abc.AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None: ...
