"""Packets into pictures: a picture is whole when its marked last packet is there.  Pure.

Browsers take it so, too.  aiortc's own receiver waits for the first packet of the *next* picture, which would
add a frame's time to every latency.  Within one machine packets keep their order, so a gap is a loss, and
what follows it can only be decoded from the next keyframe on.
"""

from __future__ import annotations

from typing import NamedTuple


class Assembled(NamedTuple):
    """The payloads of one picture."""

    stamp: int
    payload_type: int
    payloads: list[bytes]


class Assembler:
    """Put one stream's packets together.

    Attributes
    ----------
    lost : int
        Packets that never came.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._expected: int | None = None
        self._payloads: list[bytes] = []
        self._broken = False

    def add(
        self, sequence: int, stamp: int, payload_type: int, payload: bytes, *, marker: bool
    ) -> Assembled | None:
        """Take a packet; return the picture that it completes.

        Packets of a picture that misses some are left out; `lost` has grown then.
        """
        if self._expected is not None:
            gap = (sequence - self._expected) % 0x10000
            if gap >= 0x8000:
                return None  # an old one, or one that came twice
            if gap:
                self.lost += gap
                self._broken = True
        self._expected = (sequence + 1) % 0x10000
        self._payloads.append(payload)
        if not marker:
            return None
        payloads, self._payloads = self._payloads, []
        broken, self._broken = self._broken, False
        return None if broken else Assembled(stamp, payload_type, payloads)
