"""What tunnel programs say, and what we make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vizstream.sharing.programs import NGROK_API, PROGRAMS, api_address, complaint, published, quick_tunnel

#: As they were logged by ngrok 3.
WEB = '{"addr":"127.0.0.1:4041","allow_hosts":[],"lvl":"info","msg":"starting web service","obj":"web"}'
STARTED = '{"addr":"http://127.0.0.1:8000","lvl":"info","msg":"started tunnel","url":"https://x.ngrok.app"}'
REFUSED = json.dumps(
    {
        "err": "authentication failed: Usage of ngrok requires a verified account and authtoken.\n\nSign\r\n",
        "lvl": "crit",
        "msg": "command failed",
    }
)


def test_commands() -> None:
    assert PROGRAMS["ngrok"].command("http://127.0.0.1:8000")[:3] == [
        "ngrok",
        "http",
        "http://127.0.0.1:8000",
    ]
    assert PROGRAMS["cloudflared"].command("http://[::1]:8000")[-2:] == ["--url", "http://[::1]:8000"]


def test_where_ngroks_agent_listens() -> None:
    assert api_address(["no json", "[]", STARTED, WEB]) == "127.0.0.1:4041"
    assert api_address([STARTED]) == NGROK_API


def _tunnel(url: Any, local: Any) -> dict[str, Any]:
    return {"public_url": url, "config": {"addr": local}}


def test_only_tunnels_to_our_port_count_and_https_comes_first() -> None:
    answer = {
        "tunnels": [
            _tunnel("http://a.example", "http://localhost:8000"),
            _tunnel("https://a.example", "localhost:8000"),
            _tunnel("https://other.example", "http://localhost:8001"),
            _tunnel("tcp://a.example:1", "localhost:8000"),
            _tunnel("https://b.example", "http://[::1"),
            _tunnel(7, "localhost:8000"),
            {"public_url": "https://c.example"},
            "nonsense",
        ]
    }
    assert published(answer, 8000) == ["https://a.example", "http://a.example"]


@pytest.mark.parametrize("answer", [None, [], {}, {"tunnels": None}, {"tunnels": {"a": 1}}, "words", 7])
def test_answers_of_something_else_on_that_port(answer: object) -> None:
    assert published(answer, 8000) == []


def test_a_quick_tunnels_address() -> None:
    box = "2026-01-01T00:00:00Z INF |  https://four-words-in-row.trycloudflare.com   |"
    assert quick_tunnel(["INF Requesting", box]) == "https://four-words-in-row.trycloudflare.com"
    assert quick_tunnel(['ERR Post "https://api.trycloudflare.com/tunnel": no such host']) == ""


@pytest.mark.parametrize(
    ("lines", "words", "account"),
    [
        (
            [WEB, REFUSED, "ERROR:  ", "ERROR:  ERR_NGROK_4018"],
            "authentication failed: Usage of ngrok requires a verified account and authtoken.",
            True,
        ),
        (
            [
                "2026 INF Thank you",
                "2026 ERR Cannot determine default origin certificate path",
                "2026 ERR failed to request quick Tunnel: timeout",
            ],
            "failed to request quick Tunnel: timeout",
            False,
        ),
        (["unknown flag: --log"], "unknown flag: --log", False),
        ([], "", False),
    ],
)
def test_why_it_ended(lines: list[str], words: str, account: bool) -> None:
    assert complaint(lines) == (words, account)
