"""The listening socket: bound or refused in one line."""

from __future__ import annotations

import socket

import pytest

from vizstream.errors import MachineError, UsageError
from vizstream.listener import listen, public_host


def test_port_0_picks_a_free_one() -> None:
    with listen("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        with socket.create_connection((host, port), timeout=5):
            pass


def test_a_taken_port_names_the_remedy() -> None:
    with listen("127.0.0.1", 0) as listener, pytest.raises(MachineError, match="taken") as caught:
        listen("127.0.0.1", listener.getsockname()[1])
    assert "--port" in caught.value.remedy


@pytest.mark.parametrize("host", ["no such host", "198.51.100.7", "256.1.1.1"])
def test_a_host_that_is_not_ours_is_wrong_usage(host: str) -> None:
    with pytest.raises(UsageError):
        listen(host, 0)


def test_the_port_is_free_again_at_once() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()
    listen("127.0.0.1", port).close()


def test_the_printed_host_can_be_reached() -> None:
    assert public_host("127.0.0.1") == "127.0.0.1"
    assert public_host("::1") == "[::1]"
    assert public_host("lab.example") == "lab.example"
    assert public_host("0.0.0.0") not in ("", "0.0.0.0")
