"""The render loop: input in, frames out, in the script's own thread.

One turn of the loop is: take what the viewers want and did; deliver it to the interactor; fire the script's
timers; call ``update``; look for changes; draw and publish if a frame is due.  Then sleep until the doorbell
rings or something is due.  What is due when is decided in `schedule`, about plain numbers.

A script may come in three ways:

- ``interactor.Start()`` runs the loop until the interactor is done; inside of a callback too, nested;
- ``window.Render()`` at the script's top level, in a loop of its own, waits for its turn, draws, publishes,
  and serves the viewers' input while it waits;
- a script that ends leaves its window to `RenderLoop.serve`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vtkmodules.vtkCommonCore import vtkWeakReference

from vizstream.events import InputEvent, merge

from .input import InputDispatcher
from .messages import Messages
from .picture import Picture
from .schedule import UNWATCHED_PERIOD, Schedule
from .served_interactor import window_of
from .served_window import UNSIZED, render_natively, reunite
from .stop import Stopped
from .timers import TimerTable

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor

    from vizstream.config import Config

    from .channel import MainEnd

#: Seconds that ``ProcessEvents`` sleeps when nothing is due: scripts call it in a loop.
_NAP = 0.001


class RenderLoop:
    """Draws one window for viewers and delivers their input to it.

    Parameters
    ----------
    main_end : MainEnd
        The connection to the viewers.
    config : Config
        Gives the size that a window has until somebody asks for another, and the highest frame rate.
    title : str
        The title of the picture while the script names its window nothing.
    """

    def __init__(self, main_end: MainEnd, config: Config, title: str = "") -> None:
        self.started = False
        self.window: vtkRenderWindow | None = None
        self._main_end = main_end
        self._default_size = (config.width, config.height)
        self._picture = Picture(title)
        self._schedule = Schedule(1 / config.max_fps)
        self._timers: TimerTable[vtkWeakReference] = TimerTable()
        self._input = InputDispatcher()
        self._events: deque[InputEvent] = deque()
        self._messages = Messages()
        self._update: Callable[[float], object] | None = None
        self._live_since = 0.0
        self._posted: dict[str, Any] = {}
        self._thread = threading.current_thread()
        self._runs: list[bool] = []  # for each loop that runs, the innermost last: was it told to end?
        self._callbacks = 0
        self._renders_in_callback = 0
        # What was ever started lives until the process ends: some widgets hang or crash in their destruction,
        # with VTK alone too.
        self._kept: list[object] = []

    # ---- what the scene side calls -------------------------------------------------------------

    def show(self, window: vtkRenderWindow) -> None:
        """Make `window` the one that is drawn and published."""
        self.window = window
        reunite(window)  # now rather than with the next picture: input may come before that
        if window is not self._picture.window:
            self._picture.show(window)
            self._announce_size()

    def serve(self, update: Callable[[float], object] | None = None) -> None:
        """Serve the shown window until the program is asked to stop.

        Parameters
        ----------
        update : callable, optional
            Called with the seconds since now before each frame, while somebody watches.
        """
        self._update = update
        self._schedule.has_update = update is not None
        self._live_since = time.monotonic()
        self._run(lambda: False)

    def close(self) -> None:
        """Show the messages of VTK that nobody has seen yet."""
        self._messages.show()

    # ---- what windows and interactors call (see host.Host) ---------------------------------------

    def window_made(self, window: vtkRenderWindow) -> None:
        """Give a new window our size; a script's own SetSize comes later and wins."""
        if tuple(window.GetSize()) in UNSIZED:
            window.SetSize(*self._default_size)

    def render(self, window: vtkRenderWindow) -> None:
        """Carry out the script's own ``window.Render()``."""
        if self._picture.rendering or threading.current_thread() is not self._thread:
            render_natively(window)
        elif self._callbacks:
            self._render_in_callback(window)
        else:
            self._render_in_script(window)

    def render_requested(self, interactor: vtkRenderWindowInteractor) -> None:
        """Note that a picture is wanted; a wish that comes out of rendering itself would never end."""
        if not self._picture.rendering and window_of(interactor) is self._picture.window:
            self._picture.stale = True

    def in_callback(self) -> bool:
        """Say whether a callback of the script runs."""
        return self._callbacks > 0 or self._picture.rendering

    def start(self, interactor: vtkRenderWindowInteractor) -> None:
        """Run until the interactor is done or the program is asked to stop."""
        self._stop_if_asked()
        window = window_of(interactor)
        if window is None:
            return
        self.started = True
        self._keep(interactor, window)
        before = self._picture.window if self._runs else None
        self.show(window)
        self._run(interactor.GetDone)
        if before is not None:
            self.show(before)

    def process_events(self, interactor: vtkRenderWindowInteractor) -> None:
        """Do what is due."""
        window = window_of(interactor)
        if window is None or self._callbacks:
            return
        self._stop_if_asked()
        self._keep(interactor, window)
        self.show(window)
        self._turn()
        self._sleep(time.monotonic() + _NAP)

    def terminate(self, _interactor: vtkRenderWindowInteractor) -> None:
        """End the innermost loop, whichever interactor says so, as on Windows and macOS."""
        if self._runs:
            self._runs[-1] = True

    def start_timer(
        self, interactor: vtkRenderWindowInteractor, timer_id: int, period: float, *, repeats: bool
    ) -> None:
        """Start a timer, without keeping its interactor alive.

        A Python weak reference would die with the wrapper although the interactor lives on in C++.
        """
        owner = vtkWeakReference()
        owner.Set(interactor)
        self._timers.add(timer_id, owner, period, repeats=repeats, now=time.monotonic())

    def stop_timer(self, timer_id: int) -> None:
        """Stop a timer."""
        self._timers.remove(timer_id)

    # ---- the loop --------------------------------------------------------------------------------

    def _run(self, done: Callable[[], bool]) -> None:
        self._messages.start()
        self._runs.append(False)
        callbacks, self._callbacks = self._callbacks, 0
        try:
            while not (self._told_to_end() or done() or self._main_end.stopping):
                self._turn()
                if not (self._told_to_end() or done()):
                    self._sleep()
        finally:
            self._runs.pop()
            self._callbacks = callbacks

    def _told_to_end(self) -> bool:
        return bool(self._runs) and self._runs[-1]

    def _turn(self) -> None:
        self._look_outside()
        self._deliver_input()
        self._fire_timers()
        self._call_update()
        self._look_for_changes()
        self._draw_if_due()
        self._messages.show()

    def _sleep(self, until: float | None = None) -> None:
        self._schedule.changed = self._picture.changed
        now = time.monotonic()
        wake = now if self._events else self._schedule.wake_at(now, self._timers.next_due())
        if until is not None:
            wake = min(wake, until)
        if wake > now:
            self._main_end.wait(wake - now)

    def _look_outside(self) -> None:
        wants, schedule, picture = self._main_end.wants(), self._schedule, self._picture
        if schedule.viewers and not wants.viewers:
            self._release_input()
        schedule.viewers = wants.viewers
        self._look_at_reader()
        inputs = self._main_end.drain_inputs()
        if not schedule.first:  # nobody can mean what they have not seen
            self._events.extend(inputs)
        if (wants.viewers and picture.resize(wants)) or picture.adopt_size():
            self._announce_size()

    def _look_at_reader(self) -> None:
        frames = self._main_end.frames
        self._schedule.taken = frames.taken_seq >= frames.seq

    def _announce_size(self) -> None:
        interactor, size = self._interactor(), self._picture.size
        if interactor is None:
            return
        with self._callback():
            interactor.UpdateSize(size.width, size.height)
            if interactor.GetEnabled():
                interactor.InvokeEvent("ConfigureEvent")

    def _interactor(self) -> Any:
        window: Any = self._picture.window
        return None if window is None else window.GetInteractor()

    def _deliver_input(self) -> None:
        self._events = deque(merge(self._events))
        while self._events and not self._told_to_end():
            # A callback may run a loop of its own, which takes the events after this one.
            event = self._events.popleft()
            interactor, picture = self._interactor(), self._picture
            if interactor is None or not interactor.GetEnabled():
                continue
            picture.input_id = event.id
            with self._callback():
                self._input.dispatch(interactor, picture.size, event, time.monotonic())
            # Rubber band styles draw into the framebuffer and call Frame(), which fires no event.
            if self._input.dragging or event.type == "pointer_up":
                picture.touched()
        self._post_looks()

    def _release_input(self) -> None:
        interactor = self._interactor()
        if interactor is not None and self._input.dragging:
            with self._callback():
                self._input.release(interactor, self._picture.size)

    def _fire_timers(self) -> None:
        for timer_id, owner, repeats in self._timers.take_due(time.monotonic()):
            interactor: Any = owner.Get()
            if interactor is None:
                self._timers.remove(timer_id)
                continue
            # A callback before this one may have destroyed the timer; a one-shot one has left the table.
            if not interactor.GetEnabled() or (repeats and timer_id not in self._timers):
                continue
            with self._callback():
                interactor.InvokeEvent("TimerEvent", timer_id)
            if not repeats and timer_id not in self._timers:
                interactor.DestroyTimer(timer_id)

    def _call_update(self) -> None:
        due, now = self._schedule.update_due(), time.monotonic()
        if due is None or due > now or self._update is None:
            return
        self._schedule.updated = now
        with self._callback():
            self._update(now - self._live_since)
        self._picture.stale = self._picture.stale or self._picture.differs()

    def _look_for_changes(self) -> None:
        self._schedule.changed = self._picture.changed
        due, now = self._schedule.check_due(), time.monotonic()
        if due is not None and due <= now:
            self._picture.stale = self._picture.differs()
            self._schedule.checked = now
            self._schedule.check_cost = time.monotonic() - now

    def _draw_if_due(self) -> None:
        self._schedule.changed = self._picture.changed
        due, now = self._schedule.frame_due(), time.monotonic()
        if due is not None and due <= now:
            self._draw(now)

    def _draw(self, now: float) -> None:
        picture = self._picture
        self._schedule.begin(now)
        if picture.stale or not picture.fresh:
            picture.render()
        if picture.publish(self._main_end.frames):
            self._schedule.published = time.monotonic()
            self._schedule.taken = False
            self._main_end.ring()
            self._post_looks(phase="live", message="")

    # ---- a script that renders by itself -----------------------------------------------------------

    def _render_in_script(self, window: vtkRenderWindow) -> None:
        """Pace a script that loops over ``Render()``, serving the viewers' input while it waits."""
        self._stop_if_asked()
        before = self.window
        shown, self.window = self._picture.window, window
        if shown is not None and window is not shown and before is not window:
            # Of several windows drawn in turn one is shown, until another is drawn twice in a row.
            render_natively(window)
            return
        schedule = self._schedule
        self.show(window)
        if not schedule.first:
            self._messages.start()
            self._messages.show()
        while True:
            self._look_outside()
            self._deliver_input()
            self._fire_timers()
            self._stop_if_asked()
            now = time.monotonic()
            due = schedule.slot_due() if schedule.viewers else schedule.begun + schedule.interval
            if due <= now:
                break
            self._picture.stale = True
            self._sleep(due)
        self._picture.stale = True
        if self._is_worth_drawing(now):
            self._draw(now)
        else:
            schedule.begin(now)

    def _render_in_callback(self, window: vtkRenderWindow) -> None:
        """Draw for a callback of the script, without delivering input: that would re-enter it."""
        if window is not self._picture.window:
            render_natively(window)
            return
        self._picture.stale = True
        self._renders_in_callback += 1
        schedule, now = self._schedule, time.monotonic()
        if self._renders_in_callback > 1 and schedule.viewers:
            # An animation inside of one callback: each of its pictures is to be seen.
            while (due := schedule.slot_due()) > now and not self._main_end.stopping:
                self._main_end.wait(min(due - now, _NAP))
                self._look_at_reader()
                now = time.monotonic()
        if not self._is_worth_drawing(now):
            return
        if schedule.viewers and schedule.slot_due() <= now:
            self._draw(now)
        else:
            self._picture.render()

    def _is_worth_drawing(self, now: float) -> bool:
        """Say whether a script's own render is to be carried out.

        With nobody watching, one in a second is: enough for a script that reads the picture back itself
        now and then, little enough for one that spins for hours before anybody comes.
        """
        return bool(self._schedule.viewers) or now - self._picture.end_ns / 1e9 >= UNWATCHED_PERIOD

    def _stop_if_asked(self) -> None:
        if self._main_end.stopping:
            raise Stopped

    # ---- bookkeeping ----------------------------------------------------------------------------------

    def _post_looks(self, **fields: Any) -> None:
        """Tell the viewers what changed around the picture, once there is one."""
        fields = {**self._posted, **fields}
        if fields.get("phase") == "live":
            fields.update(self._picture.looks())
        if fields != self._posted:
            self._posted = fields
            self._main_end.post_scene(**fields)
            self._main_end.ring()

    @contextmanager
    def _callback(self) -> Iterator[None]:
        """Mark that the script's code may run beneath the event that we deliver."""
        if not self._callbacks:
            self._renders_in_callback = 0
        self._callbacks += 1
        try:
            yield
        finally:
            self._callbacks -= 1

    def _keep(self, *things: object) -> None:
        for thing in things:
            if not any(kept is thing for kept in self._kept):
                self._kept.append(thing)
