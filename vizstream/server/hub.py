"""The middle of the server: all viewers, the rungs they watch, and the link to the renderer."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from typing import TYPE_CHECKING, Any

from vizstream.protocol import Wish

from .budget import TunnelMeter
from .company import Company
from .inputs import InputGate
from .rungs import RungSet
from .session import Session
from .sources import Sources
from .stills import Stills
from .tokens import Tokens
from .windows import Windows

if TYPE_CHECKING:
    from vizstream.config import Config
    from vizstream.ipc.doorbell import Doorbell
    from vizstream.ipc.link import Link

logger = logging.getLogger(__name__)

#: Seconds between looks at who has gone and at what the renderer could not take.
REAP_INTERVAL_S = 1.0
#: Seconds between looks at the viewers' lines.
ADAPT_INTERVAL_S = 0.1
#: Seconds until input that did not fit into the ring is tried again.
RETRY_INTERVAL_S = 0.02

#: How long the script, or the drawing of one picture, may keep the render loop from its next turn before
#: viewers are told, in nanoseconds.
#: An answer that takes longer than a second interrupts one's flow of thought (R. B. Miller, "Response time
#: in man-computer conversational transactions", 1968).
BUSY_AFTER_NS = 1_000_000_000


#: What viewers are told when the main process has gone without a word.
CRASHED = "The program that showed it has crashed, or was killed."


def busy_with(awake_since_ns: int, drawing_since_ns: int, now_ns: int) -> str:
    """Say what has kept the renderer from the next turn of its loop for too long.

    Parameters
    ----------
    awake_since_ns : int
        When its last turn began, or its last picture was drawn; 0 while it sleeps.
    drawing_since_ns : int
        When it began to draw a picture; 0 while it draws none.
    now_ns : int
        The time now, on the same clock.

    Returns
    -------
    str
        ``"script"``, ``"drawing"``, or empty for nothing.
    """
    since_ns = drawing_since_ns or awake_since_ns
    if since_ns == 0 or now_ns - since_ns <= BUSY_AFTER_NS:
        return ""
    return "drawing" if drawing_since_ns else "script"


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
        self.meter = TunnelMeter(config.byte_budget)
        self.sessions: dict[str, Session] = {}
        self.rtp_offset = secrets.randbits(32)
        self.windows = Windows(resizable=not config.fixed_size)
        self._producer = link.inputs.producer()
        self.inputs = InputGate(self._producer.put, doorbell.ring)
        self.tokens = Tokens(config, link.kept)
        self.company = Company(self.windows.seen_by, self.inputs.let_go, self.tokens)
        self.inputs.admits = self.company.admits
        self._link = link
        self._doorbell = doorbell
        sources = Sources(link.rings, doorbell.ring)
        self.rungs = RungSet(sources, (config.width, config.height))
        self.stills = Stills(sources.of, self.rtp_offset, self.rungs.adapt)
        self._loop = asyncio.get_running_loop()
        self._viewers = 0
        self._busy = ""
        self._wanted: dict[str, Any] = {}
        self._scene: dict[str, Any] = {}
        self._scene_version = 0
        self._retry: asyncio.TimerHandle | None = None
        self._post_wants()

    # Viewers

    @property
    def phase(self) -> str:
        """The scene's phase: loading, live, ended or error."""
        return str(self._scene.get("phase", "loading"))

    @property
    def public(self) -> str:
        """Address of the tunnel that the main process has started; empty for none."""
        return str(self._scene.get("public", ""))

    @property
    def handshakes(self) -> int:
        """How many connections do not stand yet."""
        return sum(session.handshakes for session in self.sessions.values())

    @property
    def full(self) -> bool:
        """Whether as many viewers as allowed are here already."""
        return sum(not session.fleeting for session in self.sessions.values()) >= self.config.max_viewers

    def join(self, role: str) -> Session:
        """Make a session for a new viewer; ``role`` is that of its token."""
        self._viewers += 1
        session = Session(self, self._viewers, "view" if role == "view" else "control")
        session.owner = role == "owner"
        self.sessions[session.id] = session
        return session

    def connected(self, session: Session) -> None:
        """Start sending to a session whose connection stands."""
        codec = self.rungs.join(session, self.windows.seen_by(session.viewer))
        kind = session.transport.kind
        logger.info("viewer %d joined over %s with %s (%s)", session.viewer, kind, codec.name, session.role)
        if not session.fleeting:
            self.company.join(session)
        self._audience_changed()

    def moved(self, session: Session) -> None:
        """Start sending over the session's new transport; the viewer stays who it is."""
        self.rungs.join(session, self.windows.seen_by(session.viewer))

    def forget(self, session: Session) -> None:
        """Drop a session that is being closed."""
        if self.sessions.pop(session.id, None) is None:
            return
        self.inputs.leave(session.viewer)
        self._retry_later()
        self.company.leave(session)
        self.windows.leave(session.viewer)
        self.rungs.leave(session)
        self.stills.leave(session)
        if session.connected:
            logger.info("viewer %d left", session.viewer)
        self._audience_changed()

    def take_input(self, session: Session, data: str | bytes) -> None:
        """Take one input message of a viewer, if it may send it."""
        viewer, windows = session.viewer, self.windows
        event = self.inputs.submit(
            viewer, data, window=windows.seen_by(viewer), steers=session.role == "control"
        )
        if event is None and self.inputs.floods(viewer):
            logger.warning("viewer %d sent too much for too long", viewer)
            session.close()
            return
        if isinstance(event, Wish):
            if self.company.take(session, event):
                self.inputs.accepted += 1
            else:
                self.inputs.refused["role"] += 1
            return
        if event is not None and event.type == "resize":
            windows.resize(viewer, event.width, event.height, event.pixel_ratio)
            self._post_wants()
        elif event is not None and event.type == "window":
            self.inputs.let_go(viewer)
            self.company.turn(session)
            windows.choose(viewer, event.window)
            self._post_wants()
            self._show(session)
        if event is not None:
            self.rungs.steer(windows.seen_by(viewer))
            if not event.hovers:
                self.stills.steer(windows.seen_by(viewer))
        self._retry_later()

    def watch_stills(self, session: Session) -> None:
        """Tell a viewer of the still that there is, and of those to come."""
        if session.listens:
            self.stills.watch(session, self.windows.seen_by(session.viewer))

    def request_keyframe(self, session: Session, *, joining: bool) -> None:
        """Ask the session's rung for a keyframe."""
        self.rungs.request_keyframe(session, joining=joining)

    def tell_all(self, session: Session) -> None:
        """Tell a viewer how things stand, as far as it does not know yet."""
        viewer, windows = session.viewer, self.windows
        session.tell_news(windows.windows_message(viewer))
        session.tell_news(windows.scene_message(viewer))
        session.tell_news(windows.cursor_message(viewer))
        session.tell_news(self._viewers_message())
        session.tell_news(self._busy_message())
        self._tell_tunnel(session)
        self.company.tell(session)

    # The renderer

    async def run(self) -> None:
        """Serve until the main process is gone or has told us to stop."""
        self.rungs.machine.look_for_hardware()
        helpers = [asyncio.create_task(self._reap()), asyncio.create_task(self._adapt())]
        try:
            self._read_scene()
            while await self._doorbell.wait_async():
                self._read_scene()
                self.rungs.notify()
                self.stills.look()
                self._flush_inputs()
        finally:
            for helper in helpers:
                helper.cancel()

    async def close(self) -> None:
        """Tell every viewer how the scene stands, then close all connections."""
        self._read_scene()
        if self.phase not in ("ended", "error"):
            # The main process says how it ends, unless it cannot.
            self._scene.update(phase="error", message=CRASHED)
            self._spread()
        # SCTP needs a turn of the loop and a packet each to carry the last words out.
        if self.sessions:
            await asyncio.sleep(0.1)
        await asyncio.gather(*(session.close() for session in list(self.sessions.values())))
        self.stills.close()
        self.rungs.close()

    def _read_scene(self) -> None:
        version = self._link.scene.version
        if version == self._scene_version:
            return
        self._scene_version, self._scene = self._link.scene.read()
        if self.public:
            self.tokens.url = f"{self.public}/"
        self._spread()

    def _spread(self) -> None:
        """Let everybody see and know what the scene's board says."""
        self.windows.update(self._scene)
        self.rungs.place(self.windows.rings)
        # Whoever chose a window that has gone, or come, counts elsewhere now.
        self._post_wants()
        for session in self._connected_sessions():
            self._show(session)

    def _show(self, session: Session) -> None:
        self.rungs.show(session, self.windows.seen_by(session.viewer))
        self.tell_all(session)
        self.watch_stills(session)

    def _post_wants(self) -> None:
        """Tell the renderer how many watch what."""
        wants = self.windows.wants(session.viewer for session in self._connected_sessions())
        if wants != self._wanted:
            self._wanted = wants
            self._link.wants.post(wants)
            self._doorbell.ring()

    # Small things

    def _connected_sessions(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connected]

    def _audience_changed(self) -> None:
        self._post_wants()
        for session in self._connected_sessions():
            session.tell_news(self._viewers_message())

    def _viewers_message(self) -> dict[str, Any]:
        count = sum(not session.fleeting for session in self._connected_sessions())
        return {"type": "viewers", "count": count}

    def _tell_tunnel(self, session: Session) -> None:
        """Slow down a viewer that comes through a tunnel where bytes are short, and tell it how many are."""
        meter = self.meter
        crosses = session.tunnelled and session.connected and session.transport.kind != "webrtc"
        session.cap_bps = meter.cap_bps if crosses and meter.cap_bps else math.inf
        if session.tunnelled and meter.budget:
            # By the megabyte, so that telling costs nothing.
            carried_mb, budget_mb = meter.carried // 10**6, meter.budget // 10**6
            session.tell_news({"type": "tunnel", "carried_mb": carried_mb, "budget_mb": budget_mb})

    def _busy_message(self) -> dict[str, Any]:
        return {"type": "busy", "busy": bool(self._busy), "drawing": self._busy == "drawing"}

    def _look_whether_busy(self) -> None:
        """Tell everybody when something keeps the scene from going on for too long, and when it goes on."""
        ring = self._producer
        busy = busy_with(ring.awake_since_ns, ring.drawing_since_ns, time.monotonic_ns())
        busy = busy if self.phase == "live" else ""
        if busy != self._busy:
            self._busy = busy
            for session in self._connected_sessions():
                session.tell_news(self._busy_message())

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
                for session in self.sessions.values():
                    self._tell_tunnel(session)
                self.rungs.adapt()
                self.company.tick()
                self._look_whether_busy()

    async def _reap(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(REAP_INTERVAL_S)
            now = time.monotonic()
            # What this process slept through, on a machine out of breath or suspended, is not their silence.
            overslept, last = max(0.0, now - last - 2 * REAP_INTERVAL_S), now
            for session in self.sessions.values():
                session.forgive(overslept)
                session.give_up_late(now)
            for session in [s for s in self.sessions.values() if s.expired(now)]:
                logger.info("viewer %d fell silent", session.viewer)
                session.close()
