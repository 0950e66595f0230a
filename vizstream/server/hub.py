"""The middle of the server: all viewers, the rungs they watch, and the link to the renderer."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from vizstream.media.source import PictureSource

from .inputs import InputGate
from .rungs import RungSet
from .session import Session

if TYPE_CHECKING:
    from vizstream.config import Config
    from vizstream.events import InputEvent
    from vizstream.ipc.doorbell import Doorbell
    from vizstream.ipc.link import Link

logger = logging.getLogger(__name__)

#: Seconds between looks at who has gone and at what the renderer could not take.
REAP_INTERVAL_S = 1.0
#: Seconds between looks at the viewers' lines.
ADAPT_INTERVAL_S = 0.1
#: Seconds until input that did not fit into the ring is tried again.
RETRY_INTERVAL_S = 0.02

#: Fields of the scene board that go into a ``scene`` message, with what holds before the first post.
_SCENE = {"phase": "loading", "title": "", "message": "", "width": 0, "height": 0, "pixel_ratio": 1.0}


class Hub:
    """Connect viewers with the renderer.

    Lives in the event loop of the server process.

    Parameters
    ----------
    config : Config
        Of the run.
    link : Link
        Shared memory with the main process.
    doorbell : Doorbell
        Our end of the pair that wakes the two processes.
    """

    def __init__(self, config: Config, link: Link, doorbell: Doorbell) -> None:
        self.config = config
        self.sessions: dict[str, Session] = {}
        self.rtp_offset = secrets.randbits(32)
        self.inputs = InputGate(link.inputs.producer().put, doorbell.ring)
        self._link = link
        self._doorbell = doorbell
        self.rungs = RungSet(
            PictureSource(link.frames.reader(), wake=doorbell.ring), (config.width, config.height)
        )
        self._loop = asyncio.get_running_loop()
        self._viewers = 0
        self._sizes: dict[int, InputEvent] = {}
        self._wanted: dict[str, Any] = {}
        self._scene: dict[str, Any] = dict(_SCENE)
        self._cursor = "default"
        self._scene_version = 0
        self._retry: asyncio.TimerHandle | None = None
        self._post_wants()

    # Viewers

    @property
    def phase(self) -> str:
        """The scene's phase: loading, live, ended or error."""
        return str(self._scene["phase"])

    @property
    def handshakes(self) -> int:
        """How many sessions have not connected yet."""
        return sum(not session.connected for session in self.sessions.values())

    def join(self, role: str) -> Session:
        """Make a session for a new viewer."""
        self._viewers += 1
        session = Session(self, self._viewers, role)
        self.sessions[session.id] = session
        return session

    def connected(self, session: Session) -> None:
        """Start sending to a session whose connection stands."""
        if session.codec is None:
            raise RuntimeError("connected before its offer was answered")
        self.rungs.join(session, session.codec)
        logger.info("viewer %d joined with %s (%s)", session.viewer, session.codec.name, session.role)
        self._audience_changed()

    def forget(self, session: Session) -> None:
        """Drop a session that is being closed."""
        if self.sessions.pop(session.id, None) is None:
            return
        self.inputs.leave(session.viewer)
        self._retry_later()
        self._sizes.pop(session.viewer, None)
        self.rungs.leave(session)
        if session.connected:
            logger.info("viewer %d left", session.viewer)
        self._audience_changed()

    def take_input(self, session: Session, data: str | bytes) -> None:
        """Take one input message of a viewer, if it may steer."""
        if session.role != "control":
            self.inputs.refused["role"] += 1
            return
        event = self.inputs.submit(session.viewer, data)
        if event is not None and event.type == "resize":
            self._sizes[session.viewer] = event
            self._post_wants()
        self._retry_later()

    def request_keyframe(self, session: Session, *, joining: bool) -> None:
        """Ask the session's rung for a keyframe."""
        self.rungs.request_keyframe(session, joining=joining)

    def greeting(self) -> list[dict[str, Any]]:
        """Return the messages that tell a new viewer how things stand."""
        return [self._scene_message(), self._cursor_message(), self._viewers_message()]

    # The renderer

    async def run(self) -> None:
        """Serve until the main process is gone or has told us to stop."""
        helpers = [asyncio.create_task(self._reap()), asyncio.create_task(self._adapt())]
        try:
            self._read_scene()
            while await self._doorbell.wait_async():
                self._read_scene()
                self.rungs.notify()
                self._flush_inputs()
        finally:
            for helper in helpers:
                helper.cancel()

    async def close(self) -> None:
        """Tell every viewer how the scene stands, then close all connections."""
        self._read_scene()
        if self.phase not in ("ended", "error"):
            self._scene["phase"] = "ended"
            self._broadcast(self._scene_message())
        # SCTP needs a turn of the loop and a packet each to carry the last words out.
        if self.sessions:
            await asyncio.sleep(0.1)
        await asyncio.gather(*(session.close() for session in list(self.sessions.values())))
        self.rungs.close()

    def _read_scene(self) -> None:
        version = self._link.scene.version
        if version == self._scene_version:
            return
        self._scene_version, board = self._link.scene.read()
        scene = {name: board.get(name, default) for name, default in _SCENE.items()}
        if scene != self._scene:
            self._scene = scene
            self._broadcast(self._scene_message())
        cursor = board.get("cursor", "default")
        if cursor != self._cursor:
            self._cursor = cursor
            self._broadcast(self._cursor_message())

    def _post_wants(self) -> None:
        """Tell the renderer how many watch, and in which size.

        The first viewer who asked for a size and is still here sets it, so that the picture does not jump
        under others when somebody joins.
        """
        wants: dict[str, Any] = {"viewers": sum(1 for _session in self._connected_sessions())}
        if self._sizes:
            size = self._sizes[min(self._sizes)]
            wants.update(width=size.width, height=size.height, pixel_ratio=size.pixel_ratio)
        elif "width" in self._wanted:
            # Nobody is left who asks: keep the size, the next viewer most likely is the same one.
            wants.update({name: self._wanted[name] for name in ("width", "height", "pixel_ratio")})
        if wants != self._wanted:
            self._wanted = wants
            self._link.wants.post(wants)
            self._doorbell.ring()

    # Small things

    def _connected_sessions(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connected]

    def _audience_changed(self) -> None:
        self._post_wants()
        self._broadcast(self._viewers_message())

    def _broadcast(self, message: dict[str, Any]) -> None:
        for session in self._connected_sessions():
            session.tell(message)

    def _scene_message(self) -> dict[str, Any]:
        return {"type": "scene", **self._scene}

    def _cursor_message(self) -> dict[str, Any]:
        return {"type": "cursor", "shape": self._cursor}

    def _viewers_message(self) -> dict[str, Any]:
        return {"type": "viewers", "count": len(self._connected_sessions())}

    def _flush_inputs(self) -> None:
        self._retry = None
        self.inputs.flush()
        self._retry_later()

    def _retry_later(self) -> None:
        if self._retry is None and self.inputs.waiting:
            self._retry = self._loop.call_later(RETRY_INTERVAL_S, self._flush_inputs)

    async def _adapt(self) -> None:
        while True:
            await asyncio.sleep(ADAPT_INTERVAL_S)
            if self.sessions:
                self.rungs.adapt()

    async def _reap(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(REAP_INTERVAL_S)
            now = time.monotonic()
            # What this process slept through, on a machine out of breath or suspended, is not their silence.
            overslept, last = max(0.0, now - last - 2 * REAP_INTERVAL_S), now
            for session in self.sessions.values():
                session.forgive(overslept)
            for session in [s for s in self.sessions.values() if s.expired(now)]:
                logger.info("viewer %d fell silent", session.viewer)
                session.close()
