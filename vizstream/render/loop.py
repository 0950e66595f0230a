"""The render loop: input in, frames out, in the script's own thread.

It takes turns (see `turn`), and sleeps until the doorbell rings or something is due.  A script may come in
three ways:

- ``interactor.Start()`` runs the loop until the interactor is done; inside of a callback too, nested;
- ``window.Render()`` at the script's top level, in a loop of its own, waits for its turn, draws, publishes,
  and serves the viewers' input while it waits;
- a script that ends leaves its window to `RenderLoop.serve`.

Whichever window the script starts, or draws, last is the *shown* one: what viewers see until they choose
another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from vtkmodules.vtkCommonCore import vtkWeakReference

from .served_interactor import is_looked_at, window_of
from .served_window import UNSIZED, adopt, render_natively, reunite
from .stop import Stopped
from .turn import Turn

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor

    from vizstream.config import Config

    from .channel import MainEnd
    from .view import View

#: Seconds that ``ProcessEvents`` sleeps when nothing is due: scripts call it in a loop.
_NAP = 0.001


class RenderLoop(Turn):
    """Draws windows for viewers and delivers their input to them; see `host.Host`.

    Parameters
    ----------
    main_end : MainEnd
        The connection to the viewers.
    config : Config
        Gives the size that a window has until somebody asks for another, and the highest frame rate.
    title : str
        What to call a window while the script names it nothing.
    """

    def __init__(self, main_end: MainEnd, config: Config, title: str = "") -> None:
        super().__init__(main_end, config, title)
        self.started = False
        self.window: vtkRenderWindow | None = None
        self._default_size = (config.width, config.height)
        self._thread = threading.current_thread()
        # What was ever started lives until the process ends: some widgets hang or crash in their destruction,
        # with VTK alone too.
        self._kept: list[object] = []

    # ---- what the scene side calls -------------------------------------------------------------

    def show(self, window: vtkRenderWindow) -> View:
        """Make `window` the one that viewers see unless they choose another."""
        self.window = window
        adopt(window)
        reunite(window)  # now rather than with the next picture: input may come before that
        before = self._views.shown
        self._look_at_wants()
        view = self._views.show(window, self._wants)
        if view is not before:
            self._announce_size(view)
        return view

    def serve(self, update: Callable[[float], object] | None = None) -> None:
        """Serve the shown window until the program is asked to stop.

        Parameters
        ----------
        update : callable, optional
            Called with the seconds since now before each frame, while somebody watches.
        """
        self._update = update
        if update is not None:
            self._views.call_update()
        self._live_since = time.monotonic()
        self._run(lambda: False)

    def close(self) -> None:
        """Show the messages of VTK that nobody has seen yet."""
        self._messages.show()

    # ---- what windows and interactors call (see host.Host) ---------------------------------------

    def window_made(self, window: vtkRenderWindow) -> None:
        """Give a new window our size; a script's own SetSize comes later and wins."""
        self._views.add(window)
        if tuple(window.GetSize()) in UNSIZED:
            window.SetSize(*self._default_size)

    def render(self, window: vtkRenderWindow) -> None:
        """Carry out the script's own ``window.Render()``."""
        if threading.current_thread() is not self._thread or self._views.rendering:
            render_natively(window)
        elif self._callbacks:
            self._render_in_callback(self._views.add(window))
        else:
            self._render_in_script(self._views.add(window))

    def render_requested(self, interactor: vtkRenderWindowInteractor) -> None:
        """Note that a picture is wanted; a wish that comes out of rendering itself would never end.

        Where the script observes this event it will read the picture back, so that has to be there now.
        """
        window = window_of(interactor)
        if window is not None and not self._views.rendering:
            self._asked += 1
            picture = self._views.add(window).picture
            picture.stale = True
            if is_looked_at(interactor):
                picture.render()

    def in_callback(self) -> bool:
        """Say whether a callback of the script runs."""
        return self._callbacks > 0 or self._views.rendering

    def start(self, interactor: vtkRenderWindowInteractor) -> None:
        """Run until the interactor is done or the program is asked to stop."""
        self._stop_if_asked()
        window = window_of(interactor)
        if window is None:
            return
        self.started = True
        self._keep(interactor, window)
        before = self._views.shown.window if self._runs and self._views.shown is not None else None
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

    # ---- a script that renders by itself -----------------------------------------------------------

    def _render_in_script(self, view: View) -> None:
        """Pace a script that loops over ``Render()``, serving the viewers' input while it waits."""
        self._stop_if_asked()
        shown = self._views.shown
        # Of several windows drawn in turn one is shown, until another is drawn twice in a row.
        # One that a desktop would not show stays in the background in any case.
        background = shown is not None and view is not shown and view.hidden and not shown.hidden
        beside = shown is not None and view is not shown and (background or self.window is not view.window)
        if not background:
            self.window = view.window
        if beside and not view.watched:
            self._render_beside(view)
            return
        if not beside:
            self.show(view.window)
            if not view.schedule.first:
                self._messages.start()
                self._messages.show()
        self._wait_for_turn(view)
        view.picture.stale = True
        now = time.monotonic()
        if view.is_worth_drawing(now):
            self._draw(view, now)
        else:
            view.schedule.begin(now)

    def _wait_for_turn(self, view: View) -> None:
        schedule = view.schedule
        while True:
            self._look_outside()
            self._deliver_input()
            self._fire_timers()
            self._stop_if_asked()
            now = time.monotonic()
            due = schedule.slot_due() if view.watched else schedule.begun + schedule.interval
            if due <= now:
                return
            view.picture.stale = True
            self._sleep(due)

    def _render_beside(self, view: View) -> None:
        """Draw a window that nobody sees, where the script may need its picture."""
        view.picture.stale = True
        if view.hidden or view.is_worth_drawing(time.monotonic()):
            with self._drawing():
                render_natively(view.window)
            view.picture.end_ns = time.monotonic_ns()

    def _render_in_callback(self, view: View) -> None:
        """Draw for a callback of the script, without delivering input: that would re-enter it."""
        self._asked += 1
        if view not in self._views.active:
            self._render_beside(view)
            return
        view.picture.stale = True
        self._renders[view.number] += 1
        schedule, now = view.schedule, time.monotonic()
        if self._renders[view.number] > 1 and view.watched:
            # An animation inside of one callback: each of its pictures is to be seen.
            while (due := schedule.slot_due()) > now and not self._main_end.stopping:
                self._main_end.wait(min(due - now, _NAP))
                self._look_at_reader(view)
                now = time.monotonic()
        if not view.is_worth_drawing(now):
            return
        if view.watched and schedule.slot_due() <= now:
            self._draw(view, now)
        else:
            with self._drawing():
                view.picture.render()

    def _stop_if_asked(self) -> None:
        if self._main_end.stopping:
            raise Stopped

    def _keep(self, *things: object) -> None:
        for thing in things:
            if not any(kept is thing for kept in self._kept):
                self._kept.append(thing)
