"""Reading a viewer's SDP offer: what may be in it, and which codecs we answer with.

We answer with all that we may want to send: a viewer is then moved from one codec to another by payload type
alone, at a keyframe, when its line or the machine changes.  The offer is narrowed to those *before* aiortc
sees it, by its own SDP classes rather than by text surgery.  aiortc's answer would name the wrong profile of
VP9 and AV1, which it does not compare, and its own level of H.264; so the answer's codecs are written here
as well.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiortc import rtp, sdp
from aiortc.codecs import CODECS as AIORTC_CODECS
from aiortc.codecs import HEADER_EXTENSIONS, is_rtx
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)

from vizstream.errors import ProtocolError
from vizstream.media.codecs import CLOCK_RATE_HZ, CODECS, Codec, matches

from .parity import MIME_TYPE as PARITY_MIME_TYPE
from .rtp_header import PLAYOUT_DELAY_URI, TRANSPORT_CC_URI

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of SDP that we read.  Chromium's offer for one video has 6 kB, Firefox's 3 kB.
MAX_SDP_BYTES = 64 * 1024
#: Media sections: video, data, and the audio that some WHEP players add.
MAX_MEDIA = 4
#: Candidates in one media section or patch.
MAX_CANDIDATES = 32
#: Candidates in one offer, beyond which it is refused unread: 64 kB of them take the parser 10 ms.
MAX_OFFERED_CANDIDATES = MAX_MEDIA * MAX_CANDIDATES

#: A user name fragment and password of ICE (RFC 8839, section 5.4); aioice finds fault with others only once
#: the answer is out.
_ICE_NAME, _ICE_PASSWORD = re.compile(r"[\w+/=-]{4,256}", re.ASCII), re.compile(r"[\w+/=-]{22,256}", re.ASCII)
#: Component, priority and port of a candidate (RFC 8839, section 5.1).
_NUMBER = re.compile(r"[0-9]{1,10}")

_FEEDBACK = [
    RTCRtcpFeedback(type=kind, parameter=detail)
    for kind, detail in (
        ("nack", None),
        ("nack", "pli"),
        ("ccm", "fir"),
        ("transport-cc", None),
        ("goog-remb", None),
    )
]


def extend_aiortc() -> None:
    """Teach aiortc our codecs, the playout-delay extension and Chromium's payload types; idempotent.

    aiortc's tables are module globals meant to be extended; Chromium puts codecs at 35-63 as well.
    """
    rtp.DYNAMIC_PAYLOAD_TYPES = [*range(35, 64), *range(96, 128)]  # type: ignore[assignment]
    extensions = HEADER_EXTENSIONS["video"]
    if any(extension.uri == PLAYOUT_DELAY_URI for extension in extensions):
        return
    extensions.append(RTCRtpHeaderExtensionParameters(id=5, uri=PLAYOUT_DELAY_URI))
    extensions.append(RTCRtpHeaderExtensionParameters(id=6, uri=TRANSPORT_CC_URI))
    AIORTC_CODECS["video"][:] = list(_codec_table())


def _codec_table() -> Iterator[RTCRtpCodecParameters]:
    payload_type = 97
    for codec in CODECS:
        for profile in codec.profiles or ("",):
            parameters: dict[str, int | str | None] = {}
            if codec.family == "h264":
                parameters = {
                    "level-asymmetry-allowed": "1",
                    "packetization-mode": "1",
                    "profile-level-id": f"{profile}{codec.level_idc:02x}",
                }
            elif codec.profile_parameter:
                parameters = {codec.profile_parameter: profile}
            yield RTCRtpCodecParameters(
                mimeType=codec.mime_type,
                clockRate=CLOCK_RATE_HZ,
                payloadType=payload_type,
                rtcpFeedback=list(_FEEDBACK),
                parameters=parameters,
            )
            yield RTCRtpCodecParameters(
                mimeType="video/rtx",
                clockRate=CLOCK_RATE_HZ,
                payloadType=payload_type + 1,
                parameters={"apt": payload_type},
            )
            payload_type += 2


@dataclass(frozen=True)
class Offer:
    """A viewer's offer, checked and narrowed to the codecs that we answer with."""

    sdp: str
    #: What may be sent, and the payload type that each has with this viewer.
    payload_types: dict[Codec, int]
    #: What the answer says of them, with their retransmissions.
    answer: list[RTCRtpCodecParameters]
    #: Whether the viewer will report the arrival of each packet (transport-wide feedback).
    transport_feedback: bool
    #: Payload type that the viewer has for parity packets; 0 where it reads none.
    parity_payload_type: int = 0


def read_offer(text: str, wanted: str = "auto") -> Offer:
    """Check an SDP offer and narrow its video to what we may send.

    Candidates that `may_be_checked` refuses and ``a=end-of-candidates`` are left out: aiortc would fail at
    once on what it cannot resolve, while the viewer's own checks reach us without them.

    Parameters
    ----------
    text : str
        The offer.
    wanted : str
        Codec that viewers who can decode it are sent, or ``"auto"``; see `vizstream.media.codecs.matches`.

    Raises
    ------
    ProtocolError
        Reason ``sdp`` where it is malformed or too large, ``codec`` where no codec is in common.
    """
    if len(text) > MAX_SDP_BYTES:
        raise ProtocolError("sdp", f"the offer has more than {MAX_SDP_BYTES} bytes")
    if text.count("\nm=") > MAX_MEDIA:
        raise ProtocolError("sdp", f"the offer has more than {MAX_MEDIA} media sections")
    if text.count("\na=candidate:") > MAX_OFFERED_CANDIDATES:
        raise ProtocolError("sdp", f"the offer has more than {MAX_OFFERED_CANDIDATES} candidates")
    try:
        description = sdp.SessionDescription.parse(text)
    except Exception as error:  # aiortc's parser raises whatever a malformed line provokes
        raise ProtocolError("sdp", "the offer is not valid SDP") from error
    if len(description.media) > MAX_MEDIA:  # the first line may be one as well
        raise ProtocolError("sdp", f"the offer has more than {MAX_MEDIA} media sections")
    videos = [media for media in description.media if media.kind == "video"]
    if len(videos) != 1:
        raise ProtocolError("sdp", f"the offer has {len(videos)} video sections, not one")
    for media in description.media:
        name = (media.ice.usernameFragment if media.ice else None) or ""
        password = (media.ice.password if media.ice else None) or ""
        if _ICE_NAME.fullmatch(name) is None or _ICE_PASSWORD.fullmatch(password) is None:
            raise ProtocolError("sdp", "the offer lacks ICE credentials")
        if media.dtls is None or not media.dtls.fingerprints:
            raise ProtocolError("sdp", "the offer lacks a DTLS fingerprint")
        media.ice_candidates = [entry for entry in media.ice_candidates if may_be_checked(entry.ip)]
        del media.ice_candidates[MAX_CANDIDATES:]
        media.ice_candidates_complete = False
        # With ICE these addresses mean nothing (RFC 8839, section 4.1).  Firefox leaves a=rtcp out before it
        # has gathered, and aiortc then forgets a=rtcp-mux with it; after that it has a .local name there,
        # which aiortc cannot write.
        media.host = "0.0.0.0"  # noqa: S104 - nothing listens here
        if media.kind == "video":
            media.rtcp_port, media.rtcp_host = 9, "0.0.0.0"  # noqa: S104
    video = videos[0]
    offered = [codec for codec in video.rtp.codecs if not is_rtx(codec)]
    parity = next((codec.payloadType for codec in offered if codec.mimeType == PARITY_MIME_TYPE), None)
    found = matches([(codec.mimeType, codec.parameters) for codec in offered], wanted)
    if not found:
        names = ", ".join(sorted({codec.name for codec in offered})) or "none"
        raise ProtocolError("codec", f"no codec in common; the offer has {names}")
    payload_types = {match.codec: offered[match.entry].payloadType or 0 for match in found}
    chosen = set(payload_types.values())
    video.rtp.codecs = [
        entry
        for entry in video.rtp.codecs
        if (entry.parameters.get("apt") if is_rtx(entry) else entry.payloadType) in chosen
    ]
    video.fmt = [entry.payloadType for entry in video.rtp.codecs]
    answer = []
    for match in found:
        entry = offered[match.entry]
        answer.append(replace(entry, parameters=match.codec.answer_parameters(entry.parameters)))
        answer[-1].rtcpFeedback = [item for item in _FEEDBACK if item in entry.rtcpFeedback]
    answer += [entry for entry in video.rtp.codecs if is_rtx(entry)]
    reports = any(feedback.type == "transport-cc" for feedback in offered[found[0].entry].rtcpFeedback)
    numbered = any(extension.uri == TRANSPORT_CC_URI for extension in video.rtp.headerExtensions)
    return Offer(str(description), payload_types, answer, reports and numbered, parity or 0)


def may_be_checked(host: str) -> bool:
    """Say whether connectivity checks may be sent to a candidate's address.

    Names would have to be resolved: browsers' ``.local`` ones cannot be, and others would make us ask for
    whatever a viewer likes.  Multicast and broadcast addresses would have one check answered by many.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified or address.is_reserved)


def read_candidates(fragment: str) -> list[tuple[str, str]]:
    """Read the candidates of a trickle fragment (RFC 8840).

    Returns
    -------
    list of (str, str)
        Media id and candidate line without ``candidate:``; what `may_be_checked` refuses is left out.

    Raises
    ------
    ProtocolError
        Where there are too many, or a candidate stands before any ``a=mid``.
    """
    found: list[tuple[str, str]] = []
    mid = ""
    for line in fragment.splitlines():
        if line.startswith("a=mid:"):
            mid = line[6:].strip()
        elif line.startswith("a=candidate:"):
            if not mid:
                raise ProtocolError("sdp", "candidate without a=mid")
            fields = line[12:].split()
            numbers = fields[1:2] + fields[3:4] + fields[5:6]
            if len(fields) < 8 or not all(_NUMBER.fullmatch(number) for number in numbers):
                raise ProtocolError("sdp", "malformed candidate")
            if may_be_checked(fields[4]):
                found.append((mid, " ".join(fields)))
    if len(found) > MAX_CANDIDATES:
        raise ProtocolError("sdp", f"more than {MAX_CANDIDATES} candidates")
    return found
