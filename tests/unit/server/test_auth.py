"""Tokens, Host and Origin."""

from __future__ import annotations

import pytest

from vizstream.config import Config
from vizstream.server.auth import Gate

CONFIG = Config(host="127.0.0.1", control_token="c" * 32, view_token="v" * 32)


@pytest.fixture
def gate() -> Gate:
    return Gate(CONFIG)


@pytest.mark.parametrize(
    ("header", "query", "role"),
    [
        (f"Bearer {'c' * 32}", None, "control"),
        (f"bearer  {'v' * 32} ", None, "view"),
        (None, "c" * 32, "control"),
        (None, "v" * 32, "view"),
        (None, None, None),
        ("", "", None),
        (f"Bearer {'c' * 31}", None, None),
        (f"Basic {'c' * 32}", None, None),
        ("Bearer \u00fc", None, None),
        ("Bearer wrong", "c" * 32, None),
    ],
)
def test_roles(gate: Gate, header: str | None, query: str | None, role: str | None) -> None:
    assert gate.role(header, query) == role


def test_without_auth_everybody_steers() -> None:
    assert Gate(Config(auth=False)).role(None, None) == "control"


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
        ("evil.example", False),
        ("evil.example:8000", False),
        ("ngrok-free.app.evil.example", False),
        ("evilngrok-free.app", False),
        ("", False),
        (None, False),
        ("[::1", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_hosts(gate: Gate, host: str | None, allowed: bool) -> None:
    assert gate.host_allowed(host) is allowed


def test_the_host_that_we_listen_on_is_allowed() -> None:
    assert Gate(Config(host="lab.example")).host_allowed("lab.example:8000")


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "localhost:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("https://LOCALHOST:8000", "localhost:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://evil.example", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("null", None, False),
        ("", "", False),
    ],
)
def test_origins(gate: Gate, origin: str | None, host: str | None, allowed: bool) -> None:
    assert gate.origin_allowed(origin, host) is allowed
