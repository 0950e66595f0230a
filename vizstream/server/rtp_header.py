"""RTP headers of one viewer's packets (RFC 3550, section 5.1), extensions included (RFC 8285).

Everything but five fields is the same in every packet and prepared once; the transport-wide sequence number,
which changes, comes last among the extensions.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aiortc import rtp

if TYPE_CHECKING:
    from aiortc.rtcrtpparameters import RTCRtpSendParameters

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
#: http://www.webrtc.org/experiments/rtp-hdrext/playout-delay.  (0, 0) asks the receiver to show each frame at
#: once: 19 ms from capture to screen in Chromium instead of 44-77, 28 instead of 48-73 in Firefox.
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
#: https://datatracker.ietf.org/doc/html/draft-holmer-rmcat-transport-wide-cc-extensions-01
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

#: One-byte header extensions (RFC 8285, section 4.2).
ONE_BYTE_PROFILE = 0xBEDE
MAX_ONE_BYTE_ID = 14

#: Bytes around a payload: RTP header and extensions (12 + 16), SRTP tag (16), UDP and IPv4 (28).
OVERHEAD_BYTES = 72

#: The fixed header; what of the extensions stands before the transport-wide number, the number, what follows.
_LAYOUT = "!BBHLL{}s{}{}s"


class HeaderWriter:
    """Write the headers of one RTP session.

    Parameters
    ----------
    parameters : RTCRtpSendParameters, optional
        What was negotiated; without it there are no extensions.
    """

    def __init__(self, parameters: RTCRtpSendParameters | None = None) -> None:
        self._first, self._extension, self._tail = 0x80, b"", b""
        # Whether there is a place for the number.
        self._numbers = False
        self._layout = struct.Struct(_LAYOUT.format(0, "", 0))
        if parameters is not None:
            self._prepare(parameters)

    def _prepare(self, parameters: RTCRtpSendParameters) -> None:
        extensions = []
        sequence_id = 0
        for extension in parameters.headerExtensions:
            if extension.uri == MID_URI and parameters.muxId:
                extensions.append((extension.id, parameters.muxId.encode()))
            elif extension.uri == PLAYOUT_DELAY_URI:
                extensions.append((extension.id, b"\0\0\0"))
            elif extension.uri == TRANSPORT_CC_URI and extension.id <= MAX_ONE_BYTE_ID:
                sequence_id = extension.id
        if sequence_id:
            extensions.append((sequence_id, b"\0\0"))
        profile, value = rtp.pack_header_extensions(extensions)
        if not value:
            return
        whole = struct.pack("!HH", profile, len(value) // 4) + value
        self._first, self._extension = 0x90, whole
        if sequence_id and profile == ONE_BYTE_PROFILE:
            end = 4 + sum(1 + len(content) for _id, content in extensions)
            self._extension, self._tail, self._numbers = whole[: end - 2], whole[end:], True
        number = "H" if self._numbers else ""
        self._layout = struct.Struct(_LAYOUT.format(len(self._extension), number, len(self._tail)))

    def pack(
        self, payload_type: int, sequence: int, stamp: int, ssrc: int, number: int, *, marker: bool
    ) -> bytes:
        """Return one packet's header.

        Parameters
        ----------
        payload_type, sequence, stamp, ssrc : int
            As in RFC 3550.
        number : int
            Transport-wide sequence number, not wrapped.
        marker : bool
            Whether the packet is the last of its frame.
        """
        if marker:
            payload_type |= 0x80
        layout, first, extension = self._layout, self._first, self._extension
        if self._numbers:
            return layout.pack(
                first, payload_type, sequence, stamp, ssrc, extension, number & 0xFFFF, self._tail
            )
        return layout.pack(first, payload_type, sequence, stamp, ssrc, extension, self._tail)
