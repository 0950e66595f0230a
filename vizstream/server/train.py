"""The train of packets that a probe is made of, while it is being sent.

The controller asks for so many packets and bytes at a rate (`congestion.probing`); frames that wait make up
the train, and where they end, packets that the viewer has already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vizstream.congestion.probing import Probe


class Train:
    """Count what has been sent of a probe; at most one is under way."""

    def __init__(self) -> None:
        self._probe: Probe | None = None
        self._packets = 0
        self._bytes = 0

    @property
    def active(self) -> bool:
        """Whether a probe is under way."""
        return self._probe is not None

    def begin(self, probe: Probe | None) -> None:
        """Send this probe from now on, if it is one."""
        self._probe, self._packets, self._bytes = probe, 0, 0

    def bps(self, otherwise: int) -> int:
        """Return the rate at which packets leave: the probe's, or another where none is under way."""
        return self._probe.bps if self._probe is not None else otherwise

    def add(self, size: int) -> int | None:
        """Count a packet of so many bytes on the wire; return the probe that it belongs to, if one."""
        probe = self._probe
        if probe is None:
            return None
        self._packets += 1
        self._bytes += size
        if self._packets >= probe.packets and self._bytes >= probe.bytes:
            self._probe = None
        return probe.cluster

    def end(self) -> None:
        """Give the probe up: there is nothing to fill it with."""
        self._probe = None
