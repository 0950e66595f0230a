# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""Our own RTP sender: one per viewer, fed with frames that were encoded and cut once for all.

It stands where aiortc has its ``RTCRtpSender``, whose loop encodes for each viewer, answers every
retransmission request without bound, and never tells the encoder that a decoder is lost.  What differs
between viewers is only the 12-byte header, the extensions and SRTP: a few microseconds a packet.

::

    rung ─► push(frame) ─► pacer ─► pump ─► SRTP ─► UDP
                             ▲        │
       history ─► retransmit ┘        └─► congestion controller ◄── RTCP: transport feedback, reports
                                                                     NACK ─► retransmit;  PLI, FIR ─► keyframe

Leans on private parts of aiortc: ``RTCDtlsTransport._tx_srtp``, ``_handle_rtcp_data``,
``_register_rtp_sender``,
``_unregister_rtp_sender`` and the ICE connection's nominated pair.
``tests/unit/server/test_aiortc_contract.py`` fails loudly when an upgrade moves one of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import struct
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiortc import clock, rtp

from vizstream.congestion.controller import CongestionController

from .pacer import Pacer, Packet
from .resend import ResendHistory

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiortc.rtcdtlstransport import RTCDtlsTransport
    from aiortc.rtcrtpparameters import RTCRtpSendParameters

    from vizstream.congestion.probing import Probe
    from vizstream.media.rung import EncodedFrame

logger = logging.getLogger(__name__)

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
#: http://www.webrtc.org/experiments/rtp-hdrext/playout-delay.  (0, 0) asks the receiver to show each frame at
#: once: 19 ms from capture to screen in Chromium instead of 44-77, 28 instead of 48-73 in Firefox.
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

#: Packets that may wait.  More than this is over a second of video: drop it all and start at a keyframe.
BACKLOG_PACKETS = 600

#: Bytes around a payload: RTP header and extensions (12 + 16), SRTP tag (16), UDP and IPv4 (28).
OVERHEAD_BYTES = 72

#: Seconds between looks at the pacer; below this an event loop's timers are not to be trusted.
PUMP_INTERVAL_S = 0.001

#: Where viewers start who are near: a line of 3 Mbit/s is likely, and otherwise the first half second is
#: queued for.  From 400 kbit/s the picture would be small for a second or two.
NEAR_START_BPS = 3_000_000

#: Where viewers start that report no arrivals.
BLIND_START_BPS = 2_000_000

#: https://datatracker.ietf.org/doc/html/draft-holmer-rmcat-transport-wide-cc-extensions-01
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

#: One-byte header extensions (RFC 8285, section 4.2).
ONE_BYTE_PROFILE = 0xBEDE
MAX_ONE_BYTE_ID = 14

_HEADER = struct.Struct("!BBHLL")


@dataclass
class SenderStats:
    """Counters of one viewer's sender; plain numbers, for the metrics."""

    packets: int = 0
    bytes: int = 0
    frames: int = 0
    retransmitted: int = 0
    padding: int = 0
    keyframe_requests: int = 0
    overflows: int = 0


@dataclass
class _Train:
    """A probe that is being sent."""

    probe: Probe
    packets: int = 0
    bytes: int = 0

    @property
    def done(self) -> bool:
        return self.packets >= self.probe.packets and self.bytes >= self.probe.bytes


class VideoSender:
    """Send one viewer's RTP stream.

    Parameters
    ----------
    transport : RTCDtlsTransport
        Where packets go; aiortc may replace it while it negotiates a bundle.
    rtp_offset : int
        Added to every frame's RTP time; the same for all viewers of a server.
    on_keyframe : callable
        Called when this viewer cannot decode without a keyframe; ``joining`` says that it never could.
    on_alive : callable
        Called when the viewer has been heard of.
    """

    kind = "video"

    def __init__(
        self,
        transport: RTCDtlsTransport,
        rtp_offset: int,
        on_keyframe: Callable[..., None],
        on_alive: Callable[[], None],
    ) -> None:
        # What aiortc reads of a sender.
        self.transport = transport
        self.track: Any = None
        self._ssrc = secrets.randbits(32) | 1
        self._rtx_ssrc = self._ssrc ^ 0x55555555
        self._stream_id = str(uuid.uuid4())
        self._track_id = str(uuid.uuid4())
        self._enabled = True
        # Ours.
        self.stats = SenderStats()
        self.control = CongestionController()
        self._rtp_offset = rtp_offset
        self._on_keyframe = on_keyframe
        self._on_alive = on_alive
        self._feedback = True
        self._started = False
        self._needs_keyframe = True
        self._payload_type = 0
        self._rtx_payload_type: int | None = None
        self._cname = ""
        self._extension = b""
        self._extension_tail: bytes | None = None
        # The lower half, so that SRTP's roll-over counter is not guessed wrong when early packets are lost.
        self._sequence = secrets.randbits(15)
        self._rtx_sequence = secrets.randbits(15)
        self._transport_sequence = 0
        self._pacer = Pacer()
        self._train: _Train | None = None
        self._history = ResendHistory()
        self._pump_handle: asyncio.TimerHandle | None = None
        self._report_task: asyncio.Task[None] | None = None
        self._rtp_time = 0
        self._last_report: tuple[int, float] | None = None

    def start_near(self) -> None:
        """Start higher than for a line of which nothing is known: the viewer answers at once."""
        if self._feedback:
            self.control = CongestionController(start_bps=NEAR_START_BPS)

    def expect_no_feedback(self) -> None:
        """Do without transport feedback: start higher, and go by receiver reports alone.

        Such viewers are players other than browsers, and nothing tells soon how much they can take.
        """
        self._feedback = False
        self.control = CongestionController(start_bps=BLIND_START_BPS, transport_wide=False)

    # aiortc's side

    def setTransport(self, transport: RTCDtlsTransport) -> None:  # noqa: N802 - aiortc's name
        """Follow aiortc's move to the bundle's transport."""
        self.transport = transport

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Start: called by aiortc when the transport is connected."""
        if self._started:
            return
        codec = parameters.codecs[0]
        self._payload_type = codec.payloadType or 0
        for other in parameters.codecs:
            if other.name.lower() == "rtx" and other.parameters.get("apt") == codec.payloadType:
                self._rtx_payload_type = other.payloadType
        self._cname = parameters.rtcp.cname or "vizstream"
        self._set_extensions(parameters)
        self.transport._register_rtp_sender(self, parameters)
        self._tap_feedback()
        self._report_task = asyncio.create_task(self._report())
        self._started = True
        self._on_keyframe(joining=True)

    def _set_extensions(self, parameters: RTCRtpSendParameters) -> None:
        """Prepare the header extension; the transport sequence number, which changes, comes last in it."""
        extensions = []
        sequence_id = 0
        for extension in parameters.headerExtensions:
            if extension.uri == MID_URI and parameters.muxId:
                extensions.append((extension.id, parameters.muxId.encode()))
            elif extension.uri == PLAYOUT_DELAY_URI:
                extensions.append((extension.id, b"\0\0\0"))
            elif extension.uri == TRANSPORT_CC_URI and extension.id <= MAX_ONE_BYTE_ID:
                sequence_id = extension.id
        if sequence_id:
            extensions.append((sequence_id, b"\0\0"))
        profile, value = rtp.pack_header_extensions(extensions)
        if not value:
            return
        whole = struct.pack("!HH", profile, len(value) // 4) + value
        self._extension = whole
        if sequence_id and profile == ONE_BYTE_PROFILE:
            end = 4 + sum(1 + len(content) for _id, content in extensions)
            self._extension, self._extension_tail = whole[: end - 2], whole[end:]

    def _tap_feedback(self) -> None:
        """Read transport feedback before aiortc, which would take it for a list of lost packets."""
        transport = self.transport
        handle = transport._handle_rtcp_data

        async def tapped(data: bytes) -> None:
            try:
                self.control.on_feedback(data, time.monotonic_ns())
            except ValueError:
                logger.debug("malformed transport feedback")
            await handle(data)

        transport._handle_rtcp_data = tapped  # type: ignore[method-assign]

    async def stop(self) -> None:
        """Stop for ever; idempotent."""
        if self._started:
            self._started = False
            self.transport._unregister_rtp_sender(self)
        if self._pump_handle is not None:
            self._pump_handle.cancel()
            self._pump_handle = None
        if self._report_task is not None:
            self._report_task.cancel()
            self._report_task = None
        self._pacer.clear()

    async def _handle_rtcp_packet(self, packet: rtp.AnyRtcpPacket) -> None:
        self._on_alive()
        if isinstance(packet, (rtp.RtcpRrPacket, rtp.RtcpSrPacket)):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self._take_report(report)
        elif isinstance(packet, rtp.RtcpRtpfbPacket) and packet.fmt == rtp.RTCP_RTPFB_NACK:
            for sequence in packet.lost:
                self._retransmit(sequence)
            self._pump_soon()
        elif isinstance(packet, rtp.RtcpPsfbPacket) and packet.fmt in (rtp.RTCP_PSFB_PLI, rtp.RTCP_PSFB_FIR):
            self.stats.keyframe_requests += 1
            self._on_keyframe(joining=False)
        elif isinstance(packet, rtp.RtcpPsfbPacket) and packet.fmt == rtp.RTCP_PSFB_APP:
            with contextlib.suppress(ValueError):
                self.control.on_remb(rtp.unpack_remb_fci(packet.fci)[0], time.monotonic_ns())

    # Frames

    def push(self, frame: EncodedFrame) -> int | None:
        """Queue one frame.

        Returns
        -------
        int or None
            The RTP time stamp under which the frame travels, or None where it is left out: before the first
            keyframe, before the transport is up, and while the viewer waits for a keyframe after its backlog
            overflowed.
        """
        if not self._started or (self._needs_keyframe and not frame.keyframe):
            return None
        if len(self._pacer) + len(frame.payloads) > BACKLOG_PACKETS and len(self._pacer):
            self._pacer.clear()
            self._needs_keyframe = True
            self.stats.overflows += 1
            self._on_keyframe(joining=False)
            return None
        self._needs_keyframe = False
        # Two rungs may encode one picture, and then this viewer moves from one to the other.
        self._rtp_time = max(self._rtp_time + 1, frame.rtp_time)
        stamp = (self._rtp_time + self._rtp_offset) & 0xFFFFFFFF
        last = len(frame.payloads) - 1
        for index, payload in enumerate(frame.payloads):
            self._pacer.add(Packet(stamp, index == last, payload))
        self.stats.frames += 1
        self._pump_soon()
        return stamp

    def may_encode(self, lead_s: float = 0.0) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon.

        May be called from any thread.
        """
        return self.control.may_encode(self._pacer.queued_bytes, time.monotonic_ns(), 1000 * lead_s)

    def tick(self) -> None:
        """Let time pass for the controller; to be called about ten times a second."""
        self.control.on_tick(time.monotonic_ns())

    def _pump_soon(self) -> None:
        if self._pump_handle is None:
            self._pump()

    def _pump(self) -> None:
        """Send what the pacer allows now, and come back when it allows more."""
        self._pump_handle = None
        now_ns = time.monotonic_ns()
        may_probe = self._feedback and self._train is None and self._rtx_payload_type is not None
        if may_probe and len(self._pacer):
            probe = self.control.next_probe(now_ns)
            self._train = _Train(probe) if probe is not None else None
        train = self._train
        rate_bps = train.probe.bps if train is not None else self.control.pacing_bps
        while (packet := self._pacer.take(now_ns, rate_bps)) is not None:
            self._send_media(packet, now_ns, train)
            if train is not None and train.done:
                train = self._train = None
        if train is not None and not len(self._pacer):
            self._pad(now_ns, train)
        if len(self._pacer) or self._train is not None:
            wait = max(PUMP_INTERVAL_S, self._pacer.delay_s(rate_bps))
            self._pump_handle = asyncio.get_running_loop().call_later(wait, self._pump)

    def _send_media(self, packet: Packet, now_ns: int, train: _Train | None) -> None:
        if packet.repeats >= 0:
            self._send_repeat(packet, now_ns, train)
            return
        sequence = self._sequence
        self._sequence = (sequence + 1) & 0xFFFF
        self._history.add(sequence, packet)
        self._send(self._payload_type, sequence, self._ssrc, packet, now_ns, train)

    def _send_repeat(self, packet: Packet, now_ns: int, train: _Train | None) -> None:
        """Send a packet again (RFC 4588), or under its old number where the viewer knows no RTX."""
        if self._rtx_payload_type is None:
            self._send(self._payload_type, packet.repeats, self._ssrc, packet, now_ns, train, repeat=True)
            return
        packet = packet._replace(payload=packet.repeats.to_bytes(2, "big") + packet.payload)
        sequence = self._rtx_sequence
        self._rtx_sequence = (sequence + 1) & 0xFFFF
        self._send(self._rtx_payload_type, sequence, self._rtx_ssrc, packet, now_ns, train, repeat=True)

    def _pad(self, now_ns: int, train: _Train) -> None:
        """Fill a probe with packets that the viewer has already: it drops them, but reports their arrival."""
        packet = self._history.padding()
        while packet is not None and not train.done and self._pacer.open(now_ns, train.probe.bps):
            self._send_repeat(packet, now_ns, train)
            self.stats.padding += 1
        if packet is None or train.done:
            self._train = None

    def _retransmit(self, sequence: int) -> None:
        """Queue a lost packet again, or ask for a keyframe where it cannot be had."""
        try:
            packet = self._history.again(sequence, time.monotonic(), self.control.rtt_ms / 1000)
        except LookupError:
            # The decoder would wait 3 s before it asks by itself.
            self._on_keyframe(joining=False)
            return
        if packet is not None:
            self.stats.retransmitted += 1
            self._pacer.add(packet)

    def _send(
        self,
        payload_type: int,
        sequence: int,
        ssrc: int,
        packet: Packet,
        now_ns: int,
        train: _Train | None,
        *,
        repeat: bool = False,
    ) -> None:
        extension = self._extension
        if self._extension_tail is not None:
            number = (self._transport_sequence & 0xFFFF).to_bytes(2, "big")
            extension = extension + number + self._extension_tail
        header = _HEADER.pack(
            0x90 if extension else 0x80,
            payload_type | (0x80 if packet.marker else 0),
            sequence,
            packet.stamp,
            ssrc,
        )
        self._transmit(self.transport._tx_srtp.protect(header + extension + packet.payload))
        size = len(packet.payload) + OVERHEAD_BYTES
        self._pacer.spend(size)
        cluster = None
        if train is not None:
            train.packets += 1
            train.bytes += size
            cluster = train.probe.cluster
        self.control.on_sent(self._transport_sequence, size, now_ns, cluster, retransmission=repeat)
        self._transport_sequence += 1
        self.stats.packets += 1
        self.stats.bytes += len(packet.payload)

    def _transmit(self, datagram: bytes) -> None:
        # RTCDtlsTransport._send_rtp does the same through three coroutines a packet.
        pair = self.transport.transport._connection._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(datagram, pair.remote_addr)

    # Reports

    async def _report(self) -> None:
        """Send a sender report about once a second, at uneven intervals (RFC 3550, section 6.2)."""
        while True:
            await asyncio.sleep(0.5 + random.random())  # noqa: S311 - jitter, not a secret
            now = clock.current_ntp_time()
            self._last_report = ((now >> 16) & 0xFFFFFFFF, time.monotonic())
            report = rtp.RtcpSrPacket(
                ssrc=self._ssrc,
                sender_info=rtp.RtcpSenderInfo(
                    ntp_timestamp=now,
                    rtp_timestamp=(self._rtp_time + self._rtp_offset) & 0xFFFFFFFF,
                    packet_count=self.stats.packets & 0xFFFFFFFF,
                    octet_count=self.stats.bytes & 0xFFFFFFFF,
                ),
            )
            name = rtp.RtcpSdesPacket(
                chunks=[rtp.RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])]
            )
            self._transmit(self.transport._tx_srtp.protect_rtcp(bytes(report) + bytes(name)))

    def _take_report(self, report: rtp.RtcpReceiverInfo) -> None:
        rtt_ms = None
        if self._last_report is not None and report.lsr == self._last_report[0]:
            rtt_ms = max(0.0, (time.monotonic() - self._last_report[1] - report.dlsr / 65536) * 1000)
        self.control.on_report(report.fraction_lost / 256, rtt_ms, time.monotonic_ns())
