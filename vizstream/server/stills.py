"""Stills: when a scene has come to rest, each viewer gets its picture once more, exact to the last bit.

::

    frame marked as still ─► copy ─► strip 1, 2, 3 … (one thread, all viewers) ─► GET /stills/…, paced
                                           ▲
    any newer frame ───────────────────────┴─► dropped: the encoding, the bytes, the transfers

The renderer says which frame is a still (`render.schedule`), so picture and frame are of one state.  A viewer
is told of it on the state channel, fetches it over HTTP, and compares its hash.  On a line below
`DRAFT_BELOW_BPS` a viewer is first told of a lossy one.

While a transfer runs, the video leaves it the line; when somebody steers, transfers pause before anything has
moved.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from vizstream.media.codecs import CLOCK_RATE_HZ
from vizstream.media.still import STRIP_ROWS, best_effort, encode_draft, encode_lossless

from .still import HEAD_START_S, Body, Still, bulk_bps, still_url
from .throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from vizstream.media.source import PictureSource
    from vizstream.media.still import StillPicture

    from .session import Session

logger = logging.getLogger(__name__)

#: Rate below which a viewer is sent a draft first: 320 kB then take more than 8 s.
DRAFT_BELOW_BPS = 300_000

#: Seconds for which transfers pause when somebody steers.  If that moves the scene, the next frame ends them;
#: it takes a picture's time, and the renderer may be drawing one already.
PAUSE_S = 0.4

#: How much the encoding thread yields to the others (POSIX niceness; Linux has it for each thread).
NICENESS = 10

#: Seconds after a transfer for which the queue that it made may stand.  With none, inputs that came while a
#: still travelled were answered after 750 to 1130 ms (p95, 1 Mbit/s): the target had collapsed.
HOLD_S = 0.5

#: What is left to the video while a still travels: enough for keepalives.
VIDEO_SHARE = 0.1


class Stills:
    """The stills of all windows, and who has been told of them.

    Lives in the event loop.

    Parameters
    ----------
    source : callable
        Gives the source of a window's pictures, by its number.
    rtp_offset : int
        Added to every frame's RTP time.
    on_rate : callable
        Called when the share of a line that is left for video has changed.
    """

    def __init__(
        self,
        source: Callable[[int], PictureSource],
        rtp_offset: int,
        on_rate: Callable[[], None] = lambda: None,
    ) -> None:
        #: Counters for the metrics.
        self.made = self.cancelled = self.bytes_sent = 0
        self.source_of = source
        self._rtp_offset = rtp_offset
        self._on_rate = on_rate
        self._stills: dict[int, Still] = {}
        self._moved_ns: dict[int, int] = {}
        self._viewers: dict[Session, _Viewer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(1, "stills", initializer=_yield_to_others)

    # What happens

    def watch(self, session: Session, window: int) -> None:
        """Tell a viewer of the stills of a window from now on, beginning with the one there is."""
        viewer = self._viewers.get(session)
        if viewer is None or viewer.window != window:
            self.leave(session)
            self._viewers[session] = viewer = _Viewer(window)
            self._look_at(window)
        self._tell(session, viewer)

    def leave(self, session: Session) -> None:
        """Forget a viewer; idempotent."""
        viewer = self._viewers.pop(session, None)
        if viewer is not None:
            viewer.may_fetch.set()  # whoever waits finds that there is nothing
            session.gets_still = False
            self._forget_unwatched()

    def look(self) -> None:
        """Look at the newest frame of each window: it may be a still, or make an end of one.

        Takes microseconds where nothing is new.
        """
        for window in {viewer.window for viewer in self._viewers.values()}:
            self._look_at(window)

    def steer(self, window: int) -> None:
        """Make room: somebody steers, so that most likely a newer frame is about to come."""
        until = time.monotonic() + PAUSE_S
        for session, viewer in self._viewers.items():
            if viewer.window == window:
                viewer.paused_until = until
                self._reserve(session, 0.0)

    def close(self) -> None:
        """Drop everything; idempotent."""
        for still in self._stills.values():
            still.drop()
        self._stills.clear()
        for viewer in self._viewers.values():
            viewer.may_fetch.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Transfers

    def find(self, session: Session, seq: int, *, draft: bool) -> Body | None:
        """Return what a viewer may fetch under a number, None where it is gone."""
        viewer = self._viewers.get(session)
        still = None if viewer is None else self._stills.get(viewer.window)
        if still is None or still.info.seq != seq or not still.sha256:
            return None
        return still.draft if draft else still.exact

    async def expect(self, session: Session, wait_s: float) -> Still | None:
        """Wait until a viewer has been told of an exact still; return None where that stays out."""
        viewer = self._viewers.get(session)
        if viewer is None:
            return None
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(viewer.may_fetch.wait(), wait_s)
        still = self._stills.get(viewer.window)
        known = still is not None and viewer.may_fetch.is_set() and self._viewers.get(session) is viewer
        return still if known else None

    def begin(self, session: Session) -> int:
        """Note that a transfer to a viewer begins, and ends the one before; return its number."""
        viewer = self._viewers[session]
        viewer.transfer += 1
        viewer.sent = 0
        viewer.throttle = Throttle(time.monotonic())
        session.gets_still = True
        return viewer.transfer

    def bytes_at_once(self, session: Session) -> float:
        """Return what may leave at once when a transfer to a viewer begins."""
        control = session.transport.control
        return 0.0 if control.wide or control.congested else HEAD_START_S * control.target_bps / 8

    def rate_bps(self, session: Session, transfer: int, now: float) -> float | None:
        """Return the rate at which a transfer may go now: 0 while it pauses, None where it is to end."""
        viewer = self._viewers.get(session)
        if viewer is None or viewer.transfer != transfer:
            return None
        paused = now < viewer.paused_until
        self._reserve(session, 0.0 if paused else 1 - VIDEO_SHARE)
        if paused:
            return 0.0
        session.transport.sound()
        return viewer.throttle.update(session.transport.control.queue_ms, now) * self._bulk_bps(session)

    def sent(self, session: Session, transfer: int, size: int, *, draft: bool) -> None:
        """Note that so many bytes of a body have left."""
        viewer = self._viewers.get(session)
        if viewer is not None and viewer.transfer == transfer and not draft:
            viewer.sent += size

    def end(self, session: Session, transfer: int, seq: int, *, draft: bool, whole: bool) -> None:
        """Note that a transfer has ended."""
        viewer = self._viewers.get(session)
        if viewer is None or viewer.transfer != transfer:
            return
        session.gets_still = whole
        self._reserve(session, 0.0)
        # Who saves data is left with the draft: an exact one has five times the bytes.
        if draft and whole and viewer.told == seq and session.quality != "save":
            viewer.drafted = seq
            viewer.told = 0
            self._tell(session, viewer)

    def _reserve(self, session: Session, share: float) -> None:
        control = session.transport.control
        # The queue is the still's, also for a while after it: it says nothing of what the video may have.
        if share > 0:
            control.held = True
        elif control.held:
            asyncio.get_running_loop().call_later(HOLD_S, _let_go, session)
        # A wide line has room for both, and the video is to become as sharp as it can.
        share = 0.0 if control.wide else share
        if session.still_share != share:
            session.still_share = share
            self._on_rate()

    # Inside

    def _look_at(self, window: int) -> None:
        source = self.source_of(window)
        info = source.peek()
        if info is None:
            return
        still = self._stills.get(window)
        if still is not None and info.seq > still.info.seq:
            self._drop(window, still, info.seq)
            still = None
        if not info.still:
            self._moved_ns[window] = info.render_end_ns
        elif still is None:
            still = self._stills[window] = Still(info, self._moved_ns.get(window, info.render_begin_ns))
            self._resume(window, info.render_begin_ns / 1e9)
            task = asyncio.create_task(self._make(source, still))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _resume(self, window: int, begun_s: float) -> None:
        """End pauses for a hand that had come to rest when a still was begun."""
        for viewer in self._viewers.values():
            if viewer.window == window and viewer.paused_until - PAUSE_S < begun_s:
                viewer.paused_until = 0.0

    def _forget_unwatched(self) -> None:
        watched = {viewer.window for viewer in self._viewers.values()}
        for window in self._stills.keys() - watched:
            self._stills.pop(window).drop()
        for window in self._moved_ns.keys() - watched:
            del self._moved_ns[window]

    def _drop(self, window: int, still: Still, seq: int) -> None:
        del self._stills[window]
        self.cancelled += not still.exact.complete
        still.drop()
        for session, viewer in self._viewers.items():
            if viewer.window != window:
                continue
            session.gets_still = False
            if viewer.told:
                viewer.told = viewer.sent = 0
                viewer.may_fetch.clear()
                session.tell({"type": "moved", "seq": seq})

    async def _make(self, source: PictureSource, still: Still) -> None:
        """Encode a still strip by strip, for as long as it is one."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(RuntimeError):  # the pool has been shut down
            picture = await loop.run_in_executor(self._pool, source.still, still.info.seq)
            if picture is None:
                return
            sha256 = await loop.run_in_executor(self._pool, picture.sha256)
            strips = picture.strips()
            if self._slow(picture.info.window_id):
                await self._make_draft(picture, still)
            if still.is_void():
                return
            still.sha256 = sha256
            self._announce(picture.info.window_id)
            for strip in strips:
                effort = best_effort(self._spare_s(still), picture.info.width)
                data = await loop.run_in_executor(self._pool, encode_lossless, strip, effort)
                if still.is_void():
                    return
                still.exact.add(data)
            still.exact.finish()
            self.made += 1

    def _spare_s(self, still: Still) -> float:
        """Return for how long the line of every viewer of a still is busy with what is made of it."""
        busy_s = [
            8 * (still.exact.size - viewer.sent) / max(1.0, self._bulk_bps(session))
            for session, viewer in self._viewers.items()
            if viewer.window == still.info.window_id
        ]
        return min(busy_s, default=0.0)

    def _bulk_bps(self, session: Session) -> float:
        control = session.transport.control
        return bulk_bps(control.target_bps, congested=control.congested, wide=control.wide)

    async def _make_draft(self, picture: StillPicture, still: Still) -> None:
        data = await asyncio.get_running_loop().run_in_executor(self._pool, encode_draft, picture.bgra)
        still.draft = Body()
        still.draft.add(data)
        still.draft.finish()

    def _slow(self, window: int) -> bool:
        """Say whether anybody who watches a window needs a draft first."""
        return any(
            viewer.window == window and _wants_draft(session) for session, viewer in self._viewers.items()
        )

    def _announce(self, window: int) -> None:
        for session, viewer in list(self._viewers.items()):
            if viewer.window == window:
                self._tell(session, viewer)

    def _tell(self, session: Session, viewer: _Viewer) -> None:
        """Tell a viewer of its window's still, unless it knows."""
        still = self._stills.get(viewer.window)
        if still is None or not still.sha256 or viewer.told == still.info.seq:
            return
        draft = still.draft if _wants_draft(session) and viewer.drafted != still.info.seq else None
        if session.tell(self._message(session, still, draft)):
            viewer.told = still.info.seq
            if draft is None:
                viewer.may_fetch.set()

    def _message(self, session: Session, still: Still, draft: Body | None) -> dict[str, Any]:
        info, body = still.info, draft or still.exact
        rtp = info.render_end_ns * CLOCK_RATE_HZ // 1_000_000_000 + self._rtp_offset
        return {
            "type": "still",
            "seq": info.seq,
            "url": still_url(session.id, info.seq, draft=draft is not None),
            "exact": draft is None,
            "bytes": body.size if body.complete else 0,
            "sha256": "" if draft else still.sha256,
            "width": info.width,
            "height": info.height,
            "rows": info.height if draft else STRIP_ROWS,
            "rtp": rtp & 0xFFFFFFFF,
            "age_ms": round((time.monotonic_ns() - still.moved_ns) / 1e6),
        }


def _let_go(session: Session) -> None:
    """Let the video's rate follow the queue again, unless another still travels."""
    if not session.still_share:
        session.transport.control.held = False


def _wants_draft(session: Session) -> bool:
    return session.quality == "save" or session.transport.control.target_bps < DRAFT_BELOW_BPS


class _Viewer:
    """What one viewer watches, and the seqs of the stills that it was told of, and had a draft of."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.told = 0
        self.drafted = 0
        #: Set while it has been told of an exact one.
        self.may_fetch = asyncio.Event()
        self.transfer = 0
        #: Bytes of the exact still that the transfer has sent, and how fast it may go.
        self.sent = 0
        self.throttle = Throttle(0.0)
        self.paused_until = 0.0


def _yield_to_others() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
