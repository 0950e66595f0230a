"""Our own RTP receiver over a transport that only writes down what it is given."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiortc import clock, rtp
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters

from vizstream.bench.receiver import Receiver
from vizstream.congestion.feedback import parse_feedback

OURS, THEIRS, TYPE = 11, 22, 97


class Transport:
    """What a receiver needs of a DTLS transport."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.registered = 0

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)

    def _register_rtp_receiver(self, receiver: Any, parameters: Any) -> None:
        self.registered += 1

    def _unregister_rtp_receiver(self, receiver: Any) -> None:
        self.registered -= 1

    def told(self, kind: type) -> list[Any]:
        """Return the packets of a kind; aiortc cannot read padded feedback (type 205)."""
        plain = [data for data in self.sent if data[1] != 205]
        return [one for data in plain for one in rtp.RtcpPacket.parse(data) if isinstance(one, kind)]


def packet(
    sequence: int, stamp: int, *, marker: bool, number: int, payload_type: int = TYPE
) -> rtp.RtpPacket:
    one = rtp.RtpPacket(payload_type, int(marker), sequence, stamp, THEIRS, bytes([sequence]))
    one.extensions.transport_sequence_number = number
    return one


@pytest.fixture
def received():
    """Return what runs a scenario with a started receiver, its transport, and the pictures it gave."""

    def run(scenario) -> None:
        async def whole() -> None:
            transport, pictures = Transport(), []
            receiver = Receiver(transport, lambda mime, picture: pictures.append((mime, picture.stamp)))
            receiver._set_rtcp_ssrc(OURS)
            codecs = [
                RTCRtpCodecParameters("video/VP8", 90000, payloadType=TYPE),
                RTCRtpCodecParameters("video/rtx", 90000, payloadType=TYPE + 1, parameters={"apt": TYPE}),
            ]
            await receiver.receive(RTCRtpReceiveParameters(codecs=codecs))
            try:
                await scenario(receiver, transport, pictures)
            finally:
                await receiver.stop()
            assert transport.registered == 0

        asyncio.run(asyncio.wait_for(whole(), 20))

    return run


async def until(condition) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_a_picture_is_given_out_at_its_last_packet(received) -> None:
    async def scenario(receiver, _transport, pictures) -> None:
        await receiver._handle_rtp_packet(packet(1, 10, marker=False, number=1), 0)
        assert pictures == []
        await receiver._handle_rtp_packet(packet(2, 10, marker=True, number=2), 0)
        assert pictures == [("video/VP8", 10)]

    received(scenario)


def test_all_that_arrives_is_reported_repeated_packets_too(received) -> None:
    async def scenario(receiver, transport, pictures) -> None:
        await receiver._handle_rtp_packet(packet(1, 10, marker=True, number=5), 0)
        await receiver._handle_rtp_packet(packet(9, 10, marker=True, number=7, payload_type=TYPE + 1), 0)
        await until(lambda: transport.sent)
        (feedback,) = parse_feedback(transport.sent[0], 7)
        assert [number for number, _at in feedback.arrivals] == [5, 7]
        assert len(pictures) == 1

    received(scenario)


def test_a_loss_asks_for_a_keyframe(received) -> None:
    async def scenario(receiver, transport, pictures) -> None:
        await receiver._handle_rtp_packet(packet(1, 10, marker=True, number=1), 0)
        await receiver._handle_rtp_packet(packet(3, 20, marker=True, number=3), 0)
        (wish,) = transport.told(rtp.RtcpPsfbPacket)
        assert (wish.fmt, wish.ssrc, wish.media_ssrc) == (rtp.RTCP_PSFB_PLI, OURS, THEIRS)
        assert receiver.lost == 1

    received(scenario)


def test_reports_are_answered_and_tell_the_clock(received) -> None:
    async def scenario(receiver, transport, _pictures) -> None:
        await receiver._handle_rtp_packet(packet(1, 10, marker=True, number=1), 0)
        ntp = clock.current_ntp_time()
        before_ns = time.monotonic_ns()
        info = rtp.RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=4711, packet_count=1, octet_count=1)
        await receiver._handle_rtcp_packet(rtp.RtcpSrPacket(ssrc=THEIRS, sender_info=info))
        stamp, at_ns = receiver.origin
        assert stamp == 4711
        assert abs(at_ns - before_ns) < 1e9
        await until(lambda: any(r.reports[0].lsr for r in transport.told(rtp.RtcpRrPacket)))
        report = next(r.reports[0] for r in transport.told(rtp.RtcpRrPacket) if r.reports[0].lsr)
        assert report.lsr == ntp >> 16 & 0xFFFFFFFF
        assert report.ssrc == THEIRS

    received(scenario)
