"""STUN and TURN servers: as the command line names them, and as viewers are told of them.

A TURN server that shares a secret with us takes credentials that we make ourselves: a user name that says
until when, and its HMAC (draft-uberti-behave-turn-rest-00).  So each session gets its own, and none lasts.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from vizstream.errors import UsageError

#: Seconds for which minted credentials hold.  A viewer needs them when it connects; what it has allocated by
#: then goes on.
CREDENTIAL_S = 3600

_SERVER = re.compile(
    r"(?P<kind>stuns?|turns?):(?:(?P<user>[^:@\s]+):(?P<password>[^@\s]+)@)?"
    r"(?P<place>(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?)(?P<query>\?transport=(?:udp|tcp))?"
)


@dataclass(frozen=True)
class IceServer:
    """One server.

    Parameters
    ----------
    url : str
        As RFC 7064 and RFC 7065 write it, without credentials.
    username, credential : str
        For TURN; empty where they are yet to be minted.
    """

    url: str
    username: str = ""
    credential: str = ""

    @property
    def relays(self) -> bool:
        """Whether it is a TURN server."""
        return self.url.startswith("turn")


def parse_server(text: str) -> IceServer:
    """Parse ``stun:HOST[:PORT]`` or ``turn:[USER:PASSWORD@]HOST[:PORT][?transport=udp|tcp]``.

    User and password may be percent-encoded.

    Raises
    ------
    UsageError
        Where it is neither.
    """
    match = _SERVER.fullmatch(text.strip())
    if match is None or (match["kind"].startswith("stun") and (match["user"] or match["query"])):
        # Without the text: it may hold a password.
        raise UsageError("ice-server must be stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT?transport=udp")
    url = f"{match['kind']}:{match['place']}{match['query'] or ''}"
    return IceServer(url, unquote(match["user"] or ""), unquote(match["password"] or ""))


def mint(secret: str, name: str, until_s: int) -> tuple[str, str]:
    """Return a user name and the password that a TURN server takes for it.

    Parameters
    ----------
    secret : str
        Shared with the server (coturn: ``static-auth-secret``).
    name : str
        Of the session, for the server's log.
    until_s : int
        When they expire, in seconds since 1970.
    """
    username = f"{until_s}:{name}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(digest).decode()


def for_session(
    servers: tuple[IceServer, ...], secret: str, name: str, now_s: float, *, near: bool
) -> list[IceServer]:
    """Return the servers that one viewer is told of, with credentials of its own.

    Parameters
    ----------
    servers : tuple of IceServer
        All there are.
    secret : str
        Of the TURN servers without credentials.
    name : str
        Of the session.
    now_s : float
        The time, in seconds since 1970.
    near : bool
        Whether the viewer is on this machine or network: it needs no STUN there.
    """
    found = []
    for server in servers:
        if server.relays and not server.username:
            username, credential = mint(secret, name, int(now_s) + CREDENTIAL_S)
            found.append(replace(server, username=username, credential=credential))
        elif server.relays or not near:
            found.append(server)
    return found


def link_header(server: IceServer) -> str:
    """Return the value of the ``Link`` header that tells of a server (draft-ietf-wish-whep, section 4.6)."""
    value = f'<{server.url}>; rel="ice-server"'
    if server.username:
        quoted = [re.sub(r'(["\\])', r"\\\1", word) for word in (server.username, server.credential)]
        value += f'; username="{quoted[0]}"; credential="{quoted[1]}"; credential-type="password"'
    return value


def parse_ports(text: str) -> tuple[int, int]:
    """Parse ``50000-50100`` or ``50000`` into the first and the last port.

    Raises
    ------
    UsageError
        Where it is no range of ports.
    """
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise UsageError(f"udp-port must be a port or a range such as 50000-50100, not {text!r}")
    return first, last
