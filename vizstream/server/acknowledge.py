# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""Acknowledge what comes through the data channels a little later, and not packet by packet.

aiortc answers every SCTP packet with a SACK of its own.  A drag is 60 messages a second, and their SACKs, 85
to 110 bytes each on the wire, took 43 of the 150 kbit/s that a narrow line has *for the picture*, unseen by
congestion control.  RFC 9260 (section 6.2) lets an acknowledgement wait for 200 ms; what is missing is still
told at once, because that is what brings it back.

Leans on ``RTCSctpTransport._send_sack`` and the sets that it reads.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiortc import RTCSctpTransport

#: Seconds that an acknowledgement may wait.  Chromium's retransmission timer is 400 ms at least.
DELAY_S = 0.1

#: Packets after which it waits no longer.  The RFC wants one for every second, to open the sender's window
#: quickly; a window of one packet carries all the input there is.
PACKETS = 16


def delay_acknowledgements(sctp: RTCSctpTransport) -> None:
    """Make a transport acknowledge every `DELAY_S` at most, and losses at once."""
    loop = asyncio.get_running_loop()
    send = sctp._send_sack
    waiting: asyncio.TimerHandle | None = None
    packets = 0

    async def send_now() -> None:
        nonlocal waiting, packets
        if waiting is not None:
            waiting.cancel()
        waiting, packets = None, 0
        if sctp.state == "connected":
            await send()

    async def send_later() -> None:
        nonlocal waiting, packets
        packets += 1
        if sctp._sack_misordered or sctp._sack_duplicates or packets >= PACKETS:
            await send_now()
            return
        sctp._sack_needed = False
        if waiting is None:
            waiting = loop.call_later(DELAY_S, lambda: loop.create_task(send_now()))

    sctp._send_sack = send_later  # type: ignore[method-assign]
