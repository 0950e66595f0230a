"""Who is in charge of windows and interactors at the moment: the render loop, or a snapshot.

The classes that stand in for VTK's windows and interactors (`served_window`, `served_interactor`) are made by
VTK wherever a script makes one, so nothing can be handed to them; they look here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor


class Host(Protocol):
    """What a script's windows and interactors ask for.  All calls come from the script's thread."""

    @property
    def started(self) -> bool:
        """Whether the script has run its event loop."""
        ...

    @property
    def window(self) -> vtkRenderWindow | None:
        """The window that was drawn last."""
        ...

    def window_made(self, window: vtkRenderWindow) -> None:
        """Take note of a new window (or of an old one that Python sees for the first time)."""
        ...

    def render(self, window: vtkRenderWindow) -> None:
        """Carry out the script's own ``window.Render()``."""
        ...

    def render_requested(self, interactor: vtkRenderWindowInteractor) -> None:
        """Take note that something asked for a new picture: the interactor's ``RenderEvent``."""
        ...

    def in_callback(self) -> bool:
        """Say whether a callback of the script runs, so that a render may be put off until it is done."""
        ...

    def start(self, interactor: vtkRenderWindowInteractor) -> None:
        """Run the event loop until the interactor is done: ``interactor.Start()``."""
        ...

    def process_events(self, interactor: vtkRenderWindowInteractor) -> None:
        """Do what is due and return: ``interactor.ProcessEvents()``."""
        ...

    def start_timer(
        self, interactor: vtkRenderWindowInteractor, timer_id: int, period: float, *, repeats: bool
    ) -> None:
        """Start a timer of `period` seconds."""
        ...

    def stop_timer(self, timer_id: int) -> None:
        """Stop a timer."""
        ...

    def terminate(self, _interactor: vtkRenderWindowInteractor) -> None:
        """End the innermost event loop: ``interactor.TerminateApp()``."""
        ...


_current: Host | None = None


def current() -> Host | None:
    """Return who is in charge, None outside of a run."""
    return _current


def put_in_charge(host: Host | None) -> None:
    """Put `host` in charge of all windows and interactors."""
    global _current  # noqa: PLW0603 - one process has one VTK, and its objects find their host here
    _current = host
