"""How a viewer is reached: what every transport of ours can do, and what it tells of.

A `Session` is who a viewer is; a transport is one connection to it.  A session may have several at once, of
which one is used: a viewer who came over a WebSocket goes on over WebRTC as soon as that stands.

::

    Session ── push, tell ──► Transport ──► the viewer
       ▲                          │
       └─ opened, listening, heard, message, keyframe, closed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vizstream.media.codecs import Codec
    from vizstream.media.rung import EncodedFrame


@dataclass
class TransportStats:
    """Counters of one transport; plain numbers, for the metrics.

    What a transport does not have stays 0: there are no packets of ours over TCP.
    """

    packets: int = 0
    bytes: int = 0
    frames: int = 0
    retransmitted: int = 0
    parity: int = 0
    padding: int = 0
    keyframe_requests: int = 0
    overflows: int = 0


class LineControl(Protocol):
    """What a transport knows of its line; rates in bit/s."""

    max_bps: int
    #: Whether the queue is another transfer's of ours, so that nothing lowers the target meanwhile.
    held: bool

    @property
    def target_bps(self) -> int:
        """What the line is believed to carry."""

    @property
    def media_bps(self) -> int:
        """What of that is left for new frames."""

    @property
    def congested(self) -> bool:
        """Whether more is in flight than the line holds."""

    @property
    def wide(self) -> bool:
        """Whether the line is believed to carry nearly all that could be used."""

    @property
    def rtt_ms(self) -> float:
        """Smoothed round trip; 0 before the first is known."""

    @property
    def loss(self) -> float:
        """Share of packets lost lately, from 0 to 1."""

    @property
    def protects(self) -> bool:
        """Whether the line loses so much that parity packets are worth their bytes."""

    @property
    def queue_ms(self) -> float:
        """How long what was sent waited in the network, by the last sign of it."""


class Transport(Protocol):
    """One connection to a viewer."""

    #: ``webrtc``, ``websocket``, ``jpeg`` or ``mjpeg``.
    kind: str
    #: Which one of a viewer's transports is used: the one of the highest rank.
    rank: int

    @property
    def stats(self) -> TransportStats:
        """What has been counted."""

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """What may be sent, as negotiated."""

    @property
    def control(self) -> LineControl:
        """What is known of the line; replaced as a whole when more becomes known."""

    @property
    def listens(self) -> bool:
        """Whether state messages arrive."""

    @property
    def state_backlog(self) -> int:
        """Bytes of state messages that wait to be sent."""

    def push(self, frame: EncodedFrame, *, again: bool = False) -> int | None:
        """Send one frame; see `VideoSender.push`."""

    def tell(self, text: str) -> None:
        """Send one state message to a viewer that listens."""

    def may_encode(self, lead_s: float) -> bool:
        """Say whether a picture that is ready in so many seconds would leave soon; from any thread."""

    @property
    def lags(self) -> bool:
        """Whether the viewer does not keep up, so that nobody should wait for it; from any thread."""

    def tick(self) -> None:
        """Let time pass; called about ten times a second while frames are sent."""

    def sound(self) -> None:
        """Find out how long the queue before the viewer's line is, where nothing else does."""

    def start_from(self, bps: int) -> None:
        """Begin with a rate that another transport found the line to carry."""

    async def close(self) -> None:
        """Close the connection; idempotent, and bounded in time."""


class Viewer(Protocol):
    """Whom a transport tells what happens to it: a `Session`."""

    def opened(self, transport: Transport) -> None:
        """Frames can be sent."""

    def listening(self, transport: Transport) -> None:
        """State messages can be sent."""

    def closed(self, transport: Transport) -> None:
        """Note that the connection has ended."""

    def heard(self) -> None:
        """Note a sign of life."""

    def message(self, data: str | bytes) -> None:
        """Take an input message of the viewer."""

    def keyframe(self, transport: Transport, *, joining: bool) -> None:
        """Ask for a keyframe, without which the viewer cannot decode; `joining`: it never could."""
