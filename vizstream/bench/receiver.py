# ruff: noqa: SLF001 - named in the docstring, and the bench's integration test fails when one moves
"""One viewer's video, received as a browser receives it: whole at its last packet, with transport feedback.

It stands where aiortc has its ``RTCRtpReceiver``, which reports no arrivals and gives a picture out only when
the next one begins.  Leans on private parts of aiortc: ``RTCDtlsTransport._register_rtp_receiver``,
``_unregister_rtp_receiver`` and ``_send_rtp``, and what ``RTCPeerConnection`` calls of a receiver.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiortc import clock, rtp
from aiortc.codecs import is_rtx

from .arrivals import Arrivals
from .assemble import Assembled, Assembler

if TYPE_CHECKING:
    from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

#: Seconds between two messages about arrivals; libwebrtc takes 0.05 to 0.25, by the rate.
FEEDBACK_S = 0.05

#: Seconds between two receiver reports.
REPORT_S = 1.0


class Receiver:
    """Receive one video.

    Parameters
    ----------
    transport : RTCDtlsTransport
        Where from; aiortc may replace it while it negotiates a bundle.
    on_picture : callable
        Called with the MIME type and each `Assembled` picture.

    Attributes
    ----------
    bytes : int
        Of RTP packets received, with their headers.
    origin : tuple of (int, int) or None
        See `watched.Notes`.
    """

    def __init__(self, transport: Any, on_picture: Callable[[str, Assembled], None]) -> None:
        self.transport = transport
        self.track: Any = None
        self._track: Any = None
        self.bytes = 0
        self.origin: tuple[int, int] | None = None
        self._on_picture = on_picture
        self._assembler = Assembler()
        self._arrivals = Arrivals()
        self._mime_types: dict[int, str] = {}
        self._ssrc = self._media_ssrc = 0
        self._highest = 0
        self._report: tuple[int, float] = (0, 0.0)
        self._task: asyncio.Task[None] | None = None
        self._enabled = True

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return self._assembler.lost

    # What aiortc calls.

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._ssrc = ssrc

    def setTransport(self, transport: Any) -> None:  # noqa: N802 - aiortc's name
        """Follow aiortc's move to the bundle's transport."""
        self.transport = transport

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Start: called by aiortc when the transport is connected."""
        if self._task is None:
            self._mime_types = {
                int(codec.payloadType or 0): codec.mimeType
                for codec in parameters.codecs
                if not is_rtx(codec)
            }
            self.transport._register_rtp_receiver(self, parameters)
            self._task = asyncio.ensure_future(self._tell())

    async def stop(self) -> None:
        """Stop for ever; idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self.transport._unregister_rtp_receiver(self)

    def _handle_disconnect(self) -> None: ...

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        if isinstance(packet, rtp.RtcpSrPacket):
            info = packet.sender_info
            self._report = ((info.ntp_timestamp >> 16) & 0xFFFFFFFF, time.monotonic())
            # Both clocks are this machine's; the one of the report tells the time of day.
            age_ns = _ntp_ns(clock.current_ntp_time()) - _ntp_ns(info.ntp_timestamp)
            self.origin = info.rtp_timestamp, time.monotonic_ns() - age_ns

    async def _handle_rtp_packet(self, packet: rtp.RtpPacket, arrival_time_ms: int) -> None:
        del arrival_time_ms
        number = packet.extensions.transport_sequence_number
        if number is not None:
            self._arrivals.note(number, time.monotonic_ns())
        self.bytes += 12 + len(packet.payload)
        if packet.payload_type not in self._mime_types:
            return  # a repeated one: a probe of the line, or an answer to a loss that has been given up
        self._media_ssrc, self._highest = packet.ssrc, packet.sequence_number
        lost = self._assembler.lost
        picture = self._assembler.add(
            packet.sequence_number,
            packet.timestamp,
            packet.payload_type,
            packet.payload,
            marker=bool(packet.marker),
        )
        if self._assembler.lost > lost:
            await self.ask_keyframe()
        if picture is not None:
            self._on_picture(self._mime_types[picture.payload_type], picture)

    # Towards the sender.

    async def ask_keyframe(self) -> None:
        """Say that pictures cannot be decoded before the next keyframe."""
        packet = rtp.RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=self._media_ssrc)
        await self._send(bytes(packet))

    async def _tell(self) -> None:
        reported_at = 0.0
        while True:
            await asyncio.sleep(FEEDBACK_S)
            await self._send(self._arrivals.take(self._ssrc, self._media_ssrc))
            now = time.monotonic()
            if self._media_ssrc and now - reported_at > REPORT_S:
                reported_at = now
                await self._send(self._receiver_report(now))

    def _receiver_report(self, now: float) -> bytes:
        last, at = self._report
        report = rtp.RtcpReceiverInfo(
            ssrc=self._media_ssrc,
            fraction_lost=0,
            packets_lost=self.lost,
            highest_sequence=self._highest,
            jitter=0,
            lsr=last,
            dlsr=int((now - at) * 65536) if last else 0,
        )
        return bytes(rtp.RtcpRrPacket(ssrc=self._ssrc, reports=[report]))

    async def _send(self, data: bytes) -> None:
        if data:
            with contextlib.suppress(ConnectionError):
                await self.transport._send_rtp(data)


def _ntp_ns(ntp: int) -> int:
    """Return an NTP time of 32.32 bits in nanoseconds."""
    return ntp * 1_000_000_000 >> 32
