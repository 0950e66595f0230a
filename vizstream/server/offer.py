"""Reading a viewer's SDP offer: what may be in it, and which codec we answer with.

aiortc answers with every codec that both sides know; we want exactly one, the best.  So the offer is
narrowed *before* aiortc sees it, by its own SDP classes rather than by text surgery.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from vizstream.media.codecs import CLOCK_RATE_HZ, CODECS, Codec, choose

from .parity import MIME_TYPE as PARITY_MIME_TYPE
from .rtp_header import PLAYOUT_DELAY_URI, TRANSPORT_CC_URI

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of SDP that we read.  Chromium's offer for one video has 6 kB, Firefox's 3 kB.
MAX_SDP_BYTES = 64 * 1024
#: Media sections: video, data, and the audio that some WHEP players add.
MAX_MEDIA = 4
#: Candidates in one offer or patch.
MAX_CANDIDATES = 32

_FEEDBACK = (("nack", None), ("nack", "pli"), ("ccm", "fir"), ("transport-cc", None), ("goog-remb", None))


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
            if codec.mime_type == "video/H264":
                parameters = {
                    "level-asymmetry-allowed": "1",
                    "packetization-mode": "1",
                    "profile-level-id": f"{profile}1f",
                }
            elif codec.profile_parameter:
                parameters = {codec.profile_parameter: profile}
            yield RTCRtpCodecParameters(
                mimeType=codec.mime_type,
                clockRate=CLOCK_RATE_HZ,
                payloadType=payload_type,
                rtcpFeedback=[RTCRtcpFeedback(type=kind, parameter=detail) for kind, detail in _FEEDBACK],
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
    """A viewer's offer, checked and narrowed to the codec that we answer with."""

    sdp: str
    codec: Codec
    #: Whether the viewer will report the arrival of each packet (transport-wide feedback).
    transport_feedback: bool
    #: Payload type that the viewer has for parity packets; 0 where it reads none.
    parity_payload_type: int = 0


def read_offer(text: str) -> Offer:
    """Check an SDP offer and narrow its video to one codec.

    Candidates with ``.local`` names and ``a=end-of-candidates`` are left out: aiortc would fail at once on
    what it cannot resolve, while the viewer's own checks reach us without them.

    Parameters
    ----------
    text : str
        The offer.

    Raises
    ------
    ProtocolError
        Reason ``sdp`` where it is malformed or too large, ``codec`` where no codec is in common.
    """
    if len(text) > MAX_SDP_BYTES:
        raise ProtocolError("sdp", f"the offer has more than {MAX_SDP_BYTES} bytes")
    try:
        description = sdp.SessionDescription.parse(text)
    except Exception as error:  # aiortc's parser raises whatever a malformed line provokes
        raise ProtocolError("sdp", "the offer is not valid SDP") from error
    if len(description.media) > MAX_MEDIA:
        raise ProtocolError("sdp", f"the offer has more than {MAX_MEDIA} media sections")
    videos = [media for media in description.media if media.kind == "video"]
    if len(videos) != 1:
        raise ProtocolError("sdp", f"the offer has {len(videos)} video sections, not one")
    for media in description.media:
        if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
            raise ProtocolError("sdp", "the offer lacks ICE credentials")
        if media.dtls is None or not media.dtls.fingerprints:
            raise ProtocolError("sdp", "the offer lacks a DTLS fingerprint")
        media.ice_candidates = [
            candidate for candidate in media.ice_candidates if not candidate.ip.endswith(".local")
        ][:MAX_CANDIDATES]
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
    choice = choose([(codec.mimeType, codec.parameters) for codec in offered])
    if choice is None:
        names = ", ".join(sorted({codec.name for codec in offered})) or "none"
        raise ProtocolError("codec", f"no codec in common; the offer has {names}")
    codec, index = choice
    chosen = offered[index].payloadType
    video.rtp.codecs = [
        entry
        for entry in video.rtp.codecs
        if entry.payloadType == chosen or (is_rtx(entry) and entry.parameters.get("apt") == chosen)
    ]
    video.fmt = [entry.payloadType for entry in video.rtp.codecs]
    reports = any(feedback.type == "transport-cc" for feedback in offered[index].rtcpFeedback)
    numbered = any(extension.uri == TRANSPORT_CC_URI for extension in video.rtp.headerExtensions)
    return Offer(str(description), codec, reports and numbered, parity or 0)


def read_candidates(fragment: str) -> list[tuple[str, str]]:
    """Read the candidates of a trickle fragment (RFC 8840).

    Returns
    -------
    list of (str, str)
        Media id and candidate line without ``candidate:``; ``.local`` names are left out.

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
            if len(fields) < 8:
                raise ProtocolError("sdp", "malformed candidate")
            if not fields[4].endswith(".local"):
                found.append((mid, " ".join(fields)))
    if len(found) > MAX_CANDIDATES:
        raise ProtocolError("sdp", f"more than {MAX_CANDIDATES} candidates")
    return found
