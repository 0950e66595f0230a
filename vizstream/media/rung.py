"""A rung: one encoding of the picture, made once in a thread of its own, for all viewers who watch it.

::

    ring ─► PictureSource.newest() ─► Encoder ─► packetize ─► deliver(EncodedFrame)   (this thread)
                                                               └► event loop ─► every viewer's sender

The thread sleeps while nobody watches and while nothing changes.  It never queues: it asks the renderer for a
picture so that one is drawn just when it can be encoded, and takes the newest, whatever it missed.

While somebody steers, the next picture is drawn after this one is encoded, because the answer that somebody
waits for has all cores then; while nobody does, beside it, because then only frames count.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .cadence import (
    KEEPALIVE_BPS,
    REFINE_AT_S,
    STILL_AGE_S,
    keyframe_due,
    refine_steps,
    refined,
    repeat_due,
)
from .choice import Demand
from .codecs import CLOCK_RATE_HZ
from .encoder import rate_cap_bps
from .fitting import FittingEncoder
from .ladder import MAX_FPS
from .machine import Machine
from .packetizers import PACKETIZERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from vizstream.ipc.frame_ring import FrameInfo

    from .codecs import Codec
    from .ladder import Level
    from .source import Picture, PictureSource

logger = logging.getLogger(__name__)

_NEVER = float("-inf")

#: Longer than anything waits.
_LONG_S = 3600.0

#: How long before it can be encoded a picture is asked for: what drawing took last time, a little more, and
#: at most this.
LEAD_MARGIN_S = 0.002
MAX_LEAD_S = 0.05

#: How many times longer than drawing takes nothing must come of asking before the scene counts as at rest.
#: On a full line pictures are asked for late; the one before used to be sharpened meanwhile, and AV1's rate
#: control made of the bits it had saved a picture four times as large (300 kbit/s: 0.25 to 0.4 s without
#: one; now 0.2 at most).
REST_LEADS = 2.0

#: Seconds after the last input for which whoever steers may be expected to go on.  Measured on 2 cores, the
#: flow scene, one Chromium on the same machine: drawn beside the encoding, 47 frames/s came instead of 44 at
#: 720p and 28 instead of 26 at 1080p, but 28 and 49 ms passed from the beginning of a picture to its packets
#: instead of 22 and 37.
STEERED_S = 1.0

#: Seconds until full lines are looked at again.
LINE_CHECK_S = 0.005

#: Seconds after which an encoder that has not given a picture back never will: drivers of hardware hang.  The
#: slowest in software take half a second, for 3840x2160.
HANG_S = 5.0


@dataclass(frozen=True, eq=False)
class EncodedFrame:
    """One encoded picture, cut into RTP payloads.

    Parameters
    ----------
    payloads : list of bytes
        RTP payloads in order; the last one gets the marker bit.
    rtp_time : int
        Units of 1/90000 s since an arbitrary origin, not yet wrapped; grows from frame to frame.
    keyframe : bool
        Whether decoding can start here.
    info : FrameInfo
        Of the frame that the picture came from.
    encode_begin_ns, encode_end_ns : int
        ``time.monotonic_ns()`` around conversion, encoding and packetizing.
    codec : Codec
        What it is encoded with.
    data : bytes
        The same picture uncut, as the encoder made it; H.264 in Annex B.
    shared : dict
        What one who sends the frame has made of it, for others who would make the same.
    """

    payloads: list[bytes]
    rtp_time: int
    keyframe: bool
    info: FrameInfo
    encode_begin_ns: int
    encode_end_ns: int
    codec: Codec
    data: bytes = b""
    shared: dict[Any, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return sum(map(len, self.payloads)) or len(self.data)


class Rung:
    """Encode the source's newest picture with one codec while somebody watches.

    Parameters
    ----------
    codec : Codec
        What to encode.
    level : Level
        Where it stands on the ladder.
    source : PictureSource
        Where pictures come from.
    deliver : callable
        Called *in the rung's thread* with each `EncodedFrame`.
    may_encode : callable
        Asked *in the rung's thread* before each picture, with the seconds until it would be encoded: False
        where the lines of those who watch are still full then, so that a newer one later is better.
    machine : Machine, optional
        Where it runs, shared by all rungs.
    """

    def __init__(
        self,
        codec: Codec,
        level: Level,
        source: PictureSource,
        deliver: Callable[[EncodedFrame], None],
        may_encode: Callable[[float], bool] = lambda _lead_s: True,
        machine: Machine | None = None,
    ) -> None:
        self.codec = codec
        self.level = level
        self._source = source
        self._deliver = deliver
        self._may_encode = may_encode
        self._rate_bps: int | None = None
        self._max_fps = MAX_FPS
        self._beside_still = False
        self._packetize = PACKETIZERS[codec.mime_type]
        self._wake = threading.Condition()
        self._running = True
        self._watched = False
        self._news = False
        self._keyframe_wanted = False
        self._joining = False
        # The thread's own state.
        self._encoder = FittingEncoder(codec, machine or Machine())
        self._picture: Picture | None = None
        # When it began with a picture; 0 while it has none.
        self._busy_since = 0.0
        self._changed_at = self._encoded_at = self._keyframe_at = _NEVER
        self._asked = False
        self._asked_at = _NEVER
        self._beside = False
        self._steered_at = _NEVER
        self._lead_s = self._encode_s = 0.0
        self._refine_at_s: tuple[float, ...] = REFINE_AT_S
        self._rtp_time = 0
        self._picture_id = 0
        self._thread = threading.Thread(target=self._run, name=f"rung-{codec.name}", daemon=True)
        self._thread.start()

    # Called from any thread; none of these blocks for longer than a few instructions.

    def notify(self) -> None:
        """Say that the ring may hold a newer frame."""
        with self._wake:
            self._news = True
            self._wake.notify()

    def watch(self, *, watched: bool) -> None:
        """Say whether anybody watches; without viewers the thread sleeps."""
        with self._wake:
            self._watched = watched
            self._news = True
            self._asked = False
            self._wake.notify()

    def steer(self) -> None:
        """Say that somebody steers the scene."""
        self._steered_at = time.monotonic()

    def request_keyframe(self, *, joining: bool = False) -> None:
        """Ask for a keyframe; requests that come close together are answered by one."""
        with self._wake:
            self._keyframe_wanted = True
            self._joining |= joining
            self._wake.notify()

    def set_rate(self, rate_bps: int, max_fps: float = MAX_FPS, *, beside_still: bool = False) -> None:
        """Aim at a rate, with so many frames per second at most, from the next picture on.

        `beside_still` says that all who watch get a still, or have it, and need the video no sharper.
        """
        self._rate_bps, self._max_fps, self._beside_still = rate_bps, max_fps, beside_still

    def hangs(self, now: float) -> bool:
        """Say whether the encoder does not come back; `now` by ``time.monotonic()``."""
        return self._busy_since > 0 and now - self._busy_since > HANG_S

    def give_up(self) -> None:
        """Leave a thread that hangs to itself, and do without the hardware that it hangs in."""
        self._encoder.blame()
        # The thread may hold nothing but the encoder: it sleeps with the condition released.
        self._running = False

    def close(self, *, wait: bool = True) -> None:
        """End the thread; idempotent.

        Parameters
        ----------
        wait : bool
            Until it has ended, which takes as long as one picture.
        """
        with self._wake:
            self._running = False
            self._wake.notify()
        if wait and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    # The rung's own thread.

    def _run(self) -> None:
        failures = 0
        while (keyframe := self._sleep()) is not None:
            self._busy_since = time.monotonic()
            try:
                self._encode(keyframe=keyframe)
                failures = 0
            except Exception:
                # A broken encoder must neither end the thread nor flood the log.
                failures += 1
                if failures == 1:
                    logger.exception("encoding %s failed; trying again with a new encoder", self.codec.name)
                self._encoder.drop()
                time.sleep(min(1.0, 0.05 * failures))
            finally:
                self._busy_since = 0.0

    def _sleep(self) -> bool | None:
        """Wait until there is something to encode; return whether as a keyframe, None to end."""
        with self._wake:
            while self._running:
                if not self._watched:
                    self._wake.wait()
                    continue
                now = time.monotonic()
                # A picture may come a little early: renderers do not keep time to the millisecond.
                early = self._encoded_at + 0.9 / self._max_fps - now
                lead_s = self._encode_s + (0.0 if self._news else self._lead_s)
                room = early > self._lead_s or self._may_encode(lead_s)
                if not self._asked and early <= self._lead_s and room:
                    self._asked = True
                    self._ask(now)
                due, keyframe = self._due(now)
                if due <= now and early <= 0 and room:
                    self._news = False
                    if keyframe:
                        self._keyframe_wanted = self._joining = False
                    return keyframe
                wait = due - now if due > now else max(early, LINE_CHECK_S)
                if not self._asked:
                    wait = min(wait, max(early - self._lead_s, LINE_CHECK_S))
                self._wake.wait(wait if wait < _LONG_S else None)
        return None

    def _due(self, now: float) -> tuple[float, bool]:
        """Return when something is to be encoded, if nothing new comes, and whether as a keyframe."""
        key_at = (
            keyframe_due(self._keyframe_at, joining=self._joining) if self._keyframe_wanted else _LONG_S + now
        )
        keyframe = now >= key_at
        if self._news:
            return now, keyframe
        if self._picture is None:
            return _LONG_S + now, False
        repeat_at = repeat_due(self._changed_at, self._encoded_at, self._steps)
        return min(max(repeat_at, self._asked_at + REST_LEADS * self._lead_s), key_at), keyframe

    def _ask(self, now: float) -> None:
        self._asked_at = now
        self._source.ask()

    def _encode(self, *, keyframe: bool) -> None:
        begin_ns = time.monotonic_ns()
        now = begin_ns / 1e9
        self._draw_beside(now)
        picture = self._source.newest(self.codec, self.level.scale)
        if picture is None:
            if keyframe:
                self.request_keyframe(joining=True)
            return
        changed = self._picture is None or picture.info.seq != self._picture.info.seq
        if not changed and not keyframe and now < repeat_due(self._changed_at, self._encoded_at, self._steps):
            return
        self._picture = picture
        if changed:
            self._asked = self._beside
            spent_ns = picture.info.readback_end_ns - picture.info.render_begin_ns
            self._lead_s = min(MAX_LEAD_S, max(0, spent_ns) / 1e9 + LEAD_MARGIN_S)
        size = (picture.yuv.width, picture.yuv.height)
        encoder = self._encoder.fit(size, self._demand(size), now, keyframe=keyframe, changed=changed)
        self._refine_at_s = encoder.refine_at_s
        repeats = 1
        if not changed and not keyframe:
            if refined(self._changed_at, self._encoded_at, self._steps):
                encoder.set_rate(min(encoder.rate_bps, KEEPALIVE_BPS))
            else:
                repeats = encoder.layers
        # RTP time is capture time for a new picture, now for a repeated one; it must always grow.
        stamp_ns = picture.info.render_end_ns if changed and picture.info.render_end_ns else begin_ns
        for _repeat in range(repeats):
            self._rtp_time = max(self._rtp_time + 1, stamp_ns * CLOCK_RATE_HZ // 1_000_000_000)
            self._encode_once(picture, begin_ns, keyframe=keyframe)
        self._encoded_at = now
        if changed:
            self._changed_at = now - STILL_AGE_S if picture.info.still else now
        self._encode_s = min(MAX_LEAD_S, (time.monotonic_ns() - begin_ns) / 1e9)

    @property
    def _steps(self) -> tuple[float, ...]:
        return refine_steps(self._refine_at_s, beside_still=self._beside_still)

    def _draw_beside(self, now: float) -> None:
        """Ask for the next picture before this one is encoded, where that brings more of them.

        Not where it would be there long before it can be encoded, which may be `0.9 / max_fps` from now.
        """
        lead_s, encode_s = self._lead_s, self._encode_s
        self._beside = (
            now - self._steered_at > STEERED_S
            and lead_s >= encode_s
            and 0.9 / self._max_fps <= lead_s + encode_s / 2
            and self._may_encode(encode_s)
        )
        if self._beside:
            self._ask(now)

    def _encode_once(self, picture: Picture, begin_ns: int, *, keyframe: bool) -> None:
        data, is_keyframe = self._encoder.encode(picture.yuv, self._rtp_time, keyframe=keyframe)
        if is_keyframe:
            self._keyframe_at = time.monotonic()
        if not data or not self._running:
            return
        self._picture_id += 1
        payloads = self._packetize(data, self._picture_id, is_keyframe)
        end_ns = time.monotonic_ns()
        self._deliver(
            EncodedFrame(
                payloads, self._rtp_time, is_keyframe, picture.info, begin_ns, end_ns, self.codec, data
            )
        )

    def _demand(self, size: tuple[int, int]) -> Demand:
        rate_bps = self._rate_bps or rate_cap_bps(*size)
        return Demand(size[0] * size[1], rate_bps, self._max_fps, self.level.patience)
