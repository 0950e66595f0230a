# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""Take a viewer's RTCP where it arrives.

aiortc puts each datagram into a queue, wakes a task, and reads transport feedback as a list of lost packets,
which it is not.  Browsers send that 20 times a second: with 16 viewers this was a fifth of what the server's
event loop did.

Leans on ``data_received`` of the ICE connection, on ``RTCDtlsTransport._rx_srtp`` and on what that raises.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiortc import rtcdtlstransport
from aiortc.rtp import is_rtcp

if TYPE_CHECKING:
    from collections.abc import Callable


logger = logging.getLogger(__name__)


def take_rtcp(transport: rtcdtlstransport.RTCDtlsTransport, take: Callable[[bytes], None]) -> None:
    """Hand a transport's RTCP, decrypted, to `take`, and all else to aiortc as before.

    Parameters
    ----------
    transport : RTCDtlsTransport
        Connected: its keys are known.
    take : callable
        Called with each compound packet.
    """
    connection = transport.transport._connection
    pass_on = connection.data_received

    def data_received(data: bytes, component: int) -> None:
        # RFC 7983: 128 to 191 is RTP or RTCP; RFC 5761 tells those two apart.
        if not (data and 127 < data[0] < 192 and is_rtcp(data)):
            pass_on(data, component)
            return
        try:
            plain = transport._rx_srtp.unprotect_rtcp(data)
        except rtcdtlstransport.pylibsrtp.Error as error:  # type: ignore[attr-defined]
            logger.debug("RTCP that nobody has encrypted: %s", error)
            return
        take(plain)

    connection.data_received = data_received  # type: ignore[method-assign]
