"""One still on its way out: made strip by strip, sent to all from the same bytes, dropped at any moment.

Pure bookkeeping, and the pace at which a transfer may go; `stills` decides when.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from vizstream.ipc.frame_ring import FrameInfo

#: Before each strip stands its length.
_LENGTH = struct.Struct("!I")

#: What a still may use of a line: all but its own headers, which are 4 %, and what little video is sent
#: meanwhile (and more, or less, when `throttle` has seen how that goes: with all of it the queue before a
#: line of 1 Mbit/s was 40 ms longer at its longest, and the still was there no sooner); next to nothing while
#: the line is full all the same; and more than the video ever needed, where that is all that is known of it.
SHARE = 0.93
CONGESTED_SHARE = 0.1
WIDE_FACTOR = 8.0

#: Most bytes that leave at once, in seconds of the rate: what queues before a narrow line because of it.
BURST_S = 0.01
#: What may leave at once when a transfer begins, in seconds of the rate: most of the queue that `throttle`
#: aims at, so that the line is full from the first moment on.
HEAD_START_S = 0.06
#: Bytes that may leave at once at any rate: one TCP segment.
MIN_BURST_BYTES = 1400
MAX_BURST_BYTES = 64 * 1024


class Body:
    """Bytes that grow until they are complete, or void.

    Lives in the event loop.
    """

    def __init__(self) -> None:
        self.complete = False
        self.void = False
        self.size = 0
        self._parts: list[bytes] = []
        self._news = asyncio.Event()

    def add(self, strip: bytes) -> None:
        """Append a strip, led by its length."""
        self._parts.append(_LENGTH.pack(len(strip)) + strip)
        self.size += _LENGTH.size + len(strip)
        self._tell()

    def finish(self) -> None:
        """Say that nothing comes any more."""
        self.complete = True
        self._tell()

    def drop(self) -> None:
        """Free the bytes; whoever reads ends.  Idempotent."""
        self.void = True
        self._parts = []
        self._tell()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield what there is, then what comes, until the body is complete or void."""
        index = 0
        while not self.void:
            while index < len(self._parts):
                index += 1
                yield self._parts[index - 1]
            if self.complete:
                return
            await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Still:
    """The picture of one window at rest, for all its viewers.

    Parameters
    ----------
    info : FrameInfo
        Of the frame that it is.
    moved_ns : int
        When the scene last moved, on the clock of `FrameInfo`.
    """

    def __init__(self, info: FrameInfo, moved_ns: int) -> None:
        self.info = info
        self.moved_ns = moved_ns
        #: Empty until the picture has been looked at.
        self.sha256 = ""
        self.exact = Body()
        #: A lossy picture, for viewers on bad lines; made when the first one needs it.
        self.draft: Body | None = None

    def is_void(self) -> bool:
        """Say whether the scene has moved since."""
        return self.exact.void

    def drop(self) -> None:
        """Free everything; idempotent."""
        self.exact.drop()
        if self.draft is not None:
            self.draft.drop()


def still_url(session_id: str, seq: int, *, draft: bool) -> str:
    """Return the path under which a viewer may fetch a still."""
    return f"/stills/{session_id}/{seq}" + ("/draft" if draft else "")


def bulk_bps(target_bps: float, *, congested: bool, wide: bool) -> float:
    """Return the rate at which a still may travel, so that no queue grows from it.

    Parameters
    ----------
    target_bps : float
        What the viewer's line is believed to carry.
    congested : bool
        Whether more is in flight than that line holds.
    wide : bool
        Whether the line most likely carries much more, which the video did not need.
    """
    if congested:
        return CONGESTED_SHARE * target_bps
    return WIDE_FACTOR * target_bps if wide else SHARE * target_bps


class Pace:
    """How many bytes may leave now: a bucket that fills at a rate which may change at any time.

    Pure: time is what callers say it is.

    Parameters
    ----------
    now_s : float
        The time.
    bytes_at_once : float
        What may leave at once at the beginning.
    """

    def __init__(self, now_s: float, bytes_at_once: float = MIN_BURST_BYTES) -> None:
        self._filled_s = now_s
        self._budget = max(float(MIN_BURST_BYTES), bytes_at_once)

    def allows(self, now_s: float, rate_bps: float) -> int:
        """Return how many bytes may leave now; 0 where it is not worth it yet.

        At a rate of 0, a pause, not even what may go at once does: the video's rate is not held then, and
        fell by half when a still's first 6 kB stood before the line beside it.
        """
        burst = min(MAX_BURST_BYTES, max(MIN_BURST_BYTES, rate_bps * BURST_S / 8))
        # A little saved up makes good for timers of an event loop, which are late by a millisecond or two.
        filled = min(self._budget + (now_s - self._filled_s) * rate_bps / 8, 2 * burst)
        self._budget, self._filled_s = max(self._budget, filled), now_s
        return int(min(self._budget, burst)) if rate_bps and self._budget >= MIN_BURST_BYTES else 0

    def spend(self, size: int) -> None:
        """Take bytes that left off the budget."""
        self._budget -= size

    def delay_s(self, rate_bps: float) -> float:
        """Return the seconds until it is worth asking again."""
        burst = min(MAX_BURST_BYTES, max(MIN_BURST_BYTES, rate_bps * BURST_S / 8))
        return max(0.001, (burst - self._budget) * 8 / max(1.0, rate_bps))
