"""Tokens: whose they are, where they may stand, and what becomes of those who guess."""

from __future__ import annotations

import pytest

from vizstream.config import Config
from vizstream.server.auth import LOCK_S, MAX_ADDRESSES, MAX_GUESSES, Gate, Lockout, presented
from vizstream.server.tokens import Tokens

CONFIG = Config(host="127.0.0.1", control_token="c" * 32, view_token="v" * 32, owner_token="o" * 32)


@pytest.mark.parametrize(
    ("token", "role"),
    [
        ("c" * 32, "control"),
        ("v" * 32, "view"),
        ("o" * 32, "owner"),
        ("", None),
        ("c" * 31, None),
        ("\u00fc", None),
        ("\udcff", None),
    ],
)
def test_roles(token: str, role: str | None) -> None:
    assert Gate(Tokens(CONFIG)).role(token) == role


def test_without_auth_everybody_steers() -> None:
    assert Gate(Tokens(Config(auth=False))).role("") == "control"


@pytest.mark.parametrize(
    ("header", "query", "subprotocols", "token"),
    [
        ("Bearer abc", None, None, "abc"),
        ("bearer  abc ", None, None, "abc"),
        ("Basic abc", "query", None, ""),
        ("Bearer abc", "query", "bearer.sub", "abc"),
        ("", "query", None, ""),
        (None, "query", None, "query"),
        (None, None, "vizstream, bearer.sub", "sub"),
        (None, None, "vizstream", ""),
        (None, None, None, ""),
    ],
)
def test_where_a_token_may_stand(
    header: str | None, query: str | None, subprotocols: str | None, token: str
) -> None:
    assert presented(header, query, subprotocols) == token


def _guess(lockout: Lockout, address: str, times: int, now: float = 0.0) -> None:
    for _time in range(times):
        lockout.failed(address, now)


def test_whoever_guesses_is_locked_out_for_a_while() -> None:
    lockout = Lockout()
    _guess(lockout, "192.0.2.1", MAX_GUESSES - 1)
    assert lockout.wait_s("192.0.2.1", 0) == 0
    _guess(lockout, "192.0.2.1", 1, now=30)
    assert lockout.wait_s("192.0.2.1", 30) == LOCK_S
    assert lockout.wait_s("192.0.2.1", 80) == LOCK_S - 50
    assert lockout.wait_s("192.0.2.2", 30) == 0, "others are not"
    assert lockout.wait_s("192.0.2.1", 30 + LOCK_S) == 0
    _guess(lockout, "192.0.2.1", MAX_GUESSES - 1, now=31 + LOCK_S)
    assert lockout.wait_s("192.0.2.1", 31 + LOCK_S) == 0, "and begins anew"


def test_old_guesses_do_not_add_up() -> None:
    lockout = Lockout()
    for now in range(0, 100_000, 100):
        lockout.failed("192.0.2.1", now)
        assert lockout.wait_s("192.0.2.1", now) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("not an address", "neither", False),
    ],
)
def test_whose_addresses_are_one_guessers(one: str, other: str, same: bool) -> None:
    lockout = Lockout()
    _guess(lockout, one, MAX_GUESSES)
    assert (lockout.wait_s(other, 0) > 0) is same


def test_the_memory_of_guessers_is_bounded() -> None:
    lockout = Lockout()
    _guess(lockout, "192.0.2.1", MAX_GUESSES)
    for number in range(2 * MAX_ADDRESSES):
        lockout.failed(f"10.0.{number // 256}.{number % 256}", 1)
        lockout.failed("192.0.2.2", 1)
    assert len(lockout) == MAX_ADDRESSES
    assert lockout.wait_s("192.0.2.1", 1) == 0, "the one heard of longest ago is forgotten"
    assert lockout.wait_s("192.0.2.2", 1) > 0
