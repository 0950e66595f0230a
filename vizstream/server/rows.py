"""Tell a viewer which RTP time shows which frame, and which of its inputs: in batches, sooner where needed.

A message costs more than what is in it: SCTP and DTLS headers and an acknowledgement, on the line and in the
server, where four a second to each of 16 viewers took 1 % of a core.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two messages to who steers, and when the picture comes to rest: a still is laid over the
#: frame whose number is known.  One row a frame and message would cost 40 kbit/s at 30 frames/s.
INTERVAL_S = 0.25

#: The same to who only watches.
CALM_INTERVAL_S = 1.0


class FrameRows:
    """Collect the rows of one viewer's frames.

    Parameters
    ----------
    send : callable
        Sends rows, each of RTP time stamp, number of the frame and the viewer's last input in it; says
        whether it could.
    """

    def __init__(self, send: Callable[[list[list[int]]], bool]) -> None:
        self._send = send
        self._rows: list[list[int]] = []
        self._handle: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._shown = 0

    def add(self, stamp: int, seq: int, shown: int) -> None:
        """Take the row of a frame that has been sent."""
        self._rows.append([stamp, seq, shown])
        self._tell_within(CALM_INTERVAL_S if shown == self._shown else INTERVAL_S)
        self._shown = shown

    def rest(self) -> None:
        """Note that the picture has come to rest."""
        if self._rows:
            self._tell_within(INTERVAL_S)

    def close(self) -> None:
        """Send nothing any more; idempotent."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tell_within(self, interval_s: float) -> None:
        """Send after so long since the last message, unless it is to be sent sooner already."""
        due = self._sent_at + interval_s
        if self._handle is not None:
            if self._handle.when() <= due:
                return
            self._handle.cancel()
        self._handle = asyncio.get_running_loop().call_at(due, self._tell)

    def _tell(self) -> None:
        self._handle = None
        rows, self._rows = self._rows, []
        if self._send(rows):
            self._sent_at = asyncio.get_running_loop().time()
