"""Say where the scene is to be seen: addresses on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from typing import TextIO
from urllib.parse import quote

from .qr import draw, encode


def links(base: str, tokens: tuple[str, str] | None) -> tuple[str, str]:
    """Return the link that may steer and the one that may only watch.

    Parameters
    ----------
    base : str
        Address of the page, with or without a slash at its end.
    tokens : tuple of str or None
        The two tokens; None where none is needed.
    """
    page = base.rstrip("/") + "/"
    if tokens is None:
        return page, page
    control, view = tokens
    return f"{page}#token={quote(control)}", f"{page}#token={quote(view)}"


def print_links(steer: str, watch: str, out: TextIO) -> None:
    """Print the two links, each on a line of its own, at once."""
    out.write(f"{steer}\n{watch}\n")
    out.flush()


def print_picture(link: str, out: TextIO) -> None:
    """Print a link as a QR code where somebody sits before a terminal that can show it."""
    if not out.isatty() or "utf" not in (getattr(out, "encoding", None) or "").lower():
        return
    try:
        out.write(draw(encode(link.encode(), "L")) + "\n")
    except ValueError:
        return  # an address beyond 271 bytes
    out.flush()


def say(words: str) -> None:
    """Say something to whoever started us."""
    sys.stderr.write(f"vizstream: {words}\n")
    sys.stderr.flush()
