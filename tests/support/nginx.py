"""nginx with TLS before a server, under another host name, as docs/sharing.md shows it."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

from served import ROOT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def nginx(folder: Path, url: str, *, keep_host: bool = True) -> Iterator[int]:
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
