"""Behind nginx with TLS, under another host name, as docs/sharing.md shows it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from served import ROOT, wait_until
from serving import Viewer, rendering

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "scene.lab.example"

CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        {location}
    }}
}}
"""


def documented() -> str:
    """Return the configuration that docs/sharing.md shows."""
    text = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")
    found = re.search(r"^```nginx\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def nginx(folder: Path, url: str, *, keep_host: bool) -> Iterator[int]:
    """Run nginx before a server; give its port."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "1"]
    command += ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(command, check=True, capture_output=True)
    location = documented().replace("http://127.0.0.1:8000", url)
    if not keep_host:
        location = location.replace("proxy_set_header Host $host;", "")
    port = free_port()
    path = folder / "nginx.conf"
    path.write_text(CONFIG.format(folder=folder, port=port, location=location))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen(
        [program, "-c", str(path), "-p", str(folder), "-e", f"{folder}/error.log"]
    ) as process:
        try:
            wait_until(lambda: answers(port), 20, "nginx does not start")
            yield port
        finally:
            process.terminate()


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
