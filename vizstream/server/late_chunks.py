# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""Drop what the data channels would still send once the viewer's end of the line is gone.

A page that closes ends DTLS; only later does the connection end SCTP.  In between, a retransmission timer,
a message or a delayed acknowledgement raises ``ConnectionError`` in a task that nobody awaits, which asyncio
reports as an error.

Leans on ``RTCSctpTransport._send_chunk``, through which all of them go.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiortc import RTCSctpTransport

logger = logging.getLogger(__name__)


def drop_late_chunks(sctp: RTCSctpTransport) -> None:
    """Make a transport forget the chunks that it can no longer send."""
    send = sctp._send_chunk

    async def send_or_drop(chunk: Any) -> None:
        try:
            await send(chunk)
        except ConnectionError:
            logger.debug("%s dropped: the line is gone", type(chunk).__name__)

    sctp._send_chunk = send_or_drop  # type: ignore[method-assign]
