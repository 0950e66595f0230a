"""When each frame of a video passed a line, read from the RTP headers, which are not encrypted.

    ts = shaped.frames()[0]
    ts.last_in_s - ts.first_in_s     # how long the sender's pacer took
    ts.last_out_s - ts.last_in_s     # queue, serialization and delay of its last packet

Times are those of ``time.monotonic()``, which on Linux is one clock for all processes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

#: Frames remembered: over a minute at 60 frames/s.
MEMORY = 8192

#: Second byte of RTCP packets that share the port (RFC 5761, section 4); RTP is the rest.
_RTCP = range(192, 224)


@dataclass
class FramePassage:
    """One frame's way over a line, in seconds; packets sent again and padding that repeats it included.

    ``last_out_s`` is when the last packet arrived that was not lost; 0 where all were.
    """

    stamp: int
    first_in_s: float
    last_in_s: float = 0.0
    last_out_s: float = 0.0
    packets: int = 0
    lost: int = 0
    bytes: int = 0


class FrameTrace:
    """Note the passage of RTP packets; bounded."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int, FramePassage] = OrderedDict()
        #: IP bytes that were not RTP.
        self.other_bytes = 0

    def note(self, data: bytes, size: int, sent_s: float, due_s: float | None) -> None:
        """Take one datagram, which arrives at ``due_s`` or never."""
        if len(data) < 12 or data[0] & 0xC0 != 0x80 or data[1] in _RTCP:
            self.other_bytes += size
            return
        stamp = int.from_bytes(data[4:8], "big")
        frame = self._frames.get(stamp)
        if frame is None:
            frame = self._frames[stamp] = FramePassage(stamp, sent_s)
            if len(self._frames) > MEMORY:
                self._frames.popitem(last=False)
        frame.last_in_s = sent_s
        frame.packets += 1
        frame.bytes += size
        if due_s is None:
            frame.lost += 1
        else:
            frame.last_out_s = max(frame.last_out_s, due_s)

    def frames(self) -> list[FramePassage]:
        """Return what is remembered, oldest first."""
        return list(self._frames.values())
