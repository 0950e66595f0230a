"""STUN and TURN servers, their credentials, and what a viewer is told."""

from __future__ import annotations

import pytest

from vizstream.errors import UsageError
from vizstream.sharing.ice import (
    CREDENTIAL_S,
    IceServer,
    for_session,
    link_header,
    mint,
    parse_ports,
    parse_server,
)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("stun:stun.example", IceServer("stun:stun.example")),
        ("stun:[2001:db8::1]:3478", IceServer("stun:[2001:db8::1]:3478")),
        ("turn:turn.example:443?transport=tcp", IceServer("turn:turn.example:443?transport=tcp")),
        ("turns:u:p@turn.example", IceServer("turns:turn.example", "u", "p")),
        ("turn:a%3Ab:p%40ss@turn.example:1", IceServer("turn:turn.example:1", "a:b", "p@ss")),
    ],
)
def test_servers(text: str, server: IceServer) -> None:
    assert parse_server(text) == server


@pytest.mark.parametrize(
    "text",
    ["", "turn.example", "http://turn.example", "stun:u:p@stun.example", "turn:u@turn.example", "stun:a b"],
)
def test_what_is_no_server_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="ice-server must be") as caught:
        parse_server(text)
    assert not text or f"not {text}" not in str(caught.value)


def test_credentials_are_those_of_the_draft() -> None:
    # openssl dgst -sha1 -hmac secret -binary, of the user name, in base64.
    assert mint("secret", "viewer-1", 1700000000) == ("1700000000:viewer-1", "Ngu7QLYtflr7jzBOlJdWCRB4sRk=")


def test_each_session_gets_what_it_may_use() -> None:
    stun, fixed, minted = (
        parse_server(text) for text in ("stun:s.example", "turn:u:p@a.example", "turn:b.example")
    )
    far = for_session((stun, fixed, minted), "secret", "viewer-7", 1000.5, near=False)
    assert far[:2] == [stun, fixed]
    assert far[2].username == f"{1000 + CREDENTIAL_S}:viewer-7"
    assert far[2].credential == mint("secret", "viewer-7", 1000 + CREDENTIAL_S)[1]
    near = for_session((stun, fixed, minted), "secret", "viewer-7", 1000.5, near=True)
    assert near == far[1:], "nearby nobody needs STUN"


def test_links() -> None:
    assert link_header(IceServer("stun:s.example")) == '<stun:s.example>; rel="ice-server"'
    link = link_header(IceServer("turn:t.example", 'u"', "p\\"))
    assert link == (
        r'<turn:t.example>; rel="ice-server"; username="u\""; credential="p\\"; credential-type="password"'
    )


@pytest.mark.parametrize(("text", "ports"), [("50000", (50000, 50000)), (" 50000-50100 ", (50000, 50100))])
def test_ports(text: str, ports: tuple[int, int]) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", ["", "0", "5-4", "1-65536", "a-b", "-5", "1-2-3"])
def test_what_is_no_range_of_ports(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ports(text)
