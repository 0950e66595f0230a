"""One viewer: who it is, what it has been told, and over which of its transports it is reached."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from vizstream import __version__

from .rows import FrameRows

if TYPE_CHECKING:
    from vizstream.media.rung import EncodedFrame

    from .hub import Hub
    from .transport import Transport

logger = logging.getLogger(__name__)

#: Seconds within which a connection must stand.
HANDSHAKE_S = 10.0

#: Seconds without a sign of life (RTCP, an acknowledgement or a message) after which a viewer is gone.
#: Browsers report every second; aiortc itself would only notice after 30.  With the reaper's own second, 10.
SILENCE_S = 9.0

#: Seconds after which a transport that another one has replaced is closed, if the viewer has not done so.
RETIRE_S = 5.0

#: State that may wait for a viewer on a bad line, in bytes; frame rows are left out above it.
MAX_STATE_BACKLOG = 64 * 1024


class Session:
    """Serve one viewer, whichever way it is reached.

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
        self.viewer = viewer
        self.role = role
        #: Whether it came with the owner's token.
        self.owner = False
        #: Whether it is here for a moment only: nobody is told of it, and it takes no viewer's place.
        self.fleeting = False
        #: What it prefers, of `vizstream.media.ladder.LADDERS`.
        self.quality = "auto"
        #: Share of the line that a still takes now, and the video is to leave.
        self.still_share = 0.0
        #: Whether a still is on its way to it, or has come.
        self.gets_still = False
        self._hub = hub
        #: Whether it has come through a tunnel, and the rate that it may have there, in bit/s.
        self.tunnelled = False
        self.cap_bps = float("inf")
        self._created_at = self._heard_at = time.monotonic()
        self._transport: Transport | None = None
        #: All that are open or on their way, and since when.
        self._transports: dict[Transport, float] = {}
        self._rows = FrameRows(self._send_rows)
        self._last_row_seq = 0
        self._told: dict[str, dict[str, Any]] = {}
        self._closing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # The way to the viewer

    @property
    def connected(self) -> bool:
        """Whether frames can be sent to the viewer."""
        return self._transport is not None

    @property
    def transport(self) -> Transport:
        """The connection that is used."""
        if self._transport is None:
            raise RuntimeError("the viewer is not connected")
        return self._transport

    @property
    def handshakes(self) -> int:
        """How many connections do not stand yet."""
        current = self._transport
        if current is None:
            return max(1, len(self._transports))
        return sum(transport.rank > current.rank for transport in self._transports)

    def belongs_to(self, role: str) -> bool:
        """Say whether a token of some role is the one that the viewer came with."""
        return (self.role, self.owner) == ("view" if role == "view" else "control", role == "owner")

    def add(self, transport: Transport) -> None:
        """Let the viewer be reached over another connection, as soon as that stands."""
        self._transports[transport] = time.monotonic()

    def find(self, kind: str) -> Transport | None:
        """Return the viewer's newest connection of a kind, None where there is none."""
        return next((one for one in reversed(self._transports) if one.kind == kind), None)

    def opened(self, transport: Transport) -> None:
        """Send frames over a connection from now on, unless there is a better one."""
        self.heard()
        if self._closing is not None:
            return
        if self._transport is None:
            self._transport = transport
            self._hub.connected(self)
        elif transport is not self._transport and transport.rank <= self._transport.rank:
            self._end(transport)

    def listening(self, transport: Transport) -> None:
        """Tell the viewer how things stand, or go on over a better connection than the present one."""
        if self._closing is not None:
            return
        former = self._transport
        if former is None or former is transport:
            hello = {
                "type": "hello",
                "viewer": self.viewer,
                "role": self.role,
                "session": self.id,
                "version": __version__,
            }
            if former is None:  # the state channel was quicker than the news that the connection stands
                self.opened(transport)
            self.tell(hello)
            self._hub.tell_all(self)
            self._hub.watch_stills(self)
        elif transport.rank > former.rank:
            # Only now: a message sent between would have been lost.
            logger.info("viewer %d goes on over %s", self.viewer, transport.kind)
            transport.start_from(former.control.target_bps)
            self._transport = transport
            self._hub.moved(self)
            asyncio.get_running_loop().call_later(RETIRE_S, self._end, former)

    def closed(self, transport: Transport) -> None:
        """Forget a connection that has ended, and the viewer with the one that it was reached over."""
        self._transports.pop(transport, None)
        if transport is self._transport or not (self.connected or self._transports):
            self.close()

    def drop(self, transport: Transport) -> None:
        """Close one connection, and the session if it was the only one."""
        self._end(transport)
        self.closed(transport)

    def heard(self) -> None:
        """Note a sign of life."""
        self._heard_at = time.monotonic()

    def expired(self, now: float) -> bool:
        """Say whether the handshake took too long, or the viewer has fallen silent."""
        if not self.connected:
            return now - self._created_at > HANDSHAKE_S
        return now - self._heard_at > SILENCE_S

    def give_up_late(self, now: float) -> None:
        """Close the connections beside the one in use that do not come to stand."""
        for transport, since in list(self._transports.items()):
            if self.connected and transport is not self._transport and now - since > HANDSHAKE_S:
                self._end(transport)

    def forgive(self, seconds: float) -> None:
        """Do not count a time during which nobody could have heard the viewer."""
        self._created_at += seconds
        self._heard_at += seconds
        for transport in self._transports:
            self._transports[transport] += seconds

    def close(self) -> asyncio.Task[None]:
        """Close all connections and forget the viewer; idempotent."""
        if self._closing is None:
            # Before anything else, which may call back.
            self._closing = asyncio.ensure_future(_close_all(list(self._transports)))
            self._hub.forget(self)
            self._rows.close()
        return self._closing

    def _end(self, transport: Transport) -> None:
        """Close one connection."""
        if self._transports.pop(transport, None) is not None:
            task = asyncio.ensure_future(transport.close())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # Frames and state, towards the viewer

    def push(self, frame: EncodedFrame) -> None:
        """Send one frame, and note for later what it shows."""
        again = frame.info.seq == self._last_row_seq
        stamp = self.transport.push(frame, again=again)
        if again:
            self._rows.rest()
        elif stamp is not None:
            self._last_row_seq = frame.info.seq
            shown = self._hub.inputs.shown(self.viewer, frame.info.input_id)
            self._rows.add(stamp, frame.info.seq, shown)

    @property
    def listens(self) -> bool:
        """Whether state messages arrive at the viewer."""
        return self._transport is not None and self._transport.listens

    def tell(self, message: dict[str, Any]) -> bool:
        """Send one state message, if the viewer listens; say whether it does."""
        if self.listens:
            self.transport.tell(json.dumps(message, separators=(",", ":")))
        return self.listens

    def tell_news(self, message: dict[str, Any]) -> None:
        """Send a state message unless it says what the last one of its type said."""
        kind = message["type"]
        if self.listens and self._told.get(kind) != message:
            self._told[kind] = message
            self.tell(message)

    def _send_rows(self, rows: list[list[int]]) -> bool:
        if not self.listens or self.transport.state_backlog >= MAX_STATE_BACKLOG:
            return False
        rtt_ms = round(self.transport.control.rtt_ms, 1) or None
        return self.tell({"type": "frames", "rows": rows, "rtt_ms": rtt_ms})

    # Events, from the viewer

    def message(self, data: str | bytes) -> None:
        """Take an input message."""
        self.heard()
        self._hub.take_input(self, data)

    def keyframe(self, transport: Transport, *, joining: bool) -> None:
        """Ask for a keyframe, if it is for the connection that is used."""
        if transport is self._transport:
            self._hub.request_keyframe(self, joining=joining)


async def _close_all(transports: list[Transport]) -> None:
    # In a task: a gathering future that the end of the event loop cancels is reported as an error.
    await asyncio.gather(*(transport.close() for transport in transports))
