"""Host, Origin, and whom to believe about an address."""

from __future__ import annotations

import pytest

from vizstream.config import Config
from vizstream.server.hosts import Hosts

HOSTS = Hosts(Config(host="127.0.0.1", allow_hosts=("lab.example", "*.Grid.example.")))


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("me.localhost:1", True),
        ("[::1]:8000", True),
        ("192.168.1.7:8000", True),
        ("abc.ngrok-free.app", True),
        ("lab.example", True),
        ("LAB.example.:443", True),
        ("a.lab.example", False),
        ("n1.grid.example", True),
        ("a.n1.grid.example", True),
        ("grid.example", False),
        ("evilgrid.example", False),
        ("scene.tunnel.example", True),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("ngrok-free.app.evil.example", False),
        ("evilngrok-free.app", False),
        ("localhost@evil.example", False),
        ("", False),
        (None, False),
        ("[::1", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_hosts(host: str | None, allowed: bool) -> None:
    assert HOSTS.allows(host, {"scene.tunnel.example"}) is allowed


def test_the_host_that_we_listen_on_is_allowed() -> None:
    assert Hosts(Config(host="lab.example")).allows("lab.example:8000")


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "localhost:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("https://LOCALHOST:8000", "localhost:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://evil.example", "localhost:8000", False),
        ("https://lab.example", "127.0.0.1:8000", True),
        ("https://scene.tunnel.example", "localhost:8000", True),
        ("http://[::1", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("null", None, False),
        ("", "", False),
    ],
)
def test_origins(origin: str | None, host: str | None, allowed: bool) -> None:
    assert HOSTS.allows_origin(origin, host, {"scene.tunnel.example"}) is allowed


@pytest.mark.parametrize(
    ("peer", "host", "forwarded", "source"),
    [
        ("127.0.0.1", "scene.tunnel.example", "192.0.2.1", "192.0.2.1"),
        ("::1", "lab.example:443", "10.0.0.1, 192.0.2.1 ", "192.0.2.1"),
        ("127.0.0.1", "lab.example", None, "127.0.0.1"),
        ("127.0.0.1", "localhost:8000", "192.0.2.1", "127.0.0.1"),
        ("127.0.0.1", "other.ngrok.app", "192.0.2.1", "127.0.0.1"),
        ("192.0.2.9", "lab.example", "192.0.2.1", "192.0.2.9"),
        ("192.0.2.9", "scene.tunnel.example", "192.0.2.1", "192.0.2.9"),
        (None, None, "192.0.2.1", ""),
    ],
)
def test_forwarded_addresses_count_only_from_a_proxy_of_ours(
    peer: str | None, host: str | None, forwarded: str | None, source: str
) -> None:
    assert HOSTS.source(peer, host, forwarded, {"scene.tunnel.example"}) == source
