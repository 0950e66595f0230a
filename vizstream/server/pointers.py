"""Where everybody's pointer is, and what of that each of the others still has to hear: plain values.

A pointer that rests costs nothing, nor does one that nobody else sees.  Those that move are told together, at
most ten times a second, and less often on a narrow line.
"""

from __future__ import annotations

#: Share of a viewer's line that others' pointers may take.
LINE_SHARE = 0.02

#: What a message costs on the wire beside its text: IP and UDP 28 bytes, DTLS 29, SCTP 28, and an
#: acknowledgement every other time.
OVERHEAD_BYTES = 120

#: Bytes of a row's text: two numbers of four digits, the viewer's, and punctuation.
ROW_BYTES = 16

Row = tuple[int, "int | None", "int | None"]


class Pointers:
    """All pointers, in logical pixels of the window that each is in."""

    def __init__(self) -> None:
        self._at: dict[int, tuple[int, int, int]] = {}
        self._version = 0
        self._heard: dict[int, tuple[int, int]] = {}
        self._told: dict[int, dict[int, tuple[int, int]]] = {}
        self._due: dict[int, float] = {}

    def point(self, viewer: int, window: int, x: float, y: float) -> None:
        """Note where a viewer's pointer is."""
        at = (window, round(x), round(y))
        if self._at.get(viewer) != at:
            self._at[viewer] = at
            self._version += 1

    def hide(self, viewer: int) -> None:
        """Note that a viewer's pointer has left the picture."""
        if self._at.pop(viewer, None) is not None:
            self._version += 1

    def leave(self, viewer: int) -> None:
        """Forget a viewer who has gone."""
        self.hide(viewer)
        self._heard.pop(viewer, None)
        self._told.pop(viewer, None)
        self._due.pop(viewer, None)

    def news(self, viewer: int, window: int, now: float, line_bps: float) -> list[Row]:
        """Return what a viewer is to hear now, and count it as told.

        Parameters
        ----------
        viewer : int
            Who is to hear.
        window : int
            The window that it sees.  Where that is another one than before, it has forgotten what it heard.
        now : float
            Seconds, monotonic.
        line_bps : float
            What its line is believed to carry.

        Returns
        -------
        list of (int, int or None, int or None)
            Whose pointer, and where; None and None where it is not to be seen any more.  Empty where there is
            nothing new, or where the line has not recovered from the last time.
        """
        version, before = self._heard.get(viewer, (-1, window))
        if (version, before) == (self._version, window) or now < self._due.get(viewer, 0.0):
            return []
        self._heard[viewer] = (self._version, window)
        if before != window:
            self._told.pop(viewer, None)
        here = {other: at[1:] for other, at in self._at.items() if at[0] == window and other != viewer}
        told = self._told.get(viewer, {})
        if here == told:
            return []
        rows: list[Row] = [(other, *at) for other, at in here.items() if told.get(other) != at]
        rows += [(other, None, None) for other in told if other not in here]
        self._told[viewer] = here
        bits = 8 * (OVERHEAD_BYTES + ROW_BYTES * len(rows))
        self._due[viewer] = now + bits / max(1.0, LINE_SHARE * line_bps)
        return rows
