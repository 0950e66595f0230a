"""Who may do what: pure decisions over tokens, Host and Origin."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from vizstream.config import Config

#: Domains under which tunnel programs publish a port.  Their names resolve to the tunnel's own servers, so
#: they cannot be rebound to an address of ours.
TUNNEL_DOMAINS = (
    ".ngrok.app",
    ".ngrok.dev",
    ".ngrok.io",
    ".ngrok-free.app",
    ".ngrok-free.dev",
    ".trycloudflare.com",
)


class Gate:
    """Decide over requests.

    Parameters
    ----------
    config : Config
        With the tokens, and the host that we listen on.
    """

    def __init__(self, config: Config) -> None:
        self._auth = config.auth
        self._roles = ((config.control_token.encode(), "control"), (config.view_token.encode(), "view"))
        self._hosts = {"localhost", config.host.lower(), socket.gethostname().lower()}

    def role(self, authorization: str | None, query_token: str | None) -> str | None:
        """Return ``control``, ``view``, or None for a request without a valid token.

        Parameters
        ----------
        authorization : str or None
            The ``Authorization`` header.
        query_token : str or None
            The ``token`` of the query, for what cannot send headers.
        """
        if not self._auth:
            return "control"
        scheme, _space, value = (authorization or "").partition(" ")
        given = (value.strip() if scheme.lower() == "bearer" else query_token or "").encode()
        found = None
        for token, role in self._roles:
            # All are compared, each in constant time.
            if hmac.compare_digest(given, token):
                found = found or role
        return found

    def host_allowed(self, host: str | None) -> bool:
        """Say whether the ``Host`` header names us.

        A page of a foreign domain that was rebound to our address carries its own domain here.  Addresses
        cannot be rebound, and so are always right.
        """
        name = _hostname(host or "")
        if name in self._hosts or name.endswith((".localhost", *TUNNEL_DOMAINS)):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        """Say whether a request that may change something comes from our own page, or from no page at all."""
        if origin is None:
            return True
        return urlsplit(origin).netloc.lower() == (host or "").lower() != ""


def _hostname(host: str) -> str:
    """Return the name in a ``Host`` header, without port and brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
