"""One turn of the render loop, piece by piece; `loop` says when which of them happens.

One turn is: take what the viewers want and did; deliver it to the interactors; fire the script's timers; call
``update``; look for changes; draw and publish what is due.  What is due when is decided in `schedule`, about
plain numbers, for each window by itself.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vtkmodules.vtkCommonCore import vtkWeakReference

from vizstream.events import InputEvent, merge

from .channel import Wants
from .messages import Messages
from .timers import TimerTable
from .views import Views

if TYPE_CHECKING:
    from vizstream.config import Config

    from .channel import MainEnd
    from .view import View


class Turn:
    """What the loop knows, and what it does in one turn.

    Parameters
    ----------
    main_end : MainEnd
        The connection to the viewers.
    config : Config
        Gives the highest frame rate.
    title : str
        What to call a window while the script names it nothing.
    """

    def __init__(self, main_end: MainEnd, config: Config, title: str) -> None:
        self._main_end = main_end
        self._views = Views(len(main_end.writers), title, 1 / config.max_fps)
        self._wants = Wants()
        self._timers: TimerTable[vtkWeakReference] = TimerTable()
        self._events: deque[InputEvent] = deque()
        self._messages = Messages()
        self._update: Callable[[float], object] | None = None
        self._live_since = 0.0
        self._posted: dict[str, Any] = {}
        self._runs: list[bool] = []  # for each loop that runs, the innermost last: was it told to end?
        self._callbacks = 0
        self._asked = 0  # how often a picture was asked for
        #: How often the callback that runs has drawn each window, by number.
        self._renders: Counter[int] = Counter()

    def _told_to_end(self) -> bool:
        return bool(self._runs) and self._runs[-1]

    def _turn(self) -> None:
        self._look_outside()
        self._deliver_input()
        self._fire_timers()
        self._call_update()
        for view in list(self._views.active):
            view.look_for_changes()
            self._draw_if_due(view)
            self._rest_if_due(view)
        self._messages.show()

    def _sleep(self, until: float | None = None) -> None:
        now = time.monotonic()
        due = [view.wake_at(now) for view in self._views.active]
        due += [at for at in (until, self._timers.next_due()) if at is not None]
        wake = now if self._events else min(due, default=now)
        if wake > now:
            self._main_end.wait(wake - now)

    # ---- what comes from outside -------------------------------------------------------------------

    def _look_outside(self) -> None:
        self._look_at_wants()
        views = self._views
        for view in list(views.active):
            resized = view.look(self._wants.of(view.number, shown=view is views.shown))
            self._look_at_reader(view)
            if resized:
                self._announce_size(view)
        self._take_inputs()

    def _take_inputs(self) -> None:
        views = self._views
        for event in self._main_end.drain_inputs():
            seen = views.find(event.window)
            if seen is not None and not seen.schedule.first:  # nobody can mean what they have not seen
                self._events.append(event)

    def _look_at_wants(self) -> None:
        wants, views = self._main_end.wants(), self._views
        if wants is self._wants:
            return
        self._wants = wants
        watched = [view for view in views.active if view.watched]
        views.choose(wants)
        for view in watched:
            if not wants.of(view.number, shown=view is views.shown).viewers:
                self._release_input(view)

    def _look_at_reader(self, view: View) -> None:
        view.look_at_reader(self._main_end.writers[view.ring])

    def _announce_size(self, view: View) -> None:
        interactor, size = view.interactor, view.picture.size
        if interactor is None:
            return
        with self._callback():
            interactor.UpdateSize(size.width, size.height)
            if interactor.GetEnabled():
                interactor.InvokeEvent("ConfigureEvent")

    def _deliver_input(self) -> None:
        self._events = deque(merge(self._events))
        while self._events and not self._told_to_end():
            # A callback may run a loop of its own, which takes the events after this one.
            event = self._events.popleft()
            view = self._views.find(event.window)
            interactor = None if view is None else view.interactor
            if view is None or interactor is None or not interactor.GetEnabled():
                continue
            picture = view.picture
            picture.input_id = event.id
            with self._callback():
                view.input.dispatch(interactor, picture.size, event, time.monotonic())
            view.steered(event)
            # Rubber band styles draw into the framebuffer and call Frame(), which fires no event.
            if view.input.dragging or event.type == "pointer_up":
                picture.touched()
        self._post_looks()

    def _release_input(self, view: View) -> None:
        interactor = view.interactor
        if interactor is not None and view.input.dragging:
            with self._callback():
                view.input.release(interactor, view.picture.size)
            view.schedule.steered = False

    # ---- what the scene does by itself -------------------------------------------------------------

    def _fire_timers(self) -> None:
        now = time.monotonic()
        for timer_id, owner, repeats in self._timers.take_due(now):
            interactor: Any = owner.Get()
            if interactor is None:
                self._timers.remove(timer_id)
                continue
            # A callback before this one may have destroyed the timer; a one-shot one has left the table.
            if not interactor.GetEnabled() or (repeats and timer_id not in self._timers):
                continue
            asked = self._asked
            with self._callback():
                interactor.InvokeEvent("TimerEvent", timer_id)
            if self._asked != asked:
                self._timers.drew(timer_id, now)
            if not repeats and timer_id not in self._timers:
                interactor.DestroyTimer(timer_id)

    def _call_update(self) -> None:
        if self._update is None:
            return
        active, now = self._views.active, time.monotonic()
        due = [view.schedule.update_due() for view in active]
        if min((at for at in due if at is not None), default=now + 1) > now:
            return
        for view in active:
            view.schedule.updated = now
        with self._callback():
            self._update(now - self._live_since)
        for view in active:
            view.picture.stale = view.picture.stale or view.picture.differs()

    # ---- what goes out -------------------------------------------------------------------------------

    def _draw_if_due(self, view: View) -> None:
        due, now = view.frame_due(), time.monotonic()
        if due is not None and due <= now:
            self._draw(view, now, lambda: self._press_waits(view))

    def _press_waits(self, view: View) -> bool:
        self._take_inputs()
        return any(event.switches and self._views.find(event.window) is view for event in self._events)

    def _draw(self, view: View, now: float, overtaken: Callable[[], bool] = lambda: False) -> None:
        with self._drawing():
            drawn = view.draw(now, self._main_end.writers[view.ring], overtaken)
        if drawn:
            self._main_end.ring()
            self._post_looks(phase="live", message="")

    def _rest_if_due(self, view: View) -> None:
        """Draw a scene at rest, unless input has come that would have to wait for a picture that it ends."""
        due = view.rest_due()
        if due is None or due > time.monotonic() or self._events:
            return
        with self._drawing():
            drawn = view.draw_at_rest(self._main_end.writers[view.ring])
        if drawn:
            self._main_end.ring()

    def _post_looks(self, **fields: Any) -> None:
        """Tell the viewers what changed around the pictures, once there is one."""
        shown = self._views.shown
        fields = {**self._posted, **fields}
        if fields.get("phase") == "live" and shown is not None:
            fields["window"], fields["windows"] = shown.number, self._views.rows()
        if fields != self._posted:
            self._posted = fields
            self._main_end.post_scene(**fields)
            self._main_end.ring()

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """Mark that what takes long now is a picture, and not the script."""
        self._main_end.note_drawing(drawing=True)
        try:
            yield
        finally:
            self._main_end.note_drawing(drawing=False)

    @contextmanager
    def _callback(self) -> Iterator[None]:
        """Mark that the script's code may run beneath the event that we deliver."""
        if not self._callbacks:
            self._renders.clear()
        self._callbacks += 1
        try:
            yield
        finally:
            self._callbacks -= 1
