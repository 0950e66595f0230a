"""Under which names we are reached: ``Host`` and ``Origin`` of requests, and whom to believe about others.

A page of a foreign site whose name was rebound to our address still says its own name in ``Host``, and a
page that posts across sites says its own in ``Origin``.  So both are compared with names known to be ours.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

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


class Hosts:
    """Decide over the names in requests.

    Parameters
    ----------
    config : Config
        With the host that we listen on, and the names that the operator allows besides.
    """

    def __init__(self, config: Config) -> None:
        self._own = {"localhost", config.host.lower(), socket.gethostname().lower()}
        self._allowed = tuple(name.lower().rstrip(".") for name in config.allow_hosts)

    def allows(self, host: str | None, published: Collection[str] = ()) -> bool:
        """Say whether a ``Host`` header names us.

        Addresses cannot be rebound, and so are always right.

        Parameters
        ----------
        host : str or None
            The header.
        published : collection of str
            Names that a tunnel on this machine publishes us under.
        """
        name = hostname(host)
        if name in self._own or name in published or name.endswith((".localhost", *TUNNEL_DOMAINS)):
            return True
        return self.named(name) or _is_address(name)

    def named(self, name: str) -> bool:
        """Say whether the operator allows a name; ``*.lab.example`` allows all below ``lab.example``."""
        return any(
            name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed
            for allowed in self._allowed
        )

    def is_tunnels(self, host: str | None, published: Collection[str]) -> bool:
        """Say whether a ``Host`` header names a tunnel."""
        name = hostname(host)
        return name in published or name.endswith(TUNNEL_DOMAINS)

    def allows_origin(self, origin: str | None, host: str | None, published: Collection[str] = ()) -> bool:
        """Say whether a request that may change something comes from our own page, or from no page at all.

        Our page's origin is the ``Host``, or the name of a proxy that puts another ``Host`` in its place:
        one that the operator or a tunnel on this machine names.
        """
        if origin is None:
            return True
        try:
            netloc = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        if netloc == (host or "").lower() != "":
            return True
        name = hostname(netloc)
        return name != "" and (name in published or self.named(name))

    def source(
        self, peer: str | None, host: str | None, forwarded: str | None, published: Collection[str]
    ) -> str:
        """Return the address that a request comes from, as far as it can be believed.

        ``X-Forwarded-For`` counts where the request comes from this machine under a name that a tunnel
        publishes or that the operator allowed, hence through a proxy of theirs; of its entries only the last,
        which the proxy itself has written.

        Parameters
        ----------
        peer : str or None
            The other end of the connection.
        host, forwarded : str or None
            The headers ``Host`` and ``X-Forwarded-For``.
        published : collection of str
            Names that a tunnel on this machine publishes us under.
        """
        name = hostname(host)
        if forwarded and is_loopback(peer) and (name in published or self.named(name)):
            return forwarded.rpartition(",")[2].strip()[:64]
        return peer or ""


def hostname(host: str | None) -> str:
    """Return the name in a ``Host`` header in lower case, without port and brackets; empty for none."""
    try:
        return (urlsplit(f"//{host or ''}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(peer: str | None) -> bool:
    """Say whether the other end of a connection is on this machine."""
    try:
        return ipaddress.ip_address((peer or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
