"""Our RTP sender over a transport that only writes down what it is given."""

from __future__ import annotations

import asyncio
import struct
import time
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pylibsrtp
import pytest
from aiortc import rtp
from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
    RTCRtpSendParameters,
)

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.codecs import CODECS, Codec
from vizstream.media.rung import EncodedFrame
from vizstream.server.resend import HISTORY, RETRANSMIT_BURST_BYTES
from vizstream.server.rtp_header import MID_URI, PLAYOUT_DELAY_URI, TRANSPORT_CC_URI
from vizstream.server.sender import BACKLOG_PACKETS, SOUND_NS, VideoSender

#: Seconds from NTP's epoch, 1900, to Unix's.
NTP_EPOCH_S = 2_208_988_800


class Transport:
    """What a sender needs of a DTLS transport; packets are kept in clear."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.registered = 0
        self._tx_srtp = SimpleNamespace(protect=lambda data: data, protect_rtcp=lambda data: data)
        pair = SimpleNamespace(protocol=SimpleNamespace(transport=self), remote_addr=("192.0.2.1", 9))
        self._rx_srtp = SimpleNamespace(unprotect_rtcp=lambda data: data)
        #: What is left to aiortc.
        self.passed_on: list[bytes] = []
        self.connection = SimpleNamespace(
            _nominated={1: pair}, data_received=lambda data, _component: self.passed_on.append(data)
        )
        self.transport = SimpleNamespace(_connection=self.connection)

    def receive(self, data: bytes) -> None:
        self.connection.data_received(data, 1)

    def get_extra_info(self, name: str) -> None:
        assert name == "socket"

    def sendto(self, data: bytes, addr: tuple[str, int]) -> None:
        assert addr == ("192.0.2.1", 9)
        self.sent.append(data)

    def _register_rtp_sender(self, sender: Any, parameters: Any) -> None:
        self.registered += 1

    def _unregister_rtp_sender(self, sender: Any) -> None:
        self.registered -= 1

    @property
    def media(self) -> list[rtp.RtpPacket]:
        return [rtp.RtpPacket.parse(data) for data in self.sent if not rtp.is_rtcp(data)]


class Bench:
    """A started sender."""

    def __init__(self, *, rtx: bool = True) -> None:
        self.transport = Transport()
        self.keyframes: list[bool] = []
        self.alive = 0
        self.sender = VideoSender(
            self.transport,  # type: ignore[arg-type]
            rtp_offset=0xFFFFFFF0,
            on_keyframe=lambda *, joining: self.keyframes.append(joining),
            on_alive=self._heard,
        )
        self.rtx = rtx

    def _heard(self) -> None:
        self.alive += 1

    async def __aenter__(self) -> Bench:
        codecs = [RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=102)]
        if self.rtx:
            rtx = RTCRtpCodecParameters(mimeType="video/rtx", clockRate=90000, payloadType=103)
            rtx.parameters = {"apt": 102}
            other = RTCRtpCodecParameters(mimeType="video/rtx", clockRate=90000, payloadType=46)
            other.parameters = {"apt": 45}
            codecs += [rtx, other]
        extensions = [
            RTCRtpHeaderExtensionParameters(id=1, uri=MID_URI),
            RTCRtpHeaderExtensionParameters(id=5, uri=PLAYOUT_DELAY_URI),
            RTCRtpHeaderExtensionParameters(id=6, uri=TRANSPORT_CC_URI),
        ]
        self.sender.payload_types = {CODECS[0]: 102, CODECS[3]: 45}
        await self.sender.send(
            RTCRtpSendParameters(
                codecs=codecs, headerExtensions=extensions, muxId="0", rtcp=RTCRtcpParameters(cname="me")
            )
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.sender.stop()
        assert self.transport.registered == 0

    async def nack(self, *sequences: int) -> None:
        packet = rtp.RtcpRtpfbPacket(fmt=rtp.RTCP_RTPFB_NACK, ssrc=1, media_ssrc=self.sender._ssrc)
        packet.lost = list(sequences)
        self.transport.receive(bytes(packet))


def _frame(
    packets: int = 3,
    *,
    keyframe: bool = False,
    rtp_time: int = 100,
    size: int = 100,
    codec: Codec = CODECS[0],
) -> EncodedFrame:
    info = FrameInfo(1, 64, 64, 0, 0, 0, 0, 0)
    payloads = [bytes([index % 256]) * size for index in range(packets)]
    return EncodedFrame(payloads, rtp_time, keyframe, info, 0, 0, codec)


def test_a_codec_is_changed_by_its_payload_type() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            for rtp_time, codec in ((100, CODECS[0]), (200, CODECS[3]), (300, CODECS[0])):
                assert bench.sender.push(_frame(1, keyframe=True, rtp_time=rtp_time, codec=codec)) is not None
            await _drained(bench)
            media = [p for p in bench.transport.media if p.ssrc == bench.sender._ssrc]
            assert [packet.payload_type for packet in media] == [102, 45, 102]
            assert len({packet.sequence_number for packet in media}) == 3
            await bench.nack(media[1].sequence_number)
            await _drained(bench)
            again = [p for p in bench.transport.media if p.ssrc == bench.sender._rtx_ssrc]
            assert 46 in {packet.payload_type for packet in again}

    asyncio.run(scenario())


def test_it_starts_at_a_keyframe_and_asks_for_one() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            assert bench.keyframes == [True]
            assert bench.sender.push(_frame()) is None
            assert bench.sender.push(_frame(keyframe=True)) is not None
            assert bench.sender.push(_frame()) is not None
            await _drained(bench)
            assert len([p for p in bench.transport.media if p.ssrc == bench.sender._ssrc]) == 6

    asyncio.run(scenario())


def test_headers() -> None:
    async def scenario() -> None:
        async with Bench(rtx=False) as bench:
            bench.sender.push(_frame(keyframe=True, rtp_time=32))
            await _drained(bench)
            packets = bench.transport.media
            assert [packet.marker for packet in packets] == [0, 0, 1]
            assert {packet.timestamp for packet in packets} == {16}, "the time stamp wraps"
            assert {packet.payload_type for packet in packets} == {102}
            assert {packet.ssrc for packet in packets} == {bench.sender._ssrc}
            first = packets[0].sequence_number
            assert [packet.sequence_number for packet in packets] == [first, first + 1, first + 2]
            assert first < 2**15
            header = bench.transport.sent[0]
            assert struct.unpack_from("!H", header, 12)[0] == 0xBEDE
            length = struct.unpack_from("!H", header, 14)[0] * 4
            found = dict(rtp.unpack_header_extensions(0xBEDE, header[16 : 16 + length]))
            assert found == {1: b"0", 5: b"\0\0\0", 6: b"\0\0"}, "playout delay 0 to 0"
            numbers = [
                dict(rtp.unpack_header_extensions(0xBEDE, data[16 : 16 + length]))[6]
                for data in bench.transport.sent
            ]
            assert numbers == [b"\0\0", b"\0\1", b"\0\2"]

    asyncio.run(scenario())


async def _drained(bench: Bench) -> None:
    while len(bench.sender._pacer) or bench.sender.stream.train.active:
        await asyncio.sleep(0.001)


def test_a_keyframe_does_not_leave_in_one_burst() -> None:
    async def scenario() -> None:
        async with Bench(rtx=False) as bench:
            began, limit = time.monotonic(), bench.sender.control.pacing_bps
            bench.sender.push(_frame(20, keyframe=True, size=1000))
            assert len(bench.transport.media) < 5
            bench.sender.push(_frame(2))
            await _drained(bench)
            sequences = [packet.sequence_number for packet in bench.transport.media]
            assert sequences == list(range(sequences[0], sequences[0] + 22)), "in order"
            rate = 20 * 1072 * 8 / (time.monotonic() - began)
            assert rate < 1.2 * limit

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_an_overflow_drops_all_and_starts_again_at_a_keyframe() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.push(_frame(BACKLOG_PACKETS, keyframe=True))
            assert bench.sender.push(_frame(100)) is None
            assert bench.keyframes == [True, False]
            assert bench.sender.push(_frame(1)) is None
            assert bench.sender.push(_frame(1, keyframe=True)) is not None
            assert bench.sender.stats.overflows == 1

    asyncio.run(scenario())


def test_time_stamps_grow_even_where_two_rungs_encode_one_picture() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            stamps = [
                bench.sender.push(_frame(keyframe=True, rtp_time=time)) for time in (500, 500, 400, 9000)
            ]
            assert [(stamp - stamps[0]) % 2**32 for stamp in stamps] == [0, 2, 4, 8500]

    asyncio.run(scenario())


def test_the_lowest_bit_of_a_time_stamp_says_whether_the_picture_was_sent_before() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            plan = [(500, False), (501, True), (502, False), (502, True), (9001, False)]
            stamps = [
                bench.sender.push(_frame(keyframe=True, rtp_time=time), again=again) for time, again in plan
            ]
            assert [bool(stamp & 1) for stamp in stamps] == [again for _time, again in plan]
            assert all(0 < (b - a) % 2**32 < 9000 for a, b in pairwise(stamps))

    asyncio.run(scenario())


def test_a_full_queue_asks_the_encoder_to_wait() -> None:
    async def scenario() -> None:
        async with Bench(rtx=False) as bench:
            assert bench.sender.may_encode()
            bench.sender.push(_frame(50, keyframe=True, size=1000))
            assert not bench.sender.may_encode()

    asyncio.run(scenario())


def test_transport_feedback_reaches_the_controller_and_aiortc() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.push(_frame(keyframe=True))
            await _drained(bench)
            sent = bench.sender.stream.transport_sequence
            assert bench.sender.control.in_flight_bytes > 0
            # One run-length chunk of small deltas, 2 ms apart (draft-holmer-rmcat-transport-wide-cc, 3.1).
            fci = struct.pack("!HHHBBH", 0, sent, 1, 0, 0, 0x2000 | sent) + bytes([8]) * sent
            fci += bytes(-len(fci) % 4)
            data = struct.pack("!BBHLL", 0x8F, 205, 2 + len(fci) // 4, 1, bench.sender._ssrc) + fci
            bench.transport.receive(data)
            assert bench.sender.control.in_flight_bytes == 0
            heard = bench.alive
            bench.transport.receive(data[:17])
            assert bench.alive == heard + 1, "malformed feedback is survived"
            assert bench.transport.passed_on == []

    asyncio.run(asyncio.wait_for(scenario(), 10))


@pytest.mark.parametrize("rtx", [True, False])
def test_a_lost_packet_is_sent_again_once(rtx: bool) -> None:
    async def scenario() -> None:
        async with Bench(rtx=rtx) as bench:
            bench.sender.push(_frame(keyframe=True))
            await _drained(bench)
            before = len(bench.transport.media)
            lost = bench.transport.media[1]
            for _request in range(20):
                await bench.nack(lost.sequence_number, (lost.sequence_number + 9999) % 2**16)
            await _drained(bench)
            again = bench.transport.media[before:]
            assert len(again) == 1
            if rtx:
                assert again[0].payload_type == 103
                assert again[0].ssrc == bench.sender._rtx_ssrc
                assert again[0].payload == struct.pack("!H", lost.sequence_number) + lost.payload
            else:
                assert again[0].sequence_number == lost.sequence_number
                assert again[0].payload == lost.payload
            assert again[0].timestamp == lost.timestamp
            assert bench.sender.stats.retransmitted == 1

    asyncio.run(scenario())


def test_retransmissions_have_a_budget() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.control.max_bps = 10**9
            bench.sender.control._rate.bps = 10**9
            for _frame_number in range(48):
                bench.sender.push(_frame(20, keyframe=True, size=1100))
                await _drained(bench)
            sent = [p for p in bench.transport.media if p.ssrc == bench.sender._ssrc]
            await bench.nack(*[packet.sequence_number for packet in sent])
            again = bench.sender.stats.retransmitted
            assert again <= len(sent) * 0.2 + RETRANSMIT_BURST_BYTES / 1100 + 1
            assert again >= RETRANSMIT_BURST_BYTES / 1100

    asyncio.run(scenario())


def test_what_takes_too_long_to_repeat_is_given_up_for_a_keyframe() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            control = bench.sender.control
            control._rate.bps = 10**7
            bench.sender.push(_frame(40, keyframe=True, size=1000))
            await _drained(bench)
            media = [p for p in bench.transport.media if p.ssrc == bench.sender.ssrc]
            few = [packet.sequence_number for packet in media[:2]]
            many = [packet.sequence_number for packet in media[2:]]
            control._rate.bps = 250_000
            await bench.nack(*few)
            assert bench.keyframes == [True], "this is quickly repeated"
            await bench.nack(*many)
            assert bench.keyframes == [True, False]
            assert bench.sender.push(_frame(1)) is None
            await bench.nack(*many)
            assert bench.keyframes == [True, False], "once is enough"
            assert len(bench.sender._pacer) == 0
            assert bench.sender.push(_frame(2, keyframe=True)) is not None
            control._rate.bps = 10**7
            await _drained(bench)
            await bench.nack(bench.sender.stream._sequence - 1)
            await _drained(bench)
            assert bench.sender.stats.retransmitted > len(many), "what came since is repeated"

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_something_is_sent_to_learn_that_a_full_line_has_drained() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.control._rate.bps = 10**7
            bench.sender.push(_frame(40, keyframe=True, size=1000))
            await _drained(bench)
            bench.sender.control._rate.bps = 250_000
            assert bench.sender.control.congested
            sent = len(bench.transport.sent)
            bench.sender.tick()
            assert len(bench.transport.sent) == sent, "the next frame will tell"
            bench.sender._abandon()
            bench.sender.tick()
            assert len(bench.transport.sent) == sent + 1

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_the_queue_is_sounded_where_nothing_else_is_sent() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.sound()
            assert not bench.transport.sent, "nothing yet to send again"
            bench.sender.push(_frame(keyframe=True))
            await _drained(bench)
            sent = len(bench.transport.sent)
            bench.sender.sound()
            assert len(bench.transport.sent) == sent
            padding = bench.sender.stats.padding
            bench.sender.stream.sent_ns -= SOUND_NS
            for _look in range(3):
                bench.sender.sound()
            assert len(bench.transport.sent) == sent + 1
            sounding = bench.transport.media[-1]
            assert (sounding.ssrc, sounding.payload_type) == (bench.sender._rtx_ssrc, 103)
            assert sounding.payload == b"", "a line that a still travels on has better to carry"
            assert bench.sender.stats.padding == padding + 1

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_without_rtx_the_smallest_packet_sounds_the_queue() -> None:
    async def scenario() -> None:
        async with Bench(rtx=False) as bench:
            bench.sender.push(_frame(1, size=40, keyframe=True))
            bench.sender.push(_frame(3, size=900))
            await _drained(bench)
            first = bench.transport.media[0]
            bench.sender.stream.sent_ns -= SOUND_NS
            bench.sender.sound()
            sounding = bench.transport.media[-1]
            assert (sounding.ssrc, sounding.sequence_number) == (first.ssrc, first.sequence_number)
            assert sounding.payload == first.payload

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_history_is_bounded() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.control._rate.bps = 10**9
            for _frame_number in range(HISTORY // 20 + 2):
                bench.sender.push(_frame(20, keyframe=True))
                await _drained(bench)
            oldest = bench.transport.media[0].sequence_number
            await bench.nack(oldest)
            assert bench.sender.stats.retransmitted == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("fmt", [rtp.RTCP_PSFB_PLI, rtp.RTCP_PSFB_FIR])
def test_a_lost_decoder_asks_for_a_keyframe(fmt: int) -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            packet = rtp.RtcpPsfbPacket(fmt=fmt, ssrc=1, media_ssrc=bench.sender._ssrc)
            bench.transport.receive(bytes(packet))
            assert bench.keyframes == [True, False]
            assert bench.alive == 1
            await bench.sender._handle_rtcp_packet(packet)
            assert bench.keyframes == [True, False, False]
            other = rtp.RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_PLI, ssrc=1, media_ssrc=bench.sender._rtx_ssrc)
            bench.transport.receive(bytes(other))
            assert bench.keyframes == [True, False, False]

    asyncio.run(scenario())


def test_what_is_not_rtcp_is_left_to_aiortc() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            others = [b"", b"\x16dtls", b"\x80\x66rtp", b"\x00stun"]
            for data in others:
                bench.transport.receive(data)
            assert bench.transport.passed_on == others
            assert bench.alive == 0

    asyncio.run(scenario())


def test_what_cannot_be_decrypted_is_dropped() -> None:
    def refuse(_data: bytes) -> bytes:
        raise pylibsrtp.Error("replay")

    async def scenario() -> None:
        async with Bench() as bench:
            bench.transport._rx_srtp.unprotect_rtcp = refuse
            bench.transport.receive(bytes(rtp.RtcpRrPacket(ssrc=1)))
            assert (bench.alive, bench.transport.passed_on) == (0, [])

    asyncio.run(scenario())


def test_parity_protects_each_frame_of_a_line_that_loses() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.allow_parity(49)
            bench.sender.push(_frame(3, keyframe=True))
            await _drained(bench)
            assert bench.sender.stats.parity == 0, "a line that loses nothing needs none"
            bench.sender.control._protection.on = True
            bench.sender.push(_frame(3, rtp_time=4000))
            bench.sender.push(_frame(10, rtp_time=8000))
            await _drained(bench)
            media = [p for p in bench.transport.media if p.ssrc == bench.sender._ssrc]
            parity = [p for p in bench.transport.media if p.ssrc == bench.sender.parity_ssrc]
            assert [p.payload_type for p in parity] == [49, 49, 49]
            assert [p.timestamp for p in parity] == [p.timestamp for p in (media[3], media[6], media[6])]
            first, second, third = parity
            assert second.sequence_number == (first.sequence_number + 1) & 0xFFFF
            firsts = [int.from_bytes(p.payload[16:18], "big") for p in parity]
            assert firsts == [media[n].sequence_number for n in (3, 6, 14)]
            assert [int.from_bytes(p.payload[18:20], "big").bit_count() - 1 for p in parity] == [3, 8, 2]
            assert {p.marker for p in (first, second, third)} == {0}

    asyncio.run(scenario())


def test_reports_give_loss_and_round_trip_time() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.push(_frame(keyframe=True))
            while not any(rtp.is_rtcp(data) for data in bench.transport.sent):
                await asyncio.sleep(0.01)
            report, name = rtp.RtcpPacket.parse(next(d for d in bench.transport.sent if rtp.is_rtcp(d)))
            assert isinstance(report, rtp.RtcpSrPacket)
            assert isinstance(name, rtp.RtcpSdesPacket)
            assert report.sender_info.packet_count >= 3
            # Its two times are one moment: that of the day, and that of the clock which stamps frames.
            age_s = time.time() - (report.sender_info.ntp_timestamp / 2**32 - NTP_EPOCH_S)
            expected = int((time.monotonic() - age_s) * 90000) + 0xFFFFFFF0
            apart = (report.sender_info.rtp_timestamp - expected + 2**31) % 2**32 - 2**31
            assert abs(apart) < 0.05 * 90000
            lsr = (report.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF
            info = rtp.RtcpReceiverInfo(
                ssrc=bench.sender._ssrc,
                fraction_lost=64,
                packets_lost=1,
                highest_sequence=1,
                jitter=0,
                lsr=lsr,
                dlsr=0,
            )
            bench.transport.receive(bytes(rtp.RtcpRrPacket(ssrc=1, reports=[info])))
            assert bench.sender.control.loss == 0.25
            assert 0 < bench.sender.control.rtt_ms < 1000

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_a_stopped_sender_sends_nothing_and_may_be_stopped_again() -> None:
    async def scenario() -> None:
        async with Bench() as bench:
            bench.sender.push(_frame(50, keyframe=True, size=1000))
            sent = len(bench.transport.media)
            await bench.sender.stop()
            assert bench.sender.push(_frame(keyframe=True)) is None
            await asyncio.sleep(0.02)
            assert len(bench.transport.media) == sent < 50

    asyncio.run(scenario())
