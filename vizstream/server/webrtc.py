"""A viewer's WebRTC connection as a transport: one video, and the two data channels of our own page."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

from .peer import Peer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vizstream.congestion.controller import CongestionController
    from vizstream.media.codecs import Codec
    from vizstream.media.rung import EncodedFrame

    from .offer import Offer
    from .transport import TransportStats, Viewer

logger = logging.getLogger(__name__)

#: A DTLS handshake that was quicker than this had a round trip below 40 ms.
NEAR_HANDSHAKE_S = 0.08


class WebRtcTransport:
    """Reach a viewer over WebRTC.

    Parameters
    ----------
    viewer : Viewer
        Who is told what happens.
    rtp_offset : int
        Origin of the RTP time stamps.
    stun : sequence of str
        STUN servers that may tell our address.
    """

    kind = "webrtc"
    rank = 2

    def __init__(self, viewer: Viewer, rtp_offset: int, stun: Sequence[str] = ()) -> None:
        #: Of the ICE session (draft-ietf-wish-whep).
        self.etag = f'"{secrets.token_urlsafe(8)}"'
        self.codecs: tuple[Codec, ...] = ()
        self._viewer = viewer
        self._open = False
        self._start_bps = 0
        self._state_channel: Any = None
        self.peer = Peer(
            rtp_offset,
            stun,
            on_keyframe=self._keyframe,
            on_alive=viewer.heard,
            on_channel=self._channel,
            on_state=self._state,
        )
        self._sender = self.peer.sender

    async def answer(self, offer: Offer) -> str:
        """Answer the viewer's offer with our SDP; see `Peer.answer`."""
        self.codecs = tuple(offer.payload_types)
        if not offer.transport_feedback:
            self._sender.expect_no_feedback()
        return await self.peer.answer(offer)

    async def close(self) -> None:
        """Close the connection; idempotent, and bounded in time."""
        await self.peer.close()

    # Towards the viewer

    @property
    def stats(self) -> TransportStats:
        """What the sender has counted."""
        return self._sender.stats

    @property
    def control(self) -> CongestionController:
        """What the sender knows of the line."""
        return self._sender.control

    @property
    def listens(self) -> bool:
        """Whether the viewer has opened its state channel."""
        channel = self._state_channel
        return channel is not None and channel.readyState == "open"

    @property
    def state_backlog(self) -> int:
        """Bytes that wait in the state channel."""
        return int(self._state_channel.bufferedAmount) if self._state_channel is not None else 0

    def tell(self, text: str) -> None:
        """Send one state message."""
        self._state_channel.send(text)

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:
        """Send one frame; see `VideoSender.push`."""
        return self._sender.push(frame, again=again)

    def may_encode(self, lead_s: float) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon; from any thread."""
        return self._sender.may_encode(lead_s)

    @property
    def lags(self) -> bool:
        """Never: the controller gives up what is not acknowledged, and the sender drops what piles up."""
        return False

    def tick(self) -> None:
        """Let time pass for the controller."""
        self._sender.tick()

    def sound(self) -> None:
        """Send something small now and then, whose arrival tells how long the queue is."""
        self._sender.sound()

    def start_from(self, bps: int) -> None:
        """Begin with a rate that another transport found the line to carry."""
        self._sender.start_from(bps)

    # From the viewer

    def _channel(self, channel: Any) -> None:
        if channel.label == "state":
            self._state_channel = channel
            self._viewer.listening(self)
        elif channel.label == "input":
            channel.on("message", self._viewer.message)
        else:
            channel.close()

    def _keyframe(self, *, joining: bool) -> None:
        self._viewer.keyframe(self, joining=joining)

    def _state(self, state: str) -> None:
        logger.debug("peer connection: %s", state)
        if state == "connected" and not self._open:
            self._open = True
            if self.peer.handshake_s < NEAR_HANDSHAKE_S:
                self._sender.start_near()
            self._viewer.opened(self)
        elif state in ("failed", "closed"):
            self._viewer.closed(self)
