"""Which viewers watch which rung: made when first needed, asleep while nobody watches.

Each viewer's line sets its level of the ladder, and the slowest line on a level the codec, among those that
each can decode; all who see one window, with one codec, on one level, share one encoding.  A viewer who
changes any of these goes on seeing the old rung until the new one's first keyframe has come.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from vizstream.media.choice import Demand, choose
from vizstream.media.climb import Climb
from vizstream.media.encoder import rate_cap_bps
from vizstream.media.ladder import (
    LEVELS,
    SAVE_BPS,
    first_level,
    frame_rate,
    payload_bps,
    scaled,
)
from vizstream.media.machine import Machine
from vizstream.media.packetize import MAX_PAYLOAD
from vizstream.media.rung import EncodedFrame, Rung

from .rtp_header import OVERHEAD_BYTES

if TYPE_CHECKING:
    from vizstream.media.codecs import Codec
    from vizstream.media.source import PictureSource

    from .session import Session
    from .sources import Sources

logger = logging.getLogger(__name__)

#: What happens to a frame, in order; the metrics tell how long each took.
STAGES = ("render", "readback", "wait", "encode", "deliver")

#: Share of the first target, which is a guess, that has to be enough for the first level: a small picture on
#: a narrow line comes at once, and a wide one has told itself after so many seconds.
FIRST_SHARE = 0.5
FIRST_UP_AFTER_S = 1.0

#: How far above what can be used a viewer's estimate may grow, so that it serves a larger picture at once.
HEADROOM = 1.3

#: Share of its rate that a line which loses much is worth when a level is chosen: frames of fewer packets
#: come through more often.  At 1 Mbit/s with 5 % of loss full size showed 22 frames/s and answered 95 % of
#: inputs within 217 to 230 ms, three quarters 27 to 28, within 165 to 203.
LOSSY_WORTH = 0.8

#: Seconds for which a viewer keeps its codec while it keeps its level: a change costs a keyframe.  Twice as
#: long after each change: estimates of the line and of the machine wander, and at 1 Mbit/s with 5 % of loss
#: AV1, VP9 and H.264 took turns.
CODEC_DWELL_S, MAX_CODEC_DWELL_S = 10.0, 80.0
#: Seconds between looks at whether another codec would be better: each goes through all viewers.
CODEC_LOOK_S = 1.0


class RungKey(NamedTuple):
    """What tells one encoding from another."""

    window: int
    codec: Codec
    level: int


class RungSet:
    """All rungs, and who is on which.

    Lives in the event loop; only `_deliver` and `_may_encode` are called from the rungs' threads.

    Parameters
    ----------
    sources : Sources
        Where the windows' pictures come from.
    size : tuple of (int, int)
        Size of a picture until the first frame tells.
    """

    def __init__(self, sources: Sources, size: tuple[int, int]) -> None:
        self.frames = 0
        self.keyframes = 0
        self.bytes = 0
        self.stage_ns = dict.fromkeys(STAGES, 0)
        self.staged_frames = 0
        self.machine = Machine()
        self._sources = sources
        self._default_size = size
        self._sizes: dict[int, tuple[int, int]] = {}
        self._rungs: dict[RungKey, Rung] = {}
        self._fed_by: dict[RungKey, PictureSource] = {}
        self._viewers: dict[Session, _Place] = {}
        # What rungs' threads look at: replaced as a whole, never changed.
        self._on_rung: dict[RungKey, tuple[Session, ...]] = {}
        self._staged_seqs: dict[int, int] = {}
        self._loop = asyncio.get_running_loop()

    # Viewers

    def join(self, session: Session, window: int) -> Codec:
        """Start sending a window to a viewer, or start anew over another transport; return in which codec."""
        transport = session.transport
        share = FIRST_SHARE / transport.codecs[0].appetite
        level = first_level(share * transport.control.target_bps, self._pixels(window), session.quality)
        key = RungKey(window, self._codec_for(session, window, level), level)
        self._viewers[session] = _Place(key, FIRST_UP_AFTER_S)
        self._assign()
        self._rungs[key].request_keyframe(joining=True)
        return key.codec

    def show(self, session: Session, window: int) -> None:
        """Send another window to a viewer."""
        place = self._viewers.get(session)
        if place is not None and place.goal.window != window:
            place.move(place.goal._replace(window=window))
            self._assign()

    def place(self, rings: dict[int, int]) -> None:
        """Note in which ring each window is; what encoded a window that is there no more is ended."""
        self._sources.place(rings)
        self._sweep()

    def leave(self, session: Session) -> None:
        """Stop sending to a viewer; idempotent."""
        if self._viewers.pop(session, None) is not None:
            self._assign()

    def request_keyframe(self, session: Session, *, joining: bool) -> None:
        """Ask the viewer's rung for a keyframe."""
        place = self._viewers.get(session)
        if place is not None:
            self._rungs[place.goal].request_keyframe(joining=joining)

    def level_of(self, session: Session) -> int:
        """Return the level of the ladder that a viewer sees."""
        return self._viewers[session].key.level if session in self._viewers else -1

    def steer(self, window: int) -> None:
        """Say that somebody steers a window."""
        for key in self._on_rung:
            if key.window == window:
                self._rungs[key].steer()

    def notify(self) -> None:
        """Say that the ring may hold a newer frame."""
        for key in self._on_rung:
            self._rungs[key].notify()

    def adapt(self) -> None:
        """Let every viewer's line decide about its level, and every rung's viewers about its rate."""
        now = time.monotonic()
        moved = False
        for session, place in self._viewers.items():
            transport = session.transport
            appetite = place.goal.codec.appetite
            cap = _capped(session, rate_cap_bps(*self._size(place.goal.window))) * appetite
            transport.control.max_bps = int(min(cap * HEADROOM, session.cap_bps))
            transport.tick()
            if session.still_share:
                continue  # a keyframe of another level would take 0.2 s off a still's line
            worth = LOSSY_WORTH if transport.control.protects else 1.0
            moved |= self._move(session, place, worth * _line_bps(session) / appetite, now)
        if moved:
            self._assign()
        for key in self._on_rung:
            if self._rungs[key].hangs(now):
                self._replace(key)
            self._set_rate(key, self._rungs[key])

    def _replace(self, key: RungKey) -> None:
        """Go on with a new encoder where one does not come back."""
        logger.warning("encoding %s hangs; a new encoder goes on", key.codec.name)
        self._rungs[key].give_up()
        rung = self._make(key)
        rung.request_keyframe(joining=True)
        rung.watch(watched=True)

    def close(self) -> None:
        """End all rungs; idempotent."""
        for rung in self._rungs.values():
            rung.close()

    def _set_rate(self, key: RungKey, rung: Rung) -> None:
        """Let a rung follow the slowest of its viewers."""
        width, height = scaled(*self._size(key.window), LEVELS[key.level].scale)
        # What a still takes of a line is not the video's.
        line = min((1 - session.still_share) * _line_bps(session) for session in self._on_rung[key])
        appetite = key.codec.appetite
        rate = min(int(line), int(rate_cap_bps(width, height) * appetite))
        fps = frame_rate(LEVELS[key.level], rate / appetite, self._pixels(key.window))
        rung.set_rate(
            payload_bps(rate, fps, MAX_PAYLOAD, OVERHEAD_BYTES),
            fps,
            beside_still=all(session.gets_still for session in self._on_rung[key]),
        )

    def _size(self, window: int) -> tuple[int, int]:
        return self._sizes.get(window, self._default_size)

    def _pixels(self, window: int) -> int:
        width, height = self._size(window)
        return width * height

    def _move(self, session: Session, place: _Place, line_bps: float, now: float) -> bool:
        """Decide about one viewer's level and codec; say whether it moves."""
        goal, codec = place.goal, place.goal.codec
        level = place.climb.next(goal.level, line_bps, self._pixels(goal.window), session.quality, now)
        settled = now - place.moved_at > place.codec_dwell_s and now - place.looked_at > CODEC_LOOK_S
        if level != goal.level or settled:
            place.looked_at = now
            codec = self._codec_for(session, goal.window, level)
        if (codec, level) == (goal.codec, goal.level):
            return False
        place.moved_at = now
        if level == goal.level:
            place.codec_dwell_s = min(2 * place.codec_dwell_s, MAX_CODEC_DWELL_S)
        place.climb.moved(goal.level, level, now)
        place.move(goal._replace(codec=codec, level=level))
        return True

    def _codec_for(self, session: Session, window: int, level: int) -> Codec:
        """Choose what a viewer is sent on a level, by the slowest line there."""
        lines = [_line_bps(session)]
        running = set()
        for other, place in self._viewers.items():
            if (place.goal.window, place.goal.level) == (window, level):
                lines.append(_line_bps(other))
                running.add(place.goal.codec)
        step = LEVELS[level]
        width, height = scaled(*self._size(window), step.scale)
        rate = min(*lines, rate_cap_bps(width, height))
        fps = frame_rate(step, rate, self._pixels(window))
        demand = Demand(width * height, rate, fps, step.patience)
        return choose(session.transport.codecs, demand, self.machine, running)

    def _assign(self) -> None:
        """Wake the rungs that are watched now, put the others to sleep."""
        before = self._on_rung
        on_rung: dict[RungKey, list[Session]] = {}
        for session, place in self._viewers.items():
            for key in filter(None, (place.key, place.coming)):
                on_rung.setdefault(key, []).append(session)
        self._on_rung = {key: tuple(sessions) for key, sessions in on_rung.items()}
        self.machine.encodings = len(on_rung)
        for key in self._on_rung:
            rung = self._rungs.get(key)
            if rung is None or not self._sources.holds(self._fed_by[key]):
                if rung is not None:
                    rung.close(wait=False)
                rung = self._make(key)
                wake = True
            else:
                wake = key not in before
            # Before the first picture: a keyframe for the cap, 86 kB, took 6 s at 150 kbit/s.
            self._set_rate(key, rung)
            if wake:
                rung.watch(watched=True)
            if any(self._viewers[session].coming == key for session in self._on_rung[key]):
                rung.request_keyframe(joining=True)
        for key in before:
            if key not in self._on_rung:
                self._rungs[key].watch(watched=False)
        self._sweep()

    def _make(self, key: RungKey) -> Rung:
        source = self._fed_by[key] = self._sources.of(key.window)
        rung = self._rungs[key] = Rung(
            key.codec,
            LEVELS[key.level],
            source,
            partial(self._deliver, key),
            partial(self._may_encode, key),
            self.machine,
        )
        return rung

    def _sweep(self) -> None:
        """End the rungs that nobody watches and nothing feeds any more."""
        for key in [key for key in self._rungs if key not in self._on_rung]:
            if not self._sources.holds(self._fed_by[key]):
                self._rungs.pop(key).close(wait=False)
                del self._fed_by[key]
                self._sizes.pop(key.window, None)
                self._staged_seqs.pop(key.window, None)

    # Frames

    def _may_encode(self, key: RungKey, lead_s: float) -> bool:
        """Say whether all who watch a rung will have room then; called from its thread.

        Nobody waits for who does not keep up; and a JPEG is for whoever has room for it, as none needs the
        one before.
        """
        transports = [session.transport for session in self._on_rung.get(key, ())]
        waited_for = [transport for transport in transports if not transport.lags] or transports
        enough = any if key.codec.family == "jpeg" else all
        return enough(transport.may_encode(lead_s) for transport in waited_for)

    def _deliver(self, key: RungKey, frame: EncodedFrame) -> None:
        """Hand a frame over from its rung's thread to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self._fan_out, key, frame)
        except RuntimeError:
            logger.debug("the event loop has ended; frame dropped")

    def _fan_out(self, key: RungKey, frame: EncodedFrame) -> None:
        self.frames += 1
        self.bytes += frame.size
        self.keyframes += frame.keyframe
        self._sizes[key.window] = (frame.info.width, frame.info.height)
        self._time_stages(key.window, frame)
        arrived = False
        for session in self._on_rung.get(key, ()):
            place = self._viewers[session]
            if place.coming == key and frame.keyframe:
                place.key, place.coming = key, None
                arrived = True
                logger.debug(
                    "viewer %d sees window %d, level %d, %s",
                    session.viewer,
                    key.window,
                    key.level,
                    key.codec.name,
                )
            if place.key == key:
                session.push(frame)
        if arrived:
            self._assign()

    def _time_stages(self, window: int, frame: EncodedFrame) -> None:
        info = frame.info
        if info.seq == self._staged_seqs.get(window) or not info.render_begin_ns:
            return  # a repeated picture says nothing about how long its first way took
        self._staged_seqs[window] = info.seq
        marks = (
            info.render_begin_ns,
            info.render_end_ns,
            info.readback_end_ns,
            frame.encode_begin_ns,
            frame.encode_end_ns,
            time.monotonic_ns(),
        )
        self.staged_frames += 1
        self.machine.drew((info.readback_end_ns - info.render_begin_ns) / 1e6)
        for stage, (begin, end) in zip(STAGES, pairwise(marks), strict=True):
            self.stage_ns[stage] += max(0, end - begin)


def _capped(session: Session, bps: float) -> float:
    """Return a rate, or what a viewer who saves data wants at most."""
    return min(bps, SAVE_BPS) if session.quality == "save" else bps


def _line_bps(session: Session) -> float:
    """Return what may be sent to a viewer in frames."""
    return _capped(session, session.transport.control.media_bps)


class _Place:
    """Where one viewer is: the rung it sees, the one it moves to, and whether it should move."""

    def __init__(self, key: RungKey, up_after_s: float) -> None:
        self.key = key
        self.coming: RungKey | None = None
        self.moved_at = self.looked_at = time.monotonic()
        self.climb = Climb(self.moved_at, up_after_s)
        self.codec_dwell_s = CODEC_DWELL_S

    @property
    def goal(self) -> RungKey:
        """The rung that it will see when nothing is under way any more."""
        return self.coming or self.key

    def move(self, key: RungKey) -> None:
        self.coming = key if key != self.key else None
