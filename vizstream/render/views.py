"""The views of all windows that the script has made: their numbers, their rings, who is told of which.

Scripts make windows that nobody is meant to see: helpers that draw into a file, windows not yet filled,
windows closed long ago.  Viewers are offered those that a desktop would show; see `View.worth_seeing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .view import Rings, View

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from .channel import Wants


class Views:
    """All views, by window and by number.

    Parameters
    ----------
    rings : int
        How many rings there are: so many windows can be watched at once.
    title : str
        What to call a window while the script names it nothing.
    interval : float
        Seconds between two frames of a window at least.

    Attributes
    ----------
    shown : View or None
        The one that the script shows, and with it whoever has not chosen another.
    active : list of View
        Those that are drawn: the shown one first, then what else is watched.
    """

    def __init__(self, rings: int, title: str, interval: float) -> None:
        self.shown: View | None = None
        self.active: list[View] = []
        self.has_update = False
        self._title = title
        self._interval = interval
        self._views: dict[int, View] = {}
        self._last_number = 0
        self._rings = Rings(rings)

    def __iter__(self) -> Iterator[View]:
        return iter(self._views.values())

    @property
    def rendering(self) -> bool:
        """Whether any window renders at this moment."""
        return any(view.picture.rendering for view in self._views.values())

    def add(self, window: vtkRenderWindow) -> View:
        """Return the view of a window; make it where there is none yet."""
        notes: dict[str, Any] = window.__dict__
        view = self._views.get(notes.get("_vizstream_window", 0))
        if view is None or view.window is not window:
            self._last_number += 1
            view = View(window, self._last_number, self._title, self._interval)
            view.schedule.has_update = self.has_update
            notes["_vizstream_window"] = view.number
            self._views[view.number] = view
        return view

    def find(self, number: int) -> View | None:
        """Return the view of that number, 0 being the shown one; None when its window has gone."""
        return self._views.get(number) if number else self.shown

    def call_update(self) -> None:
        """Note that the scene has an ``update`` function."""
        self.has_update = True
        for view in self._views.values():
            view.schedule.has_update = True

    def show(self, window: vtkRenderWindow, wants: Wants) -> View:
        """Make `window` the shown one."""
        view = self.add(window)
        if view is not self.shown:
            view.picture.open(wants.of(view.number, shown=True))
            view.picture.stale, view.picture.fresh = True, False
            window.__dict__.pop("_vizstream_closed", None)
            self.shown = view
            self.choose(wants)
        return view

    def choose(self, wants: Wants) -> None:
        """Find out which views are active, and see that each of them has a ring."""
        self._forget_dead()
        if self.shown is None:
            self.active = []
            return
        watched = [
            view
            for view in map(self._views.get, wants.windows)
            if view is not None
            and view is not self.shown
            and not view.closed
            and wants.windows[view.number].viewers
        ]
        self.active = [self.shown, *watched]
        for view in self._views.values():
            view.waits = False
        for view in list(self.active):
            if self._rings.give(view, self.active):
                view.picture.open(wants.of(view.number, shown=view is self.shown))
            else:
                view.waits = True
                self.active.remove(view)
        for view in self._views.values():
            if view not in self.active:
                view.schedule.viewers = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return what viewers are told of the windows worth seeing, and of the shown one in any case."""
        self._forget_dead()
        return [view.row() for view in self._views.values() if view is self.shown or view.worth_seeing()]

    def _forget_dead(self) -> None:
        for view in [view for view in self._views.values() if view.window is None]:
            self._rings.take(view)
            del self._views[view.number]
            if view in self.active:
                self.active.remove(view)
