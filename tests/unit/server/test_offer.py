"""Offers: narrowed to one codec, cleaned of what aiortc cannot take, refused when they make no sense."""

from __future__ import annotations

import pytest
from aiortc import sdp

from vizstream.errors import ProtocolError
from vizstream.server.offer import (
    MAX_CANDIDATES,
    MAX_MEDIA,
    MAX_SDP_BYTES,
    extend_aiortc,
    read_candidates,
    read_offer,
)

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
"""
_VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96 97 39 40
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


def test_only_the_best_codec_and_its_retransmission_remain() -> None:
    offer = read_offer(_offer())
    assert offer.codec.name == "h264-high"
    video = sdp.SessionDescription.parse(offer.sdp).media[0]
    assert [codec.payloadType for codec in video.rtp.codecs] == [39, 40]
    assert video.fmt == [39, 40]


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
        _VIDEO.replace("VP8", "H265").replace("packetization-mode=1", "packetization-mode=0"), _DATA
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
    [_LINE, "a=mid:0\na=candidate:1 1 udp", "a=mid:0\n" + f"{_LINE}\n" * (MAX_CANDIDATES + 1)],
)
def test_fragments_that_are_refused(fragment: str) -> None:
    with pytest.raises(ProtocolError):
        read_candidates(fragment)
