"""What the stream of JPEGs asks of the system."""

from __future__ import annotations

import socket

from vizstream.server.mjpeg import unsent_bytes


def test_a_socket_that_was_closed_meanwhile_has_nothing_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        with here:
            assert unsent_bytes(here) == 0
    assert unsent_bytes(here) == 0
