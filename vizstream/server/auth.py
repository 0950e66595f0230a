"""Who may do what: pure decisions over tokens and addresses."""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tokens import Tokens

#: Routes that take the token from the query as well: those that ``<img>``, curl and scrapers ask for, which
#: set no header.  A query ends up in histories and logs on the way, so nothing else takes one.
QUERY_TOKEN_PATHS = frozenset({"/stream.mjpeg", "/snapshot.png", "/metrics"})

#: What a WebSocket carries its token in: browsers let a page set its subprotocols, and no other header.
SUBPROTOCOL_PREFIX = "bearer."

#: Wrong tokens that an address may present within `LOCK_S` seconds before it is locked out for as long.  Old
#: pages in forgotten tabs present three in a row when vizstream has been started anew.  At this rate a
#: guess at 192 bits takes longer than the universe has existed; what the lock saves is the log and the CPU.
MAX_GUESSES = 20
LOCK_S = 60.0

#: Addresses remembered at once; the one that was heard of longest ago is forgotten first.
MAX_ADDRESSES = 1024


class Gate:
    """Tell the role of whoever presents a token.

    Parameters
    ----------
    tokens : Tokens
        Those that hold now.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def role(self, given: str) -> str | None:
        """Return ``owner``, ``control``, ``view``, or None where the token is not valid.

        Parameters
        ----------
        given : str
            As `presented` found it; empty for none.
        """
        tokens, found = self._tokens, None
        for token, role in ((tokens.owner, "owner"), (tokens.control, "control"), (tokens.view, "view")):
            # All are compared, each in constant time.
            if hmac.compare_digest(given.encode(errors="replace"), token.encode()) and token:
                found = found or role
        return found or (None if tokens.auth else "control")


def presented(authorization: str | None, query: str | None, subprotocols: str | None) -> str:
    """Return the token that a request carries; empty where it carries none.

    Parameters
    ----------
    authorization : str or None
        The ``Authorization`` header.  Where there is one, nothing else counts.
    query : str or None
        The query's ``token``, on routes that take it from there.
    subprotocols : str or None
        The ``Sec-WebSocket-Protocol`` header of a WebSocket.
    """
    scheme, _space, value = (authorization or "").partition(" ")
    if authorization is not None:
        return value.strip() if scheme.lower() == "bearer" else ""
    for name in (subprotocols or "").split(","):
        if name.strip().startswith(SUBPROTOCOL_PREFIX):
            return name.strip()[len(SUBPROTOCOL_PREFIX) :]
    return query or ""


class Lockout:
    """Remember which addresses guess at tokens; bounded, and without a clock of its own."""

    def __init__(self) -> None:
        #: Address → (wrong tokens, when the first of them or the lock began), the latest heard of last.
        self._guesses: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, address: str, now: float) -> float:
        """Return for how many seconds an address is still locked out; 0 where it is not."""
        count, since = self._guesses.get(_network(address), (0, 0.0))
        return max(0.0, since + LOCK_S - now) if count >= MAX_GUESSES else 0.0

    def failed(self, address: str, now: float) -> None:
        """Note that an address has presented a wrong token."""
        network = _network(address)
        count, since = self._guesses.pop(network, (0, now))
        if now - since > LOCK_S:
            count, since = 0, now
        count += 1
        self._guesses[network] = (count, now if count == MAX_GUESSES else since)
        if len(self._guesses) > MAX_ADDRESSES:
            self._guesses.popitem(last=False)

    def __len__(self) -> int:
        return len(self._guesses)


def _network(address: str) -> str:
    """Return what one guesser has: an IPv4 address, or a /64 of IPv6, of which it may use any address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.IPv6Network((ip, 64), strict=False))
