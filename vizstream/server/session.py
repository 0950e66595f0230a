"""One viewer: its connection, its channels, what it has been told."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from vizstream import __version__

from .peer import Peer

if TYPE_CHECKING:
    from vizstream.media.codecs import Codec
    from vizstream.media.rung import EncodedFrame

    from .hub import Hub
    from .offer import Offer

logger = logging.getLogger(__name__)

#: Seconds within which a connection must stand.
HANDSHAKE_S = 10.0

#: A DTLS handshake that was quicker than this had a round trip below 40 ms.
NEAR_HANDSHAKE_S = 0.08

#: Seconds without a sign of life (RTCP or a message) after which a viewer is gone.  Browsers report every
#: second; aiortc itself would only notice after 30.
SILENCE_S = 10.0

#: Seconds between two ``frames`` messages.  One row a frame and message would cost 40 kbit/s at 30 frames/s,
#: most of it SCTP and DTLS headers; four messages a second cost 4.
ROWS_INTERVAL_S = 0.25

#: State that may wait for a viewer on a bad line, in bytes; frame rows are left out above it.
MAX_STATE_BACKLOG = 64 * 1024


class Session:
    """Serve one viewer over WebRTC.

    Parameters
    ----------
    hub : Hub
        Where frames come from and input goes to.
    viewer : int
        The viewer's number.
    role : str
        ``control`` or ``view``.
    """

    def __init__(self, hub: Hub, viewer: int, role: str) -> None:
        self.id = secrets.token_urlsafe(16)
        self.etag = f'"{secrets.token_urlsafe(8)}"'
        self.viewer = viewer
        self.role = role
        #: What may be sent to it, as negotiated.
        self.codecs: tuple[Codec, ...] = ()
        self.connected = False
        #: Share of the line that a still takes now, and the video is to leave.
        self.still_share = 0.0
        self._hub = hub
        self._created_at = self._heard_at = time.monotonic()
        self._state_channel: Any = None
        self._rows: list[list[int]] = []
        self._rows_handle: asyncio.TimerHandle | None = None
        self._rows_sent_at = 0.0
        self._last_row_seq = 0
        self._told: dict[str, dict[str, Any]] = {}
        self._closing: asyncio.Task[None] | None = None
        self.peer = Peer(
            hub.rtp_offset,
            on_keyframe=self._keyframe,
            on_alive=self._alive,
            on_channel=self._channel,
            on_state=self._peer_state,
        )

    async def answer(self, offer: Offer) -> str:
        """Answer the viewer's offer with our SDP."""
        self.codecs = tuple(offer.payload_types)
        if not offer.transport_feedback:
            self.peer.sender.expect_no_feedback()
        return await self.peer.answer(offer)

    def expired(self, now: float) -> bool:
        """Say whether the handshake took too long, or the viewer has fallen silent."""
        if not self.connected:
            return now - self._created_at > HANDSHAKE_S
        return now - self._heard_at > SILENCE_S

    def forgive(self, seconds: float) -> None:
        """Do not count a time during which nobody could have heard the viewer."""
        self._created_at += seconds
        self._heard_at += seconds

    def close(self) -> asyncio.Task[None]:
        """Close the connection and forget the viewer; idempotent."""
        if self._closing is None:
            self._hub.forget(self)
            if self._rows_handle is not None:
                self._rows_handle.cancel()
            self._closing = asyncio.ensure_future(self.peer.close())
        return self._closing

    # Frames and state, towards the viewer

    def push(self, frame: EncodedFrame) -> None:
        """Send one frame, and note for later what it shows."""
        again = frame.info.seq == self._last_row_seq
        stamp = self.peer.sender.push(frame, again=again)
        if stamp is None or again:
            return
        self._last_row_seq = frame.info.seq
        shown = self._hub.inputs.shown(self.viewer, frame.info.input_id)
        self._rows.append([stamp, frame.info.seq, shown])
        if self._rows_handle is None:
            wait = max(0.0, self._rows_sent_at + ROWS_INTERVAL_S - time.monotonic())
            self._rows_handle = asyncio.get_running_loop().call_later(wait, self._send_rows)

    @property
    def listens(self) -> bool:
        """Whether the viewer has opened its state channel."""
        channel = self._state_channel
        return channel is not None and channel.readyState == "open"

    def tell(self, message: dict[str, Any]) -> bool:
        """Send one state message, if the viewer listens; say whether it does."""
        if self.listens:
            self._state_channel.send(json.dumps(message, separators=(",", ":")))
        return self.listens

    def tell_news(self, message: dict[str, Any]) -> None:
        """Send a state message unless it says what the last one of its type said."""
        kind = message["type"]
        if self.listens and self._told.get(kind) != message:
            self._told[kind] = message
            self.tell(message)

    def _send_rows(self) -> None:
        self._rows_handle = None
        rows, self._rows = self._rows, []
        channel = self._state_channel
        if channel is not None and channel.bufferedAmount < MAX_STATE_BACKLOG:
            self._rows_sent_at = time.monotonic()
            rtt_ms = round(self.peer.sender.control.rtt_ms, 1) or None
            self.tell({"type": "frames", "rows": rows, "rtt_ms": rtt_ms})

    # Events, from the viewer

    def _channel(self, channel: Any) -> None:
        if channel.label == "state":
            self._state_channel = channel
            self.tell({"type": "hello", "viewer": self.viewer, "role": self.role, "version": __version__})
            self._hub.tell_all(self)
            self._hub.watch_stills(self)
        elif channel.label == "input":
            channel.on("message", self._message)
        else:
            channel.close()

    def _message(self, data: str | bytes) -> None:
        self._alive()
        self._hub.take_input(self, data)

    def _alive(self) -> None:
        self._heard_at = time.monotonic()

    def _keyframe(self, *, joining: bool) -> None:
        self._hub.request_keyframe(self, joining=joining)

    def _peer_state(self, state: str) -> None:
        logger.debug("viewer %d: %s", self.viewer, state)
        if state == "connected" and not self.connected:
            self.connected = True
            self._alive()
            if self.peer.handshake_s < NEAR_HANDSHAKE_S:
                self.peer.sender.start_near()
            self._hub.connected(self)
        elif state in ("failed", "closed"):
            self.close()
