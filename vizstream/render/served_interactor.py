"""The interactor that every script gets: VTK's own, with the event loop and the timers handed to our host.

Rendering is deferred.  A render that C++ starts inside of an event holds Python's global lock for the whole
frame and draws once for each event; with ``EnableRenderOff`` the interactor only fires ``RenderEvent``, and
the loop renders once per turn, from Python, where VTK releases the lock.
"""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkCommonCore import vtkCommand, vtkObject
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

from . import host

#: vtkRenderWindowInteractor::RepeatingTimer
_REPEATING = 2

_RENDER_EVENT = ("RenderEvent", vtkCommand.RenderEvent)


def _on_render(interactor: vtkRenderWindowInteractor, _event: str) -> None:
    if (master := host.current()) is not None:
        master.render_requested(interactor)


def _on_create_timer(interactor: vtkRenderWindowInteractor, _event: str) -> None:
    if (master := host.current()) is not None:
        # X takes the interactor's own TimerDuration for a period of 0.
        milliseconds = interactor.GetTimerEventDuration() or interactor.GetTimerDuration()
        repeats = interactor.GetTimerEventType() == _REPEATING
        master.start_timer(interactor, interactor.GetTimerEventId(), milliseconds / 1000, repeats=repeats)


def _on_destroy_timer(interactor: vtkRenderWindowInteractor, _event: str) -> None:
    if (master := host.current()) is not None:
        master.stop_timer(interactor.GetTimerEventPlatformId())


class InteractorMixin:
    """The methods of an interactor that must not reach a screen.  Mixed into two classes below."""

    def Initialize(self: Any) -> None:  # noqa: N802 - VTK's name
        """Make the interactor ready without drawing.

        vtkRenderWindowInteractor::Initialize renders.  With rendering deferred that is only a wish, and so
        the first real render still finds the complete scene and resets the camera to it.
        """
        adopt(self)
        super().Initialize()  # type: ignore[misc]
        window = self.GetRenderWindow()
        if window is not None:
            self.SetSize(window.GetSize())

    def Start(self: Any) -> None:  # noqa: N802
        """Run the event loop, at Python's level, so that exceptions pass through to the script."""
        adopt(self)
        master = host.current()
        if master is None:
            return
        if self.HasObserver("StartEvent") and _start_is_handled(self):
            return
        if not self.GetInitialized():
            self.Initialize()
        self.SetDone(False)
        master.start(self)

    def ProcessEvents(self: Any) -> None:  # noqa: N802
        """Do what is due, then return."""
        adopt(self)
        if (master := host.current()) is not None:
            master.process_events(self)

    def TerminateApp(self: Any) -> None:  # noqa: N802
        """End the event loop."""
        super().TerminateApp()  # type: ignore[misc]
        if (master := host.current()) is not None:
            master.terminate(self)

    def Render(self: Any) -> None:  # noqa: N802
        """Draw now when the script itself asks, later when one of its callbacks does."""
        adopt(self)
        super().Render()  # type: ignore[misc]
        master, window = host.current(), self.GetRenderWindow()
        if master is not None and window is not None and self.GetEnabled() and not master.in_callback():
            window.Render()

    def AddObserver(self: Any, event: Any, *arguments: Any) -> int:  # noqa: N802
        """Add an observer; one of ``RenderEvent`` will look at the window, which must be drawn by then."""
        if event in _RENDER_EVENT:
            self.__dict__["_vizstream_looked_at"] = True
        tag: int = super().AddObserver(event, *arguments)  # type: ignore[misc]
        return tag


class ServedInteractor(InteractorMixin, vtkGenericRenderWindowInteractor):
    """What takes the place of ``vtkRenderWindowInteractor`` in VTK's modules.  Has timers."""

    def __new__(cls, *args: Any, **properties: Any) -> ServedInteractor:  # noqa: PYI034 - Self is not in 3.10
        """Make an interactor and adopt it at once.

        Scripts derive from this class and often leave ``super().__init__()`` out, hence not in ``__init__``.
        """
        interactor = super().__new__(cls, *args, **properties)
        adopt(interactor)
        return interactor


class WrappedInteractor(InteractorMixin, vtkRenderWindowInteractor):
    """How Python sees an interactor that C++ made.  Has no timers; the views get a `ServedInteractor`."""

    def __init__(self, **properties: Any) -> None:
        """Leave the interactor as it is: VTK warns of changes here, so it is adopted when it is used."""
        super().__init__(**properties)


def window_of(interactor: Any) -> vtkRenderWindow | None:
    """Return the interactor's window, which may be None although VTK's stubs say otherwise."""
    window: vtkRenderWindow | None = interactor.GetRenderWindow()
    return window


def is_looked_at(interactor: Any) -> bool:
    """Say whether the script observes the interactor's ``RenderEvent``: VTK says by it that it has drawn."""
    return bool(interactor.__dict__.get("_vizstream_looked_at"))


def adopt(interactor: Any) -> None:
    """Defer the interactor's rendering and hand its timers to the host.  Does nothing the second time."""
    # The attribute lives in the wrapper's dictionary, which VTK keeps while the C++ object lives.
    if interactor.__dict__.get("_vizstream_adopted"):
        return
    interactor.__dict__["_vizstream_adopted"] = True
    interactor.EnableRenderOff()
    vtkObject.AddObserver(interactor, vtkCommand.RenderEvent, _on_render)
    if interactor.IsA("vtkGenericRenderWindowInteractor"):
        # Otherwise each firing would start the timer anew, and its rate would drift.
        interactor.TimerEventResetsTimerOff()
        interactor.AddObserver("CreateTimerEvent", _on_create_timer)
        interactor.AddObserver("DestroyTimerEvent", _on_destroy_timer)


def _start_is_handled(interactor: Any) -> bool:
    """Let VTK decide whether an observer of ``StartEvent`` runs the event loop in our place.

    vtkRenderWindowInteractor::Start hands over to such an observer unless ``HandleEventLoop`` is set, which
    Python cannot read (vtkInteractorEventRecorder sets it).  So call the C++ method, whose own loop returns
    at once in these classes, and see whether it fired the event.
    """
    fired: list[str] = []
    tag = interactor.AddObserver("StartEvent", lambda _caller, event: fired.append(event))
    vtkRenderWindowInteractor.Start(interactor)
    interactor.RemoveObserver(tag)
    return bool(fired)
