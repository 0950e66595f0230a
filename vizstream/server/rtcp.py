"""Read what a viewer says of the stream that it receives: what arrived, what is missing, what it wishes."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Protocol

from aiortc import rtp

from vizstream.congestion.feedback import is_only_feedback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vizstream.congestion.controller import CongestionController

logger = logging.getLogger(__name__)


class Reported(Protocol):
    """Who is told: a stream's sender."""

    @property
    def ssrc(self) -> int:
        """Of the stream."""

    @property
    def control(self) -> CongestionController:
        """What is known of the line."""

    def alive(self) -> None:
        """Note that the viewer has been heard of."""

    def lost(self, sequences: Sequence[int]) -> None:
        """Send packets again."""

    def restart(self) -> None:
        """Send a keyframe: the viewer's decoder asks for one."""

    def round_trip_ms(self, report: rtp.RtcpReceiverInfo) -> float | None:
        """Return the round trip that a report tells."""


def read(data: bytes, stream: Reported) -> None:
    """Read a compound packet, decrypted; what is malformed is left out."""
    stream.alive()
    try:
        stream.control.on_feedback(data, time.monotonic_ns())
        packets = [] if is_only_feedback(data) else rtp.RtcpPacket.parse(data)
    except ValueError as error:
        logger.debug("malformed RTCP: %s", error)
        return
    for packet in packets:
        read_packet(packet, stream)


def read_packet(packet: rtp.AnyRtcpPacket, stream: Reported) -> None:
    """Read one packet other than transport-wide feedback."""
    if isinstance(packet, (rtp.RtcpRrPacket, rtp.RtcpSrPacket)):
        for report in packet.reports:
            if report.ssrc == stream.ssrc:
                rtt_ms = stream.round_trip_ms(report)
                stream.control.on_report(report.fraction_lost / 256, rtt_ms, time.monotonic_ns())
    elif isinstance(packet, rtp.RtcpRtpfbPacket):
        if packet.fmt == rtp.RTCP_RTPFB_NACK and packet.media_ssrc == stream.ssrc:
            stream.lost(packet.lost)
    elif isinstance(packet, rtp.RtcpPsfbPacket):
        if packet.fmt == rtp.RTCP_PSFB_APP:
            with contextlib.suppress(ValueError):
                stream.control.on_remb(rtp.unpack_remb_fci(packet.fci)[0], time.monotonic_ns())
        # A full intra request names its stream elsewhere (RFC 5104, section 4.3.1), and there is but one.
        elif packet.fmt == rtp.RTCP_PSFB_FIR or (
            packet.fmt == rtp.RTCP_PSFB_PLI and packet.media_ssrc == stream.ssrc
        ):
            stream.restart()
