"""One window as viewers see it: its picture, when that is due, and the hands that steer it.

Every window of the script has a view.  Those that somebody watches, and the one that the script shows, are
*active*: they are drawn when a frame is due, and their frames go into a ring of their own.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from .changes import items
from .channel import Want
from .input import InputDispatcher
from .picture import Picture
from .schedule import UNWATCHED_PERIOD, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from vizstream.events import InputEvent

    from .channel import FrameWriter

#: The ring of a view that has none.
NO_RING = -1


class View:
    """What is kept for one window.

    Parameters
    ----------
    window : vtkRenderWindow
        The window; it is not kept alive.
    number : int
        Its number: 1, 2, 3 … in the order in which the windows were made.
    title : str
        What to call it while the script names it nothing.
    interval : float
        Seconds between two frames at least.

    Attributes
    ----------
    picture, schedule, input
        See their classes.
    ring : int
        Which ring its frames go into.
    waits : bool
        Whether it is watched and cannot be shown, because all rings are in use.
    """

    def __init__(self, window: vtkRenderWindow, number: int, title: str, interval: float) -> None:
        self.number = number
        self.picture = Picture(window, number, title)
        self.schedule = Schedule(interval)
        self.input = InputDispatcher()
        self.ring = NO_RING
        self.waits = False

    @property
    def window(self) -> Any:
        """The window; None when the script has let go of it."""
        return self.picture.window

    @property
    def interactor(self) -> Any:
        """The window's interactor; None where it has none."""
        window = self.window
        return None if window is None else window.GetInteractor()

    @property
    def hidden(self) -> bool:
        """Whether the script asked for a window that is not seen, to take pictures of."""
        return bool(self._note("_vizstream_hidden"))

    @property
    def closed(self) -> bool:
        """Whether the script has closed the window and not drawn it since."""
        return bool(self._note("_vizstream_closed"))

    @property
    def watched(self) -> bool:
        """Whether anybody watches it."""
        return self.schedule.viewers > 0

    def _note(self, name: str) -> Any:
        window = self.window
        return None if window is None else window.__dict__.get(name)

    def worth_seeing(self) -> bool:
        """Say whether a desktop would show the window, with something in it."""
        window = self.window
        if window is None or self.closed or self.hidden:
            return False
        interactor = window.GetInteractor()
        if window.GetNeverRendered() and not (interactor is not None and interactor.GetInitialized()):
            return False
        return any(renderer.GetViewProps().GetNumberOfItems() for renderer in items(window.GetRenderers()))

    def is_worth_drawing(self, now: float) -> bool:
        """Say whether a script's own render is to be carried out.

        With nobody watching, one in a second is: enough for a script that reads the picture back itself
        now and then, little enough for one that spins for hours before anybody comes.
        """
        return self.watched or now - self.picture.end_ns / 1e9 >= UNWATCHED_PERIOD

    # ---- one turn of the loop ------------------------------------------------------------------------

    def look(self, want: Want) -> bool:
        """Take over what its viewers want, and the size that the script gave; say whether that changed."""
        if want.viewers > self.schedule.viewers:
            self.schedule.moved = time.monotonic()  # who has just come is to see something soon, not best
        self.schedule.viewers = want.viewers
        return (want.viewers > 0 and self.picture.resize(want)) or self.picture.adopt_size()

    def look_at_reader(self, frames: FrameWriter[Any]) -> None:
        """See whether the last frame was taken."""
        self.schedule.taken = frames.taken_seq >= self.schedule.seq

    def look_for_changes(self) -> None:
        """Look for changes that nobody announced, if it is time to."""
        schedule, picture = self.schedule, self.picture
        schedule.changed = picture.changed
        due, now = schedule.check_due(), time.monotonic()
        if due is not None and due <= now:
            picture.stale = picture.differs()
            schedule.checked = now
            schedule.check_cost = time.monotonic() - now

    def frame_due(self) -> float | None:
        """Return when a frame is to be drawn, None when there is no need."""
        self.schedule.changed = self.picture.changed
        return self.schedule.frame_due()

    def draw(
        self, now: float, frames: FrameWriter[Any], overtaken: Callable[[], bool] = lambda: False
    ) -> bool:
        """Draw what is stale, publish it, and say whether that was done.

        Parameters
        ----------
        now : float
            The time now.
        frames : FrameWriter
            Where to.
        overtaken : callable
            Asked when the picture is drawn: whether a press has come meanwhile, so that the next picture is
            worth more.  This one is then not published.
        """
        picture, schedule = self.picture, self.schedule
        schedule.begin(now)
        if picture.stale or not picture.fresh:
            picture.render()
            if schedule.may_give_up(now) and overtaken():
                schedule.gave_up = now
                return False
        seq = picture.publish(frames)
        if seq:
            schedule.published = time.monotonic()
            schedule.taken = False
            schedule.seq = seq
            schedule.move(schedule.published)
        return seq > 0

    def steered(self, event: InputEvent) -> None:
        """Note that input was delivered."""
        self.schedule.touch(time.monotonic(), hovers=event.hovers)
        self.schedule.steered = self.input.dragging
        self.schedule.pressed |= event.switches

    def rest_due(self) -> float | None:
        """Return when the picture of the scene at rest is to be drawn, None when there is no need."""
        self.schedule.changed = self.picture.changed
        return self.schedule.rest_due()

    def draw_at_rest(self, frames: FrameWriter[Any]) -> bool:
        """Draw and publish the picture of the scene at rest; say whether that could be done.

        Nobody has to take this one before the next picture may be drawn.
        """
        if not self.picture.publish_at_rest(frames):
            return False
        self.schedule.settle()
        return True

    def wake_at(self, now: float) -> float:
        """Return when the loop must wake for this view even if nobody rings."""
        self.schedule.changed = self.picture.changed
        return self.schedule.wake_at(now, None)

    def row(self) -> dict[str, Any]:
        """Return the window's row of the scene's board."""
        return {"window": self.number, "ring": self.ring, "waits": self.waits, **self.picture.looks()}


class Rings:
    """Which view's frames go into which ring.

    Parameters
    ----------
    count : int
        How many rings there are.
    """

    def __init__(self, count: int) -> None:
        self._views: list[View | None] = [None] * count
        self._order: deque[int] = deque(range(count))

    def give(self, view: View, active: list[View]) -> bool:
        """Give a ring to a view: a free one, else one of a view that is not active.

        Returns
        -------
        bool
            False when all rings are in use by others.
        """
        if view.ring != NO_RING:
            return True
        free = [ring for ring in self._order if self._views[ring] is None]
        free += [ring for ring in self._order if self._views[ring] not in active]
        if not free:
            return False
        ring = free[0]
        before = self._views[ring]
        if before is not None:
            before.ring = NO_RING
            # Its next viewer finds nothing of it in the ring that it will get.
            before.schedule.forget_frame()
        self._views[ring], view.ring = view, ring
        self._order.remove(ring)
        self._order.append(ring)
        return True

    def take(self, view: View) -> None:
        """Take the ring of a view whose window has gone."""
        if view.ring != NO_RING:
            self._views[view.ring] = None
            view.ring = NO_RING
