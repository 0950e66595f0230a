"""One viewer's RTP packets: their numbers, headers and encryption, and the books that are kept of them.

When a packet goes is the pacer's business, and which one the sender's; here it becomes what travels::

    new ─────┬─► header, SRTP ─┬─► burst ─► (kernel)
    repeated ┤                 ├─► stats
    parity ──┘                 └─► congestion controller: number, bytes, moment
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from vizstream.congestion.controller import CongestionController

from .pacer import Packet
from .parity import GROUP, ParityGroup
from .resend import HISTORY, ResendHistory
from .rtp_header import OVERHEAD_BYTES, HeaderWriter
from .srtp import protector
from .train import Train
from .transport import TransportStats

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiortc.rtcrtpparameters import RTCRtpSendParameters


class RtpStream:
    """Make packets of payloads.

    Parameters
    ----------
    spend : callable
        Told of the bytes that go without having waited.

    Attributes
    ----------
    ssrc, rtx_ssrc, parity_ssrc : int
        Of the video, of what is sent again, and of the packets from which lost ones are restored.
    control : CongestionController
        Told of every packet; may be replaced before the first.
    train : Train
        The probe that packets sent one by one belong to.
    history : ResendHistory
        What may be sent again.
    parity_payload_type : int
        Of parity packets; 0 where there are to be none.
    transport_sequence : int
        Transport-wide number of the next packet, not wrapped.
    sent_ns : int
        When a burst was taken last.
    """

    def __init__(self, spend: Callable[[int], None]) -> None:
        self.ssrc = secrets.randbits(32) | 1
        self.rtx_ssrc = self.ssrc ^ 0x55555555
        self.parity_ssrc = self.ssrc ^ 0x33333333
        self.stats = TransportStats()
        self.control = CongestionController()
        self.train = Train()
        self.history = ResendHistory()
        self.parity_payload_type = 0
        self.transport_sequence = 0
        self.sent_ns = 0
        self._spend = spend
        # Payload type of its retransmissions, for that of each codec.
        self._rtx_payload_types: dict[int, int] = {}
        self._headers = HeaderWriter()
        self._encrypt: Callable[[bytes], bytes] = bytes
        self._parity = ParityGroup(self.ssrc)
        # The lower half, so that SRTP's roll-over counter is not guessed wrong when early packets are lost.
        self._sequence = secrets.randbits(15)
        self._rtx_sequence = secrets.randbits(15)
        self._parity_sequence = secrets.randbits(15)
        # What is encrypted and not yet taken.
        self._burst: list[bytes] = []
        # Sizes of the new frames' packets among them: the controller hears of all in one go.
        self._noted: list[int] = []

    def start(self, parameters: RTCRtpSendParameters, session: Any) -> None:
        """Take what was negotiated, and the `pylibsrtp.Session` to encrypt with."""
        for codec in parameters.codecs:
            if codec.name.lower() == "rtx" and codec.payloadType is not None:
                self._rtx_payload_types[int(codec.parameters.get("apt") or 0)] = codec.payloadType
        self._headers = HeaderWriter(parameters)
        self._encrypt = protector(session)

    @property
    def repeats_apart(self) -> bool:
        """Whether packets are sent again in a stream of their own (RFC 4588), and so may be at any time."""
        return bool(self._rtx_payload_types)

    def send_all(self, packets: list[Packet], now_ns: int) -> None:
        """Send packets outside of a probe: new ones that need no parity, which is nearly all, in one loop."""
        if self._protects:
            for packet in packets:
                self.send(packet, now_ns)
            return
        while packets and packets[0].repeats >= 0:
            self.send_again(packets.pop(0), now_ns)
        pack, encrypt, ssrc = self._headers.pack, self._encrypt, self.ssrc
        first, number, burst = self._sequence, self.transport_sequence, self._burst
        sequence, sizes = first, []
        for stamp, marker, payload, _repeats, payload_type in packets:
            header = pack(payload_type, sequence, stamp, ssrc, number, marker=marker)
            burst.append(encrypt(header + payload))
            sizes.append(len(payload) + OVERHEAD_BYTES)
            sequence = (sequence + 1) & 0xFFFF
            number += 1
        self.history.add_all(first, packets)
        self._noted += sizes
        self._sequence, self.transport_sequence = sequence, number
        self.stats.packets += len(packets)
        self.stats.bytes += sum(sizes) - len(packets) * OVERHEAD_BYTES

    def send(self, packet: Packet, now_ns: int) -> None:
        """Send a packet, new or again, that may be one of a probe or need parity."""
        if packet.repeats >= 0:
            self.send_again(packet, now_ns)
            return
        sequence = self._sequence
        self._sequence = (sequence + 1) & 0xFFFF
        self.history.add(sequence, packet)
        self._write(packet.payload_type, sequence, self.ssrc, packet, now_ns)
        if self._protects:
            self._protect(sequence, packet, now_ns)

    def send_again(self, packet: Packet, now_ns: int) -> None:
        """Send a packet again (RFC 4588), or under its old number where the viewer knows no RTX."""
        payload_type = self._rtx_payload_types.get(packet.payload_type)
        if payload_type is None:
            self._write(packet.payload_type, packet.repeats, self.ssrc, packet, now_ns, extra=True)
            return
        packet = packet._replace(payload=packet.repeats.to_bytes(2, "big") + packet.payload)
        self._write_repeated(payload_type, packet, now_ns)

    def sound(self, now_ns: int) -> bool:
        """Send what is only to arrive; return whether there was anything to send.

        A header of the stream of repeated packets with nothing behind it, which browsers report and drop.  A
        packet sent again instead has 400 to 700 bytes: 10 kB, or 3 % of a line of 1 Mbit/s, while a still
        travelled.
        """
        newest = self.history.padding(1)
        if newest is None:
            return False
        payload_type = self._rtx_payload_types.get(newest.payload_type)
        if payload_type is not None:
            self._spend(OVERHEAD_BYTES)
            self._write_repeated(payload_type, newest._replace(payload=b""), now_ns)
        elif (smallest := self.history.padding(HISTORY)) is not None:
            self._spend(len(smallest.payload) + OVERHEAD_BYTES)
            self.send_again(smallest, now_ns)
        return True

    def take(self, now_ns: int) -> list[bytes]:
        """Return the packets, encrypted, that are to leave now."""
        self._note(now_ns)
        burst, self._burst = self._burst, []
        if burst:
            self.sent_ns = now_ns
        return burst

    @property
    def _protects(self) -> bool:
        return bool(self.parity_payload_type) and self.control.protects

    def _protect(self, sequence: int, packet: Packet, now_ns: int) -> None:
        """Add a packet to its group, and send the group's parity when it is full or the frame ends."""
        header = self._headers.pack(
            packet.payload_type, sequence, packet.stamp, self.ssrc, 0, marker=packet.marker
        )
        self._parity.add(sequence, header + packet.payload)
        if not packet.marker and self._parity.packets < GROUP:
            return
        number = self._parity_sequence
        self._parity_sequence = (number + 1) & 0xFFFF
        parity = Packet(packet.stamp, False, self._parity.take())
        self._spend(len(parity.payload) + OVERHEAD_BYTES)
        self._write(self.parity_payload_type, number, self.parity_ssrc, parity, now_ns, extra=True)
        self.stats.parity += 1

    def _write_repeated(self, payload_type: int, packet: Packet, now_ns: int) -> None:
        sequence = self._rtx_sequence
        self._rtx_sequence = (sequence + 1) & 0xFFFF
        self._write(payload_type, sequence, self.rtx_ssrc, packet, now_ns, extra=True)

    def _write(
        self,
        payload_type: int,
        sequence: int,
        ssrc: int,
        packet: Packet,
        now_ns: int,
        *,
        extra: bool = False,
    ) -> None:
        number = self.transport_sequence
        header = self._headers.pack(payload_type, sequence, packet.stamp, ssrc, number, marker=packet.marker)
        self._burst.append(self._encrypt(header + packet.payload))
        size = len(packet.payload) + OVERHEAD_BYTES
        probe = self.train.add(size)
        if probe is None and not extra:
            self._noted.append(size)
        else:
            self._note(now_ns)
            self.control.on_sent(number, size, now_ns, probe, extra=extra)
        self.transport_sequence = number + 1
        self.stats.packets += 1
        self.stats.bytes += len(packet.payload)

    def _note(self, now_ns: int) -> None:
        """Tell the controller of the packets that it has not heard of."""
        if self._noted:
            noted, self._noted = self._noted, []
            self.control.on_sent_run(self.transport_sequence - len(noted), noted, now_ns)
