"""The private parts of aiortc that we lean on.  When one of these fails after an upgrade, so do we."""

from __future__ import annotations

import inspect

import aiortc
from aiortc import rtcdtlstransport, rtcpeerconnection, rtp
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcdtlstransport import RTCDtlsTransport, RtpRouter
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtcsctptransport import RTCSctpTransport

from vizstream.media.codecs import CODECS as OURS
from vizstream.server.offer import extend_aiortc
from vizstream.server.rtp_header import PLAYOUT_DELAY_URI
from vizstream.server.sender import VideoSender


def test_the_version_is_the_one_that_was_read() -> None:
    known = ("1.15.", "1.16.")
    assert aiortc.__version__.startswith(known), "read rtcrtpsender.py again, then widen this"


def test_a_transceiver_keeps_its_sender_where_we_put_ours() -> None:
    source = inspect.getsource(aiortc.RTCRtpTransceiver)
    assert "self.__sender = sender" in source
    assert "return self.__sender" in source


def test_the_codecs_of_an_answer_can_be_replaced() -> None:
    source = inspect.getsource(rtcpeerconnection)
    assert "transceiver._codecs = common" in source
    assert source.count("codecs=transceiver._codecs,") == 3, "the answer, what is sent, what is received"
    assert "fmt=[c.payloadType for c in transceiver._codecs]" in source


def test_our_sender_offers_all_that_aiortc_reads_of_one() -> None:
    used = {"send", "stop", "setTransport", "_handle_rtcp_packet", "transport", "track", "kind"}
    used |= {"_ssrc", "_rtx_ssrc", "_stream_id", "_track_id", "_enabled"}
    ours = VideoSender(transport=None, rtp_offset=0, on_keyframe=print, on_alive=print)  # type: ignore[arg-type]
    assert {name for name in used if not hasattr(ours, name)} == set()
    theirs = set(inspect.signature(RTCRtpSender.send).parameters)
    assert theirs == set(inspect.signature(VideoSender.send).parameters)


def test_transports_have_what_our_sender_calls() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    for part in (
        "self._tx_srtp = Session(tx_policy)",
        "def _register_rtp_sender",
        "def _unregister_rtp_sender",
    ):
        assert part in source
    assert "senders: dict[int, RtpSender]" in inspect.getsource(RtpRouter)
    from aioice import Connection
    from aioice.turn import TurnTransport

    # Whoever sends around a relay's transport would send around the relay.
    assert TurnTransport(None).get_extra_info("socket") is None  # type: ignore[arg-type]
    assert "self._nominated.get(component)" in inspect.getsource(Connection.sendto)


def test_all_that_arrives_goes_through_one_place_that_can_be_replaced() -> None:
    from aioice.ice import Connection, StunProtocol

    source = inspect.getsource(StunProtocol)
    assert source.count("self.receiver.data_received(") == 1
    assert list(inspect.signature(Connection.data_received).parameters) == ["self", "data", "component"]
    source = inspect.getsource(RTCDtlsTransport)
    assert "self._rx_srtp = Session(rx_policy)" in source
    assert source.count("self._rx_srtp.unprotect_rtcp(") == 1
    assert issubclass(rtcdtlstransport.pylibsrtp.Error, Exception)


def test_the_tables_can_be_extended_twice_without_harm() -> None:
    extend_aiortc()
    before = (len(CODECS["video"]), len(HEADER_EXTENSIONS["video"]))
    extend_aiortc()
    assert (len(CODECS["video"]), len(HEADER_EXTENSIONS["video"])) == before
    assert {codec.mime_type for codec in OURS} <= {codec.mimeType for codec in CODECS["video"]}
    assert [e.uri for e in HEADER_EXTENSIONS["video"]].count(PLAYOUT_DELAY_URI) == 1
    assert len({e.id for entries in HEADER_EXTENSIONS.values() for e in entries}) == 5
    assert 41 in rtp.DYNAMIC_PAYLOAD_TYPES


def test_acknowledgements_are_sent_from_one_place_that_can_be_replaced() -> None:
    source = inspect.getsource(RTCSctpTransport)
    assert source.count("self._send_sack()") == 1
    assert "if self._sack_needed:\n            await self._send_sack()" in source
    assert "self._sack_misordered: set[int]" in source
    assert "self._sack_duplicates: list[int]" in source


def test_all_chunks_go_through_one_place_that_can_be_replaced() -> None:
    source = inspect.getsource(RTCSctpTransport)
    assert source.count("async def _send_chunk(self, chunk: Chunk) -> None:") == 1
    assert source.count("_send_data(") == 1
