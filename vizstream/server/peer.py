# ruff: noqa: SLF001 - named in the docstring, guarded by the contract test
"""One WebRTC connection: aiortc's, with our sender in place of its own.

Leans on aiortc's private ``RTCRtpTransceiver.__sender`` and ``_codecs``; the contract test guards them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.sdp import candidate_from_sdp

from vizstream.errors import ProtocolError

from .acknowledge import delay_acknowledgements
from .late_chunks import drop_late_chunks
from .parity import announce
from .sender import VideoSender

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .offer import Offer

logger = logging.getLogger(__name__)

#: Candidates that one viewer may add after its offer.  Each is paired with each of ours, and each pair is
#: checked seven times; a machine with four networks and a TURN server has some twenty.
MAX_ADDED_CANDIDATES = 64


class Peer:
    """A peer connection that sends one video and takes the viewer's data channels.

    Parameters
    ----------
    rtp_offset : int
        Origin of the RTP time stamps.
    stun : sequence of str
        STUN servers to ask for our address; aioice asks the first.
    on_keyframe, on_alive : callable
        See `VideoSender`.
    on_channel : callable
        Called with each data channel that the viewer opens.
    on_state : callable
        Called with aiortc's connection state whenever it changes.
    """

    def __init__(
        self,
        rtp_offset: int,
        stun: Sequence[str] = (),
        *,
        on_keyframe: Callable[..., None],
        on_alive: Callable[[], None],
        on_channel: Callable[[Any], None],
        on_state: Callable[[str], None],
    ) -> None:
        # A list and not None: None means Google's STUN server.
        servers = [RTCIceServer(urls=list(stun))] if stun else []
        self._pc = RTCPeerConnection(
            RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        transceiver = self._transceiver = self._pc.addTransceiver("video", direction="sendonly")
        self.sender = VideoSender(transceiver.sender.transport, rtp_offset, on_keyframe, on_alive)
        transceiver._RTCRtpTransceiver__sender = self.sender  # type: ignore[attr-defined]
        transceiver.receiver._set_rtcp_ssrc(self.sender.ssrc)
        #: Seconds that the DTLS handshake took: two round trips, and some 10 ms of arithmetic.
        self.handshake_s = float("inf")
        self._handshake_began_at = 0.0
        self._candidates_added = 0
        self._pc.on("datachannel", on_channel)
        self._pc.on("connectionstatechange", lambda: on_state(self._pc.connectionState))

    async def answer(self, offer: Offer) -> str:
        """Answer an offer; the SDP holds all our candidates.

        Raises
        ------
        ProtocolError
            Where aiortc cannot make sense of the offer.
        """
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            self._transceiver._codecs = offer.answer
            self.sender.payload_types = offer.payload_types
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except Exception as error:  # aiortc raises ValueError, KeyError, AssertionError, OperationError, …
            logger.info("offer refused: %r", error)
            raise ProtocolError("sdp", "the offer cannot be answered") from error
        if self._pc.sctp is not None:
            drop_late_chunks(self._pc.sctp)
            delay_acknowledgements(self._pc.sctp)
        # Only now is it settled which transport carries the bundle.
        self.sender.transport.on("statechange", self._time_handshake)
        answer = self._pc.localDescription.sdp
        if offer.parity_payload_type and offer.transport_feedback:
            self.sender.allow_parity(offer.parity_payload_type)
            answer = announce(answer, offer.parity_payload_type, self.sender.ssrc, self.sender.parity_ssrc)
        return answer

    def _time_handshake(self) -> None:
        state = self.sender.transport.state
        if state == "connecting":
            self._handshake_began_at = time.monotonic()
        elif state == "connected":
            self.handshake_s = time.monotonic() - self._handshake_began_at

    async def add_candidate(self, mid: str, line: str) -> None:
        """Add a candidate that the viewer found after its offer.

        Raises
        ------
        ProtocolError
            Where the line is malformed; with reason ``candidates`` where there have been too many.
        """
        self._candidates_added += 1
        if self._candidates_added > MAX_ADDED_CANDIDATES:
            raise ProtocolError("candidates", f"more than {MAX_ADDED_CANDIDATES} candidates")
        try:
            candidate = candidate_from_sdp(line)
            candidate.sdpMid = mid
            await self._pc.addIceCandidate(candidate)
        except (ValueError, AssertionError, IndexError, KeyError) as error:
            raise ProtocolError("sdp", "malformed candidate") from error

    async def close(self) -> None:
        """Close the connection; idempotent, and bounded in time."""
        try:
            await asyncio.wait_for(self._pc.close(), timeout=2)
        except asyncio.TimeoutError:
            logger.warning("closing a connection took too long")
