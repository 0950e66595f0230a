"""The listening socket: bound by the main process, lent to each server process."""

from __future__ import annotations

import errno
import socket
import sys

from .errors import MachineError, UsageError

#: Connections that may wait while the server process starts or is replaced.
BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """Bind a TCP socket and listen.

    Raises
    ------
    UsageError
        Where the host is not an address of this machine.
    MachineError
        Where the port is taken or not allowed.
    """
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"host {host!r} is not known: {error.strerror or error}") from error
    family, kind, protocol, _name, address = infos[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            # SO_REUSEADDR would let two servers share the port there.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            state = "taken" if error.errno == errno.EADDRINUSE else "not allowed"
            raise MachineError(
                f"port {port} is {state}", "choose another with --port; --port 0 picks a free one"
            ) from error
        raise UsageError(f"cannot listen on {host!r}: {error.strerror or error}") from error
    return listener


def public_host(host: str) -> str:
    """Return the host to print for a listening address: one that others can use."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        # Connecting a UDP socket sends nothing; it only asks which address leads outside.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
                host = str(probe.getsockname()[0])
            except OSError:
                host = "127.0.0.1"
    return f"[{host}]" if ":" in host else host
