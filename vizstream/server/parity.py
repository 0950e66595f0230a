"""Parity packets, from which a viewer restores one lost packet of a group without asking for it.

FlexFEC (draft-ietf-payload-flexible-fec-scheme-03, as libwebrtc reads it; Chromium offers it as
``flexfec-03``): a stream of its own beside the video, each packet the XOR of a group of the video's::

    R F P X CC | M PT recovery | length recovery     }
    TS recovery                                      }  XOR of the protected packets' fields,
    1 (one stream) | reserved                        }  R and F cleared
    SSRC of the video
    first sequence number | 1 | mask: the packets that follow it by 0 … 14
    XOR of what comes after the fixed 12 bytes of each packet, zeros where it is shorter

A stream of its own, because ULPFEC in the video's own numbers makes the loss of a *parity* packet stall the
video until it is sent again.
"""

from __future__ import annotations

from aiortc import sdp
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

#: What it is called in SDP.
MIME_TYPE = "video/flexfec-03"

#: Packets that one parity packet protects, at most; the mask has room for 15.  A frame at 1 Mbit/s has 4 or
#: 5.
GROUP = 8

#: Microseconds for which packets are to be kept for restoring: what Chromium offers.
REPAIR_WINDOW_US = 10_000_000

_FIXED_BYTES = 12
_CLEAR_R_F = 0x3F
_LAST_MASK = 0x8000


class ParityGroup:
    """Gather packets and make their parity packet.

    Parameters
    ----------
    ssrc : int
        Of the video.
    """

    def __init__(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self.clear()

    def clear(self) -> None:
        """Forget the packets gathered."""
        self._sum = 0
        self._length = 0
        self._first = 0
        self._mask = 0
        self.packets = 0

    def add(self, sequence: int, packet: bytes) -> None:
        """Add a packet to the group.

        Parameters
        ----------
        sequence : int
            Its sequence number, at most 14 above the group's first.
        packet : bytes
            The whole RTP packet in clear, its transport-wide sequence number zero: the receiver zeroes it
            too before it restores another packet, because it differs when a packet is sent again.
        """
        if not self.packets:
            self._first = sequence
        rest = packet[_FIXED_BYTES:]
        row = packet[:2] + len(rest).to_bytes(2, "big") + packet[4:8] + rest
        # Little endian: the first byte of a long number and of a short one is the same digit.
        self._sum ^= int.from_bytes(row, "little")
        self._length = max(self._length, len(row))
        self._mask |= 1 << (14 - ((sequence - self._first) & 0xFFFF))
        self.packets += 1

    def take(self) -> bytes:
        """Return the payload of the group's parity packet, and begin a new group.

        Raises
        ------
        ValueError
            When the group is empty.
        """
        if not self.packets:
            raise ValueError("no packet to protect")
        body = self._sum.to_bytes(self._length, "little")
        payload = b"".join(
            (
                bytes([body[0] & _CLEAR_R_F]),
                body[1:8],
                b"\1\0\0\0",
                self._ssrc.to_bytes(4, "big"),
                self._first.to_bytes(2, "big"),
                (_LAST_MASK | self._mask).to_bytes(2, "big"),
                body[8:],
            )
        )
        self.clear()
        return payload


def announce(answer: str, payload_type: int, ssrc: int, parity_ssrc: int) -> str:
    """Write into an answer that a stream of parity packets protects the video (RFC 5956).

    Parameters
    ----------
    answer : str
        SDP.
    payload_type : int
        That the viewer has offered for them.
    ssrc, parity_ssrc : int
        Of the video and of its parity packets.
    """
    description = sdp.SessionDescription.parse(answer)
    for media in description.media:
        named = [source for source in media.ssrc if source.ssrc == ssrc]
        if media.kind != "video" or not named:
            continue
        media.fmt.append(payload_type)
        media.rtp.codecs.append(
            RTCRtpCodecParameters(
                mimeType=MIME_TYPE,
                clockRate=90_000,
                payloadType=payload_type,
                parameters={"repair-window": REPAIR_WINDOW_US},
            )
        )
        media.ssrc.append(sdp.SsrcDescription(ssrc=parity_ssrc, cname=named[0].cname))
        media.ssrc_group.append(sdp.GroupDescription(semantic="FEC-FR", items=[ssrc, parity_ssrc]))
    return str(description)
