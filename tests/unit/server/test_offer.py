"""Offers: narrowed to one codec, cleaned of what aiortc cannot take, refused when they make no sense."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiortc import sdp

from vizstream.errors import ProtocolError
from vizstream.server.offer import (
    MAX_CANDIDATES,
    MAX_MEDIA,
    MAX_SDP_BYTES,
    extend_aiortc,
    may_be_checked,
    read_candidates,
    read_offer,
)
from vizstream.server.peer import Peer

extend_aiortc()

_HEAD = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic: WMS
"""
_TRANSPORT = """c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:0123456789abcdef01234567
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
""".format(fingerprint=":".join(["AB"] * 32))
_CODECS = """a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:39 H264/90000
a=rtcp-fb:39 nack
a=rtcp-fb:39 nack pli
a=rtcp-fb:39 ccm fir
a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
a=rtpmap:40 rtx/90000
a=fmtp:40 apt=39
a=rtpmap:100 VP9/90000
a=fmtp:100 profile-id=2
a=rtpmap:101 rtx/90000
a=fmtp:101 apt=100
a=rtpmap:98 VP9/90000
a=rtcp-fb:98 nack
a=fmtp:98 profile-id=0
a=rtpmap:35 VP9/90000
a=fmtp:35 profile-id=1
a=rtpmap:45 AV1/90000
a=fmtp:45 level-idx=5;profile=0;tier=0
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
"""
_VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96 97 39 40 100 101 98 35 45 46
{_TRANSPORT}a=mid:0
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=recvonly
a=rtcp-mux
{_CODECS}"""
_DATA = f"""m=application 9 UDP/DTLS/SCTP webrtc-datachannel
{_TRANSPORT}a=mid:1
a=sctp-port:5000
a=max-message-size:262144
"""


def _offer(*sections: str) -> str:
    return (_HEAD + "".join(sections or (_VIDEO, _DATA))).replace("\n", "\r\n")


def test_all_that_may_be_sent_is_answered_and_nothing_else() -> None:
    offer = read_offer(_offer())
    assert {codec.name: payload_type for codec, payload_type in offer.payload_types.items()} == {
        "h264-high": 39,
        "av1": 45,
        "vp9": 98,
        "vp9-444": 35,
        "vp8": 96,
    }
    video = sdp.SessionDescription.parse(offer.sdp).media[0]
    assert sorted(video.fmt) == sorted(entry.payloadType for entry in offer.answer)
    assert {100, 101}.isdisjoint(video.fmt)
    parameters = {entry.payloadType: entry.parameters for entry in offer.answer}
    assert parameters[39]["profile-level-id"] == "640034"
    assert parameters[45] == {"level-idx": "5", "profile": "0", "tier": "0"}
    assert (parameters[98], parameters[35]) == ({"profile-id": "0"}, {"profile-id": "1"})
    assert (parameters[40], parameters[46]) == ({"apt": 39}, {"apt": 45})
    feedback = {entry.payloadType: [item.type for item in entry.rtcpFeedback] for entry in offer.answer}
    assert (feedback[39], feedback[98]) == (["nack", "nack", "ccm"], ["nack"])


def test_only_the_codec_that_was_asked_for() -> None:
    offer = read_offer(_offer(), "av1")
    assert [codec.name for codec in offer.payload_types] == ["av1"]
    assert sdp.SessionDescription.parse(offer.sdp).media[0].fmt == [45, 46]


def test_the_answer_is_ours_to_the_letter() -> None:
    async def scenario() -> str:
        peer = Peer(0, on_keyframe=print, on_alive=print, on_channel=print, on_state=print)
        try:
            return await peer.answer(read_offer(_offer()))
        finally:
            await peer.close()

    answer = asyncio.run(scenario())
    for line in (
        "m=video 9 UDP/TLS/RTP/SAVPF 39 45 98 35 96 97 40 46",
        "a=fmtp:39 packetization-mode=1;profile-level-id=640034;level-asymmetry-allowed=1",
        "a=fmtp:45 profile=0;level-idx=5;tier=0",
        "a=fmtp:35 profile-id=1",
        "a=fmtp:46 apt=45",
    ):
        assert re.sub(r"m=video \d+", "m=video 9", answer).count(f"{line}\r\n") == 1, answer


def test_names_that_cannot_be_resolved_are_left_out() -> None:
    lines = (
        "a=candidate:1 1 udp 2113937151 0d1e2f3a.local 50000 typ host\n"
        "a=candidate:2 1 udp 2113937151 192.0.2.9 50001 typ host\n"
        "a=end-of-candidates\n"
    )
    media = sdp.SessionDescription.parse(read_offer(_offer(_VIDEO + lines, _DATA)).sdp).media[0]
    assert [candidate.ip for candidate in media.ice_candidates] == ["192.0.2.9"]
    assert not media.ice_candidates_complete


@pytest.mark.parametrize(
    ("address", "checked"),
    [
        ("192.0.2.9", True),
        ("127.0.0.1", True),
        ("2001:db8::1", True),
        ("ab.local", False),
        ("evil.example", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
    ],
)
def test_what_checks_may_be_sent_to(address: str, checked: bool) -> None:
    assert may_be_checked(address) is checked


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=rtcp:9 IN IP4 0.0.0.0\n", ""),
        ("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:60761 IN IP4 0d1e2f3a.local"),
        ("c=IN IP4 0.0.0.0", "c=IN IP4 0d1e2f3a.local"),
    ],
)
def test_firefox_offers_before_and_after_it_has_gathered(old: str, new: str) -> None:
    video = sdp.SessionDescription.parse(read_offer(_offer(_VIDEO.replace(old, new), _DATA)).sdp).media[0]
    assert video.rtcp_mux
    assert (video.host, video.rtcp_host) == ("0.0.0.0", "0.0.0.0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 video sections"),
        ("hello", "not valid|0 video sections"),
        (_offer(_DATA), "0 video sections"),
        (_offer(_VIDEO, _VIDEO), "2 video sections"),
        (_offer(_VIDEO, *[_DATA] * MAX_MEDIA), "media sections"),
        (_offer(_VIDEO.replace("a=ice-pwd", "a=x-pwd")), "ICE"),
        (_offer(_VIDEO.replace("0123456789abcdef01234567", "short"), _DATA), "ICE"),
        (_offer(_VIDEO + "a=candidate:1 1 udp 1 192.0.2.9 9 typ host\n" * 200, _DATA), "candidates"),
        (_offer(_VIDEO.replace("a=fingerprint", "a=x-print")), "fingerprint|not valid"),
        (_offer(_VIDEO.replace("a=rtpmap:96 VP8/90000", "a=rtpmap:what")), "not valid"),
        ("v=0\r\n" + "a=x\r\n" * MAX_SDP_BYTES, "bytes"),
    ],
)
def test_offers_that_make_no_sense_are_refused(text: str, words: str) -> None:
    with pytest.raises(ProtocolError, match=words) as caught:
        read_offer(text)
    assert caught.value.reason == "sdp"


def test_no_codec_in_common_is_a_refusal_of_its_own() -> None:
    text = _offer(
        re.sub("VP8|VP9|AV1", "H265", _VIDEO).replace("packetization-mode=1", "packetization-mode=0"), _DATA
    )
    with pytest.raises(ProtocolError, match="H265") as caught:
        read_offer(text)
    assert caught.value.reason == "codec"


_LINE = "a=candidate:1 1 udp 2113937151 192.0.2.9 50001 typ host"


def test_trickled_candidates() -> None:
    fragment = (
        f"a=ice-ufrag:x\r\na=mid:0\r\n{_LINE}\r\na=mid:1\r\n{_LINE.replace('192.0.2.9', 'ab.local')}\r\n"
    )
    assert read_candidates(fragment) == [("0", _LINE[len("a=candidate:") :])]


@pytest.mark.parametrize(
    "fragment",
    [
        _LINE,
        "a=mid:0\na=candidate:1 1 udp",
        "a=mid:0\na=candidate:1 1 udp one 192.0.2.9 9 typ host",
        "a=mid:0\n" + f"{_LINE}\n" * (MAX_CANDIDATES + 1),
    ],
)
def test_fragments_that_are_refused(fragment: str) -> None:
    with pytest.raises(ProtocolError):
        read_candidates(fragment)
