"""Which windows the scene has, which one each viewer sees, and in which size it is wanted: plain values.

A viewer sees the window that the script shows at the moment, whichever that is, until it chooses another;
then it sees that one for as long as it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: What a ``scene`` message tells of a window, with what holds before there is one.
_LOOKS: dict[str, Any] = {"title": "", "width": 0, "height": 0, "pixel_ratio": 1.0}

#: The window that the script shows, whichever that is.
SHOWN = 0


class Windows:
    """The windows on the scene's board, and the viewers' choices among them.

    Parameters
    ----------
    resizable : bool
        Whether viewers decide about the windows' sizes.
    """

    def __init__(self, *, resizable: bool = True) -> None:
        self._resizable = resizable
        self._board: dict[str, Any] = {}
        self._rows: dict[int, dict[str, Any]] = {}
        self._chosen: dict[int, int] = {}
        self._sizes: dict[int, tuple[float, float, float]] = {}
        self._last_size: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def update(self, board: Mapping[str, Any]) -> None:
        """Take what the renderer posted."""
        self._board = dict(board)
        self._rows = {row["window"]: row for row in board.get("windows", ())}

    @property
    def rings(self) -> dict[int, int]:
        """In which ring the pictures of each window are; those that are in none are left out."""
        return {window: row["ring"] for window, row in self._rows.items() if row["ring"] >= 0}

    # What viewers do

    def choose(self, viewer: int, window: int) -> None:
        """Let a viewer see another window; `SHOWN` for the one that the script shows."""
        self._chosen[viewer] = window

    def resize(self, viewer: int, width: float, height: float, pixel_ratio: float) -> None:
        """Note in which size a viewer would like to see its window."""
        self._sizes[viewer] = (width, height, pixel_ratio)

    def leave(self, viewer: int) -> None:
        """Forget a viewer."""
        self._chosen.pop(viewer, None)
        self._sizes.pop(viewer, None)

    # What follows from it

    def seen_by(self, viewer: int) -> int:
        """Return the number of the window that a viewer sees; 0 before there is one."""
        chosen = self._asked_by(viewer)
        if chosen != SHOWN and self._rows[chosen]["ring"] >= 0:
            return chosen
        shown: int = self._board.get("window", 0)
        return shown

    def wants(self, viewers: Iterable[int]) -> dict[str, Any]:
        """Return what the renderer is to know: how many watch, and in which size, for each window.

        The first viewer of a window who asked for a size and is still here sets it, so that the picture does
        not jump under others when somebody joins.  Where nobody is left who asks, the window that the script
        shows keeps its size: the next viewer most likely is the same one.

        Returns
        -------
        dict
            ``viewers``, the number of all, and ``windows``, a list of rows ``[window, viewers, first, width,
            height, pixel_ratio]``; `first` is the viewer whose size it is.
        """
        watching: dict[int, list[int]] = {}
        for viewer in sorted(viewers):
            watching.setdefault(self._asked_by(viewer), []).append(viewer)
        rows = []
        for window in sorted({SHOWN, *watching}):
            here = watching.get(window, [])
            first = min((viewer for viewer in here if viewer in self._sizes), default=0)
            size = self._sizes.get(first, self._last_size if window == SHOWN else (0.0, 0.0, 1.0))
            if window == SHOWN:
                self._last_size = size
            if not self._resizable:
                size = (0.0, 0.0, 1.0)
            rows.append([window, len(here), first, *size])
        return {"viewers": sum(map(len, watching.values())), "windows": rows}

    def scene_message(self, viewer: int) -> dict[str, Any]:
        """Return the ``scene`` message for a viewer."""
        row = self._rows.get(self.seen_by(viewer), {})
        looks = {name: row.get(name, default) for name, default in _LOOKS.items()}
        looks["title"] = looks["title"] or self._board.get("title", "")
        phase, message = self._board.get("phase", "loading"), self._board.get("message", "")
        return {"type": "scene", "phase": phase, "message": message, **looks}

    def cursor_message(self, viewer: int) -> dict[str, Any]:
        """Return the ``cursor`` message for a viewer."""
        shape = self._rows.get(self.seen_by(viewer), {}).get("cursor", "default")
        return {"type": "cursor", "shape": shape}

    def windows_message(self, viewer: int) -> dict[str, Any]:
        """Return the ``windows`` message for a viewer."""
        rows = [[window, row["title"]] for window, row in self._rows.items()]
        chosen = self._asked_by(viewer)
        waits = chosen if self._rows.get(chosen, {}).get("waits") else 0
        return {"type": "windows", "window": self.seen_by(viewer), "rows": rows, "waits": waits}

    def _asked_by(self, viewer: int) -> int:
        """Return the window that a viewer has chosen, if it is there, whether in a ring or not yet."""
        chosen = self._chosen.get(viewer, SHOWN)
        return chosen if chosen in self._rows else SHOWN
