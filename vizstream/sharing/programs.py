"""What is known of each tunnel program: how it is started, and what its log says; lines in, words out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where ngrok's agent tells about its tunnels, unless another agent sits there
#: (https://ngrok.com/docs/agent/api/).
NGROK_API = "127.0.0.1:4040"

_QUICK_TUNNEL = re.compile(r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com\b")

#: How ngrok says that it needs an account (https://ngrok.com/docs/errors/).
_ACCOUNT = re.compile(r"ERR_NGROK_(?:105|107|4018)\b|authtoken")


@dataclass(frozen=True)
class Program:
    """A tunnel program.

    Parameters
    ----------
    name : str
        As it stands on PATH.
    arguments : tuple of str
        Of its command line; ``{url}`` is what it shall lead to.
    install, login : str
        What to do where it is not installed, or knows no account.
    """

    name: str
    arguments: tuple[str, ...]
    install: str
    login: str

    def command(self, url: str) -> list[str]:
        """Return the command line of a tunnel to a local address."""
        return [self.name, *(argument.format(url=url) for argument in self.arguments)]


PROGRAMS = {
    program.name: program
    for program in (
        Program(
            "ngrok",
            ("http", "{url}", "--log", "stdout", "--log-format", "json"),
            "install it from https://ngrok.com/download, then: ngrok config add-authtoken TOKEN",
            "log in once: ngrok config add-authtoken TOKEN (https://dashboard.ngrok.com has it)",
        ),
        Program(
            "cloudflared",
            ("tunnel", "--no-autoupdate", "--url", "{url}"),
            "install it from https://github.com/cloudflare/cloudflared/releases",
            "quick tunnels need no account; a config.yml in ~/.cloudflared stands in their way",
        ),
    )
}


def api_address(lines: Iterable[str]) -> str:
    """Return where the ngrok that wrote these lines has its API: not on the usual port if that was taken."""
    for line in lines:
        entry = _entry(line)
        if entry.get("msg") == "starting web service" and ":" in str(entry.get("addr")):
            return str(entry["addr"])
    return NGROK_API


def published(answer: Any, port: int) -> list[str]:
    """Return the public addresses that ngrok's API names for a port of this machine, https first.

    Parameters
    ----------
    answer : object
        What ``/api/tunnels`` answered, decoded; anything may be wrong with it.
    port : int
        The local port.
    """
    tunnels = answer.get("tunnels") if isinstance(answer, dict) else None
    urls = []
    for tunnel in tunnels if isinstance(tunnels, list) else ():
        config = tunnel.get("config") if isinstance(tunnel, dict) else None
        url = tunnel.get("public_url") if isinstance(tunnel, dict) else None
        local = config.get("addr") if isinstance(config, dict) else None
        if isinstance(url, str) and isinstance(local, str) and _port(local) == port:
            urls.append(url)
    return sorted((url for url in urls if url.startswith("http")), key=lambda url: url.startswith("http:"))


def quick_tunnel(lines: Iterable[str]) -> str:
    """Return the public address that cloudflared has written into its log; empty before it has."""
    for line in lines:
        found = _QUICK_TUNNEL.search(line)
        if found:
            return found[0]
    return ""


def complaint(lines: Iterable[str]) -> tuple[str, bool]:
    """Return why a tunnel program ended, in one line, and whether it wants an account.

    Parameters
    ----------
    lines : iterable of str
        The last lines of its log.
    """
    words, account = "", False
    for line in lines:
        entry = _entry(line)
        account = account or _ACCOUNT.search(line) is not None
        text = (str(entry.get("err", "")) if entry else line).strip().split("\n")[0]
        text = re.sub(r"^(?:\S+ (?:ERR|FTL)|ERROR:) +", "", text).strip()
        if text not in ("", "<nil>", "ERROR:") and not re.fullmatch(r"ERR_NGROK_\d+", text):
            faulty = bool(entry) or re.search(r"error|fail", text, re.IGNORECASE) is not None
            words = text if faulty or not words else words
    return words[:200], account


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _port(address: str) -> int:
    """Return the port in an address such as ``http://localhost:8000`` or ``localhost:8000``; 0 for none."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").port or 0
    except ValueError:
        return 0
