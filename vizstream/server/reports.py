"""Sender reports, and the round trip that receivers' answers to them tell (RFC 3550, section 6.4)."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from aiortc import clock, rtp

if TYPE_CHECKING:
    from collections.abc import Callable


class Reports:
    """Report about one stream, and remember when.

    Parameters
    ----------
    ssrc : int
        Of the stream.
    cname : str
        Name of the sender.
    totals : callable
        Gives the RTP time of this moment, and the packets and bytes of payload sent so far.
    transmit : callable
        Encrypts and sends a compound packet.
    """

    def __init__(
        self,
        ssrc: int,
        cname: str,
        totals: Callable[[], tuple[int, int, int]],
        transmit: Callable[[bytes], None],
    ) -> None:
        self._ssrc = ssrc
        self._cname = cname
        self._totals = totals
        self._transmit = transmit
        self._last: tuple[int, float] | None = None

    async def run(self) -> None:
        """Send a report about once a second, at uneven intervals (RFC 3550, section 6.2)."""
        while True:
            await asyncio.sleep(0.5 + random.random())  # noqa: S311 - jitter, not a secret
            now = clock.current_ntp_time()
            self._last = ((now >> 16) & 0xFFFFFFFF, time.monotonic())
            stamp, packets, size = self._totals()
            report = rtp.RtcpSrPacket(
                ssrc=self._ssrc,
                sender_info=rtp.RtcpSenderInfo(
                    ntp_timestamp=now,
                    rtp_timestamp=stamp & 0xFFFFFFFF,
                    packet_count=packets & 0xFFFFFFFF,
                    octet_count=size & 0xFFFFFFFF,
                ),
            )
            name = rtp.RtcpSdesPacket(
                chunks=[rtp.RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])]
            )
            self._transmit(bytes(report) + bytes(name))

    def round_trip_ms(self, report: rtp.RtcpReceiverInfo) -> float | None:
        """Return the round trip that a receiver's report tells; None where it answers none of ours."""
        if self._last is None or report.lsr != self._last[0]:
            return None
        return max(0.0, (time.monotonic() - self._last[1] - report.dlsr / 65536) * 1000)
