"""What a tunnel has carried, and what it may still carry.

Free plans of tunnel programs end with a month's bytes (ngrok's: 1 GB).  So what crosses the connections of
a tunnel is counted as it goes, and the rate of the video that goes there falls before nothing is left.
Video by UDP does not cross the tunnel and is neither counted nor slowed.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

#: Share of the budget that is used, and the rate in bit/s that a viewer gets from there on.  At the last one
#: a scene at rest is sharp after seconds, and a twentieth of 1 GB lasts for three quarters of an hour.
STEPS = ((0.95, 150_000), (0.8, 500_000), (0.5, 2_000_000))


def cap_bps(carried: int, budget: int) -> int:
    """Return the rate that each viewer may have; 0 for no limit.

    Parameters
    ----------
    carried, budget : int
        Bytes; a budget of 0 has no end.
    """
    if budget:
        for share, rate_bps in STEPS:
            if carried >= share * budget:
                return rate_bps
    return 0


class TunnelMeter:
    """Count what crosses tunnels.

    Parameters
    ----------
    budget : int
        Bytes that may; 0 for any number.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.carried = 0
        self._lines: weakref.WeakKeyDictionary[asyncio.BaseTransport, Line] = weakref.WeakKeyDictionary()

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return 0 < self.budget <= self.carried

    @property
    def cap_bps(self) -> int:
        """The rate that each viewer may have through a tunnel; 0 for no limit."""
        return cap_bps(self.carried, self.budget)

    def watch(self, transport: asyncio.Transport) -> Line:
        """Count what a connection carries, in case a tunnel turns out to be at its other end."""
        line = self._lines[transport] = Line(self, transport)
        return line

    def admit(self, transport: asyncio.BaseTransport | None) -> bool:
        """Note that a request comes on a tunnel's connection; say whether it may be answered.

        A refusal still gets through: it is short, and tells why.
        """
        line = self._lines.get(transport) if transport is not None else None
        if line is not None:
            if not line.tunnelled:
                line.tunnelled = True
                self.carried += line.carried
            line.spared = self.exhausted
        return not self.exhausted


class Line:
    """The bytes of one connection, both ways.

    Parameters
    ----------
    meter : TunnelMeter
        Adds them up.
    transport : asyncio.Transport
        Whose `write` and `writelines` are counted from now on.
    """

    def __init__(self, meter: TunnelMeter, transport: asyncio.Transport) -> None:
        self.carried = 0
        self.tunnelled = False
        self.spared = False
        self._meter = meter
        # Not the transport itself: its `write` leads here, and it would keep itself alive.
        self._abort = weakref.WeakMethod(transport.abort)
        _count_before(transport, "write", lambda data: self.add(len(data)))
        _count_before(transport, "writelines", lambda parts: self.add(sum(map(len, parts))))

    def add(self, count: int) -> None:
        """Count some bytes; ends a tunnel's connection once nothing is left."""
        self.carried += count
        if self.tunnelled:
            self._meter.carried += count
            abort = self._abort()
            if self._meter.exhausted and not self.spared and abort is not None:
                abort()


def _count_before(transport: asyncio.Transport, name: str, count: Callable[..., None]) -> None:
    """Let a transport count what it is given to write."""
    write = getattr(type(transport), name)
    weak = weakref.ref(transport)

    def counted(data: object) -> None:
        if name == "writelines":
            data = list(data)  # type: ignore[call-overload]
        count(data)
        real = weak()
        if real is not None:
            write(real, data)

    setattr(transport, name, counted)
