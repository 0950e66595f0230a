"""A real TURN server, coturn, on this machine's own address."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from typing import TYPE_CHECKING

from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "shared with the server"


def own_address() -> str:
    """Return an address of this machine that is not loopback, if there is one."""
    # Connecting a UDP socket sends nothing; it only asks which address leads outside.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


@contextlib.contextmanager
def turn_server(folder: Path) -> Iterator[str]:
    """Run coturn with a shared secret; give its host and port."""
    address = own_address()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    options = {
        "listening-ip": address,
        "relay-ip": address,
        "listening-port": port,
        "realm": "vizstream.example",
        "static-auth-secret": SECRET,
        "log-file": folder / "turn.log",
        "pidfile": folder / "turn.pid",
        "userdb": folder / "turn.db",
    }
    flags = ["-n", "--use-auth-secret", "--fingerprint", "--no-cli", "--no-tls", "--no-dtls", "--simple-log"]
    flags += ["--no-multicast-peers", "--allow-loopback-peers", "--verbose"]
    command = ["turnserver", *flags, *(f"--{name}={value}" for name, value in options.items())]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        try:
            wait_until(lambda: listens(address, port), 20, "coturn does not start")
            yield f"{address}:{port}"
        finally:
            process.terminate()


def listens(address: str, port: int) -> bool:
    """Say whether something accepts connections there; coturn does, beside UDP."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False
