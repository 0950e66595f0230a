"""What the shaper changes in SDP, so that every packet takes the way through the relay.

The answer names the relay in place of the server's candidates.  The offer loses the browser's candidates:
the server would check them directly, and a pair past the shaper might win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Address = tuple[str, int]

_ENDS = ("a=candidate:", "a=end-of-candidates")


def without_candidates(text: str) -> str:
    """Return an offer, or a trickle fragment (RFC 8840), without its candidates."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(_ENDS))


def through_relays(text: str, relay_for: Callable[[Address], Address]) -> str:
    """Replace the candidates of each media section of an answer by one that is a relay's.

    Parameters
    ----------
    text : str
        The answer.
    relay_for : callable
        Called with the server's best candidate of a section; returns the relay's address.

    Raises
    ------
    ValueError
        Where no section has a candidate over UDP.
    """
    sections = _sections(text)
    changed = [sections[0], *(_through_relay(section, relay_for) for section in sections[1:])]
    if changed == sections:
        raise ValueError("the answer has no candidate that a relay could stand for")
    return "".join(line for section in changed for line in section)


def _sections(text: str) -> list[list[str]]:
    sections: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _through_relay(section: list[str], relay_for: Callable[[Address], Address]) -> list[str]:
    server = _best([line[12:].split() for line in section if line.startswith("a=candidate:")])
    if server is None:
        return section
    host, port = relay_for(server)
    family = "IP6" if ":" in host else "IP4"
    end = "\r\n" if section[0].endswith("\r\n") else "\n"
    lines = []
    for line in section:
        if line.startswith(_ENDS):
            continue
        if line.startswith("m="):
            # The default destination names a candidate (RFC 8839, section 4.2.1.2); 0 means refused.
            kind, old_port, rest = line.split(" ", 2)
            lines.append(line if old_port == "0" else f"{kind} {port} {rest}")
        elif line.startswith("c="):
            lines.append(f"c=IN {family} {host}{end}")
        else:
            lines.append(line)
    if not lines[-1].endswith(end):
        lines[-1] += end
    lines.append(f"a=candidate:1 1 udp 2130706431 {host} {port} typ host{end}")
    lines.append(f"a=end-of-candidates{end}")
    return lines


def _best(candidates: list[list[str]]) -> Address | None:
    """Return the address of the candidate that is most surely reached from here."""
    usable = [
        (not host.lower().startswith("fe80:"), ":" not in host, int(priority), host, int(port))
        for _foundation, component, transport, priority, host, port, *_rest in candidates
        if component == "1" and transport.lower() == "udp" and not host.endswith(".local")
    ]
    return max(usable)[3:] if usable else None
