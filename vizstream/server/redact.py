"""Keep secrets out of the log, whoever writes them there.

The token is in headers and queries, and so in whatever aiohttp quotes of a malformed request.  Replacing it
in the finished line, traceback included, holds for all that is logged, ours and others'.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What stands in a secret's place.
HIDDEN = "[secret]"


class RedactingFormatter(logging.Formatter):
    """Format log records, without secrets.

    Parameters
    ----------
    secrets : iterable of str
        What to leave out, as it is and as it stands in URLs.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("vizstream: %(levelname)s: %(message)s")
        self._forms: list[str] = []
        self.hide(*secrets)

    def hide(self, *secrets: str) -> None:
        """Leave these out as well, from now on."""
        forms = {
            form for secret in secrets if secret for form in (secret, quote(secret), quote(secret, safe=""))
        }
        # The longer first: one may be part of another.
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the traceback if there is one."""
        line = super().format(record)
        for form in self._forms:
            line = line.replace(form, HIDDEN)
        return line
