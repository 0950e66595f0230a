"""The video codecs that we can send, and which of them a viewer's offer admits.

Plain values: nothing here encodes.  A codec is named by its RTP mapping (RFC 6184 for H.264, RFC 9628 for
VP9, the Alliance for Open Media's for AV1, RFC 7741 for VP8); viewers whose offers lead to the same entry
share one encoder.  All that a viewer can take is negotiated at once; `vizstream.media.choice` says which one
is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .h264 import LEVEL_IDC, LEVELS

#: RTP clock of every video codec in use (RFC 3551, section 5).
CLOCK_RATE_HZ = 90_000

#: What ``--codec`` takes beside ``auto``.
FAMILIES = ("h264", "vp9", "av1", "vp8")

Parameters = Mapping[str, object]


@dataclass(frozen=True)
class Codec:
    """One way to encode and packetize the picture.

    Parameters
    ----------
    name : str
        Our own name, shown in logs and metrics.
    family : str
        One of `FAMILIES`.
    mime_type : str
        As in SDP, such as ``video/H264``.
    profiles : tuple of str
        Values of `profile_parameter` that a receiver of this entry announces.  H.264's are the first four
        digits of ``profile-level-id``, and the stream says the first of them.
    profile_parameter : str
        Name of the ``fmtp`` parameter that holds the profile, and that means "0" where it is absent.
    pixels : str
        libav's name of the picture format that the encoder takes.
    level_idc : int
        H.264's level, as in the answer and in the stream; 0 for others.
    appetite : float
        Bits that a moving picture needs, as a multiple of what video needs.
    """

    name: str
    family: str
    mime_type: str
    profiles: tuple[str, ...] = ()
    profile_parameter: str = ""
    pixels: str = "yuv420p"
    level_idc: int = 0
    appetite: float = 1.0

    @property
    def max_pixels(self) -> int | None:
        """Pixels of the largest picture that the level admits; None where there is no level."""
        return LEVELS[self.level_idc] * 256 if self.level_idc else None

    def accepted(self, mime_type: str, parameters: Parameters) -> Codec | None:
        """Return what to send to a receiver that offers `mime_type` with these ``fmtp`` parameters.

        Returns
        -------
        Codec or None
            Ourselves; of H.264 what differs in the stream for this receiver is written down in it: profile
            and constraint flags as it spells them, and the level that it insists on.  None where it cannot
            decode us.
        """
        if mime_type.lower() != self.mime_type.lower():
            return None
        if self.family != "h264":
            profile = str(parameters.get(self.profile_parameter, "0")) if self.profile_parameter else ""
            return self if profile in (self.profiles or ("",)) else None
        # Absent means 42e01f in practice, and mode 0 forbids the FU-A packets that we send.
        text = str(parameters.get("profile-level-id", "42e01f")).lower()
        if text[:4] not in self.profiles or str(parameters.get("packetization-mode", "0")) != "1":
            return None
        spelt = replace(self, profiles=(text[:4],))
        if str(parameters.get("level-asymmetry-allowed", "0")) == "1":
            return spelt
        try:
            offered = int(text[4:], 16)
        except ValueError:
            return None
        return replace(spelt, level_idc=offered) if offered in LEVELS else None

    def answer_parameters(self, offered: Parameters) -> dict[str, int | str | None]:
        """Return the ``fmtp`` parameters with which we answer an offer that we `accepted`."""
        if self.family == "h264":
            # The offer's profile, to the letter: libwebrtc takes 6400 and 640c for different codecs.
            profile = str(offered.get("profile-level-id", "42e01f")).lower()[:4]
            answer: dict[str, int | str | None] = {
                "packetization-mode": "1",
                "profile-level-id": f"{profile}{self.level_idc:02x}",
            }
            if "level-asymmetry-allowed" in offered:
                answer["level-asymmetry-allowed"] = str(offered["level-asymmetry-allowed"])
            return answer
        names = (self.profile_parameter, "level-idx", "tier") if self.profile_parameter else ()
        return {name: str(offered[name]) for name in names if name in offered}


#: The best of a family first.
CODECS: tuple[Codec, ...] = (
    Codec("h264-high", "h264", "video/H264", ("640c", "6400"), "profile-level-id", level_idc=LEVEL_IDC),
    Codec("h264-main", "h264", "video/H264", ("4d40", "4d00"), "profile-level-id", level_idc=LEVEL_IDC),
    Codec(
        "h264-baseline",
        "h264",
        "video/H264",
        ("42e0", "42c0", "4200"),
        "profile-level-id",
        level_idc=LEVEL_IDC,
    ),
    Codec("av1", "av1", "video/AV1", ("0",), "profile"),
    Codec("vp9", "vp9", "video/VP9", ("0",), "profile-id"),
    Codec("vp9-444", "vp9", "video/VP9", ("1",), "profile-id", "yuv444p"),
    Codec("vp8", "vp8", "video/VP8"),
)


#: For viewers without a video decoder: each picture by itself.  It has no RTP mapping here.  The flow scene
#: at 720p and 30 frames/s takes 15 Mbit/s (quantizer 13) where H.264 takes 3.
JPEG = Codec("jpeg", "jpeg", "image/jpeg", pixels="yuvj420p", appetite=5.0)


def named(names: Sequence[str], wanted: str = "auto") -> tuple[Codec, ...]:
    """Return what may be sent to a viewer that names the codecs it decodes, as we call them.

    Parameters
    ----------
    names : sequence of str
        Names of `CODECS`, or ``"jpeg"``; unknown ones are passed over.
    wanted : str
        As for `matches`.

    Returns
    -------
    tuple of Codec
        One H.264 entry at most; `JPEG` alone where it is the only one, and empty where nothing is in common.
    """
    found: list[Codec] = []
    for codec in CODECS:
        if codec.name in names and not (codec.family == "h264" and any(c.family == "h264" for c in found)):
            # Spelt as by most offers, so that they share an encoder.
            found.append(replace(codec, profiles=codec.profiles[:1]) if codec.family == "h264" else codec)
    if not found:
        return (JPEG,) if JPEG.name in names else ()
    return tuple(codec for codec in found if codec.family == wanted) or tuple(found)


class Match(NamedTuple):
    """A codec of ours, and the number of the offer's entry that admits it."""

    codec: Codec
    entry: int


def matches(offered: Sequence[tuple[str, Parameters]], wanted: str = "auto") -> list[Match]:
    """Return all that may be sent to a viewer.

    Parameters
    ----------
    offered : sequence of (str, mapping)
        MIME type and ``fmtp`` parameters of each codec in the viewer's offer.
    wanted : str
        One of `FAMILIES`: nothing else is sent to a viewer who can decode it; or ``"auto"``.

    Returns
    -------
    list of Match
        One H.264 entry at most; empty where nothing is in common.
    """
    found: list[Match] = []
    for codec in CODECS:
        if codec.family == "h264" and any(match.codec.family == "h264" for match in found):
            continue
        match = _match(codec, offered)
        if match is not None:
            found.append(match)
    return [match for match in found if match.codec.family == wanted] or found


def _match(codec: Codec, offered: Sequence[tuple[str, Parameters]]) -> Match | None:
    """Return the offer's entry that fits best, those first that leave the level to us."""
    fitting = []
    for index, (mime_type, parameters) in enumerate(offered):
        accepted = codec.accepted(mime_type, parameters)
        if accepted is not None:
            profile = str(parameters.get(codec.profile_parameter, "")).lower()[:4]
            rank = codec.profiles.index(profile) if profile in codec.profiles else 0
            fitting.append((-accepted.level_idc, rank, index, accepted))
    if not fitting:
        return None
    _level, _rank, index, accepted = min(fitting, key=lambda entry: entry[:3])
    return Match(accepted, index)
