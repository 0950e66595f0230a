"""The configuration refuses what cannot work, in one line."""

from __future__ import annotations

import pickle

import pytest

from vizstream.config import Config, parse_bytes, parse_size
from vizstream.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"), [("1280x720", (1280, 720)), (" 64X64 ", (64, 64)), ("3840\u00d72160", (3840, 2160))]
)
def test_sizes(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "1280", "1280x", "axb", "-1x5", "63x720", "1280x63", "3841x100", "1e3x100"]
)
def test_sizes_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_size(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"port": 65536},
        {"max_fps": 0},
        {"max_fps": 1e9},
        {"max_viewers": 0},
        {"owner_token": "guess me"},
        {"width": 1},
        {"allow_hosts": ("lab.example:80",)},
        {"allow_hosts": ("http://lab.example",)},
        {"allow_hosts": ("*",)},
    ],
)
def test_values_that_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Config(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size"), [("1GB", 10**9), ("500 mb", 5 * 10**8), ("1.5G", 15 * 10**8), ("1GiB", 2**30)]
)
def test_bytes(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "1", "GB", "-1GB", "1PB", "1kB"])
def test_bytes_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_bytes(text)


def test_names_that_are_allowed() -> None:
    assert Config(allow_hosts=("lab", "*.lab.example", "n1.lab.example."))


def test_tokens_are_long_unlike_and_not_shown() -> None:
    one, other = Config(), Config()
    tokens = {one.control_token, one.view_token, other.control_token, other.view_token}
    assert len(tokens) == 4
    assert all(len(token) * 6 >= 128 for token in tokens)
    assert not any(token in repr(one) for token in tokens)


def test_it_travels_to_the_server_process() -> None:
    config = Config(scene="a.py", args=("1",))
    assert pickle.loads(pickle.dumps(config)) == config
