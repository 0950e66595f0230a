# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""Our own RTP sender: one per viewer, fed with frames that were encoded and cut once for all.

It stands where aiortc has its ``RTCRtpSender``, whose loop encodes for each viewer, answers every
retransmission request without bound, and never tells the encoder that a decoder is lost.  What differs
between viewers is only the 12-byte header, the extensions and SRTP (`rtp_stream`): a few microseconds a
packet.

::

    rung ─► push(frame) ─► pacer ─► pump ─► stream ─► burst ─► UDP
                             ▲        │
       history ─► retransmit ┘        └─► congestion controller ◄── RTCP: transport feedback, reports
                                                                     NACK ─► retransmit;  PLI, FIR ─► keyframe

Leans on private parts of aiortc: ``RTCDtlsTransport._tx_srtp``, ``_register_rtp_sender``,
``_unregister_rtp_sender`` and the ICE connection's nominated pair.
``tests/unit/server/test_aiortc_contract.py`` fails loudly when an upgrade moves one of them.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, Any

from vizstream.congestion.controller import CongestionController
from vizstream.media.codecs import CLOCK_RATE_HZ

from . import rtcp
from .bursts import BurstSender
from .incoming import take_rtcp
from .pacer import Pacer, Packet
from .reports import Reports
from .rtp_header import OVERHEAD_BYTES
from .rtp_stream import RtpStream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiortc import rtp
    from aiortc.rtcdtlstransport import RTCDtlsTransport
    from aiortc.rtcrtpparameters import RTCRtpSendParameters

    from vizstream.media.codecs import Codec
    from vizstream.media.rung import EncodedFrame

    from .transport import TransportStats

#: Packets that may wait.  More than this is over a second of video: drop it all and start at a keyframe.
BACKLOG_PACKETS = 600

#: Seconds for which what was lost may take to be repeated.  When a line narrows tenfold, 65 packets are lost,
#: which at 300 kbit/s take 2 s; a keyframe of the level that fits then takes 0.3.
ABANDON_S = 0.5

#: Seconds between looks at the pacer; below this an event loop's timers are not to be trusted.
PUMP_INTERVAL_S = 0.001

#: Time without a packet after which `sound` sends one.
SOUND_NS = 150_000_000

#: Where viewers start who are near: a line of 3 Mbit/s is likely, and otherwise the first half second is
#: queued for.  From 400 kbit/s the picture would be small for a second or two.
NEAR_START_BPS = 3_000_000

#: Where viewers start that report no arrivals.
BLIND_START_BPS = 2_000_000


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
        self._pacer = Pacer(OVERHEAD_BYTES)
        self.stream = stream = RtpStream(self._pacer.spend)
        # What aiortc reads of a sender.
        self.transport = transport
        self.track: Any = None
        self._ssrc, self._rtx_ssrc = stream.ssrc, stream.rtx_ssrc
        self._stream_id = str(uuid.uuid4())
        self._track_id = str(uuid.uuid4())
        self._enabled = True
        # Ours.
        self._rtp_offset = rtp_offset
        self._on_keyframe = on_keyframe
        self._on_alive = on_alive
        self._feedback = True
        self._started = False
        self._needs_keyframe = True
        #: Payload type of each codec that may be sent, as negotiated.
        self.payload_types: dict[Codec, int] = {}
        self._bursts = BurstSender()
        self._pump_handle: asyncio.TimerHandle | None = None
        self._report_task: asyncio.Task[None] | None = None
        self._rtp_time = 0
        self._reports: Reports | None = None

    @property
    def ssrc(self) -> int:
        """Of the video."""
        return self.stream.ssrc

    @property
    def parity_ssrc(self) -> int:
        """Of the parity packets."""
        return self.stream.parity_ssrc

    @property
    def stats(self) -> TransportStats:
        """What has been counted."""
        return self.stream.stats

    @property
    def control(self) -> CongestionController:
        """What is known of the line."""
        return self.stream.control

    def start_near(self) -> None:
        """Start higher than for a line of which nothing is known: the viewer answers at once."""
        if self._feedback:
            self.stream.control = CongestionController(start_bps=NEAR_START_BPS)

    def start_from(self, bps: int) -> None:
        """Start with a rate that the line was found to carry; before the first packet."""
        if self._feedback and not self.stats.packets:
            control = CongestionController()
            start_bps = min(max(bps, control.target_bps), control.max_bps)
            self.stream.control = CongestionController(start_bps=start_bps)

    def expect_no_feedback(self) -> None:
        """Do without transport feedback: start higher, and go by receiver reports alone.

        Such viewers are players other than browsers, and nothing tells soon how much they can take.
        """
        self._feedback = False
        self.stream.control = CongestionController(start_bps=BLIND_START_BPS, transport_wide=False)

    def allow_parity(self, payload_type: int) -> None:
        """Send parity packets under this payload type while the line loses much."""
        self.stream.parity_payload_type = payload_type

    # aiortc's side

    def setTransport(self, transport: RTCDtlsTransport) -> None:  # noqa: N802 - aiortc's name
        """Follow aiortc's move to the bundle's transport."""
        self.transport = transport

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Start: called by aiortc when the transport is connected."""
        if self._started:
            return
        self.stream.start(parameters, self.transport._tx_srtp)
        self.transport._register_rtp_sender(self, parameters)
        take_rtcp(self.transport, lambda data: rtcp.read(data, self))
        cname = parameters.rtcp.cname or "vizstream"
        self._reports = Reports(self.ssrc, cname, self._totals, self._transmit_rtcp)
        self._report_task = asyncio.create_task(self._reports.run())
        self._started = True
        self._on_keyframe(joining=True)

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
        self._bursts.close()

    async def _handle_rtcp_packet(self, packet: rtp.AnyRtcpPacket) -> None:
        self.alive()
        rtcp.read_packet(packet, self)

    # What the viewer reports

    def alive(self) -> None:
        """Note that the viewer has been heard of."""
        self._on_alive()

    def lost(self, sequences: Sequence[int]) -> None:
        """Send packets again, or a keyframe in their place where that is the quicker way."""
        for sequence in sequences:
            self._retransmit(sequence)
        if self._pacer.repeated_bytes * 8 > ABANDON_S * self.control.target_bps:
            self._abandon()
        self._pump_soon()

    def restart(self) -> None:
        """Send a keyframe: the viewer's decoder asks for one."""
        self.stats.keyframe_requests += 1
        self._on_keyframe(joining=False)

    def round_trip_ms(self, report: rtp.RtcpReceiverInfo) -> float | None:
        """Return the round trip that a report tells."""
        return self._reports.round_trip_ms(report) if self._reports is not None else None

    # Frames

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:
        """Queue one frame.

        Parameters
        ----------
        frame : EncodedFrame
            The frame.
        again : bool
            Whether this viewer has been sent the same picture before, maybe less sharp.  It shows in the
            lowest bit of the RTP time stamp, so that a viewer can tell when it presents the frame.

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
            self._abandon()
            return None
        self._needs_keyframe = False
        # Two rungs may encode one picture, and then this viewer moves from one to the other.
        self._rtp_time = max(self._rtp_time + 2, frame.rtp_time)
        stamp = (self._rtp_time + self._rtp_offset) & 0xFFFFFFFE | again
        payload_type = self.payload_types[frame.codec]
        self._pacer.add_frame(_cut(frame, stamp, payload_type))
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
        now_ns = time.monotonic_ns()
        self.control.on_tick(now_ns)
        if self._needs_keyframe and self.control.congested and not len(self._pacer):
            # Nothing else tells that the line has drained, and only then the keyframe is encoded.
            self._sound(now_ns)

    def sound(self) -> None:
        """Send something small, where nothing has been sent for a while: its arrival tells of the queue."""
        now_ns = time.monotonic_ns()
        if now_ns - self.stream.sent_ns > SOUND_NS and not len(self._pacer):
            self._sound(now_ns)

    def _sound(self, now_ns: int) -> None:
        self.stats.padding += self.stream.sound(now_ns)
        self._transmit(self.stream.take(now_ns))

    def _pump_soon(self) -> None:
        if self._pump_handle is None:
            self._pump()

    def _pump(self) -> None:
        """Send what the pacer allows now, and come back when it allows more."""
        self._pump_handle = None
        now_ns = time.monotonic_ns()
        stream = self.stream
        control, train = stream.control, stream.train
        if self._feedback and stream.repeats_apart and not train.active and len(self._pacer):
            train.begin(control.next_probe(now_ns))
        rate_bps = train.bps(control.pacing_bps)
        while train.active and (packet := self._pacer.take(now_ns, rate_bps)) is not None:
            stream.send(packet, now_ns)
        if not train.active:
            stream.send_all(self._pacer.take_all(now_ns, rate_bps), now_ns)
        elif not len(self._pacer):
            self._pad(now_ns, rate_bps)
        self._transmit(stream.take(now_ns))
        if len(self._pacer) or train.active:
            wait = max(PUMP_INTERVAL_S, self._pacer.delay_s(rate_bps))
            self._pump_handle = asyncio.get_running_loop().call_later(wait, self._pump)

    def _pad(self, now_ns: int, rate_bps: float) -> None:
        """Fill a probe with packets that the viewer has already: it drops them, but reports their arrival."""
        train = self.stream.train
        while train.active and self._pacer.open(now_ns, rate_bps):
            if not self._pad_once(now_ns):
                train.end()

    def _pad_once(self, now_ns: int) -> bool:
        packet = self.stream.history.padding()
        if packet is None:
            return False
        self._pacer.spend(len(packet.payload) + OVERHEAD_BYTES)
        self.stream.send_again(packet, now_ns)
        self.stats.padding += 1
        return True

    def _abandon(self) -> None:
        """Drop all that waits, and begin anew at a keyframe."""
        self._pacer.clear()
        self.stream.history.abandon()
        self._needs_keyframe = True
        self.stats.overflows += 1
        self._on_keyframe(joining=False)

    def _retransmit(self, sequence: int) -> None:
        """Queue a lost packet again, or ask for a keyframe where it cannot be had."""
        try:
            packet = self.stream.history.again(sequence, time.monotonic(), self.control.rtt_ms / 1000)
        except LookupError:
            # The decoder would wait 3 s before it asks by itself.
            self._on_keyframe(joining=False)
            return
        if packet is not None:
            self.stats.retransmitted += 1
            self._pacer.add(packet)

    def _transmit(self, datagrams: list[bytes]) -> None:
        # RTCDtlsTransport._send_rtp does the same through three coroutines a packet.
        pair = self.transport.transport._connection._nominated.get(1)
        if datagrams and pair is not None:
            self._bursts.send(datagrams, pair.protocol.transport, pair.remote_addr)

    def _transmit_rtcp(self, data: bytes) -> None:
        self._transmit([self.transport._tx_srtp.protect_rtcp(data)])

    def _totals(self) -> tuple[int, int, int]:
        # The moment of the report on the clock of the frames' time stamps, which is when each was drawn.
        now = time.monotonic_ns() * CLOCK_RATE_HZ // 1_000_000_000
        return now + self._rtp_offset, self.stats.packets, self.stats.bytes


def _cut(frame: EncodedFrame, stamp: int, payload_type: int) -> list[Packet]:
    """Return a frame's packets: cut once for all viewers to whom it travels under the same numbers."""
    packets: list[Packet] | None = frame.shared.get((stamp, payload_type))
    if packets is None:
        packets = [Packet(stamp, False, payload, -1, payload_type) for payload in frame.payloads]
        packets[-1:] = [packet._replace(marker=True) for packet in packets[-1:]]
        frame.shared[stamp, payload_type] = packets
    return packets
