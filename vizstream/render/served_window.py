"""The window that every script gets: VTK's own, drawing into memory and never onto a screen.

``SetUseOffScreenBuffers`` skips the blit and the swap that nobody would see: on llvmpipe a simple scene takes
2.7 ms instead of 7.5 at 720p, and 5.9 ms instead of 25 at 1080p.
"""

from __future__ import annotations

from typing import Any

import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from . import host
from .served_interactor import ServedInteractor

#: The classes that vtkRenderWindow's factory may choose, by platform and VTK_DEFAULT_OPENGL_WINDOW.
CONCRETE = (
    "vtkEGLRenderWindow",
    "vtkOSOpenGLRenderWindow",
    "vtkXOpenGLRenderWindow",
    "vtkCocoaRenderWindow",
    "vtkWin32OpenGLRenderWindow",
)

#: What GetSize gives for a window that nobody has sized: VTK's two defaults.
UNSIZED = ((0, 0), (300, 300))


class WindowMixin:
    """The methods of a window that must not reach a screen."""

    def __init__(self: Any, **properties: Any) -> None:
        """Adopt a window that the script makes.

        This is called, too, for each wrapper that Python makes of a window that C++ made; such a one has
        other owners.  VTK warns when that changes it, so it is adopted when it is used.
        """
        super().__init__(**properties)
        if self.GetReferenceCount() == 1:
            adopt(self)

    def Render(self: Any) -> None:  # noqa: N802 - VTK's name
        """Draw; the host paces it, shows it, and serves the viewers' input on the way."""
        master = host.current()
        self.__dict__.pop("_vizstream_closed", None)
        if master is None:
            super().Render()  # type: ignore[misc]
        else:
            adopt(self)
            master.render(self)

    def render_natively(self: Any) -> None:
        """Draw, and nothing else."""
        super().Render()  # type: ignore[misc]

    def Finalize(self: Any) -> None:  # noqa: N802
        """Close the window, as scripts do that have shown it for long enough; drawing opens it again."""
        self.__dict__["_vizstream_closed"] = True
        super().Finalize()  # type: ignore[misc]

    def MakeRenderWindowInteractor(self: Any) -> ServedInteractor:  # noqa: N802
        """Make an interactor of ours for this window."""
        interactor = ServedInteractor()
        interactor.SetRenderWindow(self)
        return interactor

    def SetShowWindow(self: Any, shown: bool) -> None:  # noqa: FBT001, N802
        """Note whether the window is meant to be seen; there is no screen."""
        self.__dict__["_vizstream_hidden"] = not shown

    def ShowWindowOn(self) -> None:  # noqa: N802
        """Note that the window is meant to be seen."""
        self.SetShowWindow(True)

    def ShowWindowOff(self) -> None:  # noqa: N802
        """Note that the window is a helper that nobody is meant to see."""
        self.SetShowWindow(False)

    def SetOffScreenRendering(self, offscreen: int) -> None:  # noqa: N802
        """Note whether the window is meant to be seen; it is always off screen."""
        self.SetShowWindow(not offscreen)

    def OffScreenRenderingOn(self) -> None:  # noqa: N802
        """Note that the window is a helper that nobody is meant to see."""
        self.SetShowWindow(False)

    def OffScreenRenderingOff(self) -> None:  # noqa: N802
        """Note that the window is meant to be seen."""
        self.SetShowWindow(True)

    def SetUseOffScreenBuffers(self, offscreen: bool) -> None:  # noqa: FBT001, N802
        """Ignore: it always does."""

    def UseOffScreenBuffersOn(self) -> None:  # noqa: N802
        """Ignore."""

    def UseOffScreenBuffersOff(self) -> None:  # noqa: N802
        """Ignore."""

    def SetMultiSamples(self: Any, samples: int) -> None:  # noqa: N802
        """Note what the script asked for, and obey unless the host has turned multisampling off."""
        self.__dict__["_vizstream_samples"] = samples
        super().SetMultiSamples(0 if self.__dict__.get("_vizstream_single_sample") else samples)  # type: ignore[misc]


def served_class(name: str) -> type[vtkRenderWindow] | None:
    """Derive a served window from the concrete class `name`; None when this VTK has no such class."""
    base = getattr(vtkmodules.vtkRenderingOpenGL2, name, None)
    if base is None:
        return None
    # A class with its VTK base's own name makes VTK crash when a module with a subclass is loaded later.
    return type(f"Served{name.removeprefix('vtk')}", (WindowMixin, base), {"__module__": __name__})


def adopt(window: Any) -> None:
    """Turn the window's screen off and tell the host.  Does nothing the second time."""
    if window.__dict__.get("_vizstream_adopted"):
        return
    window.__dict__["_vizstream_adopted"] = True
    vtkRenderWindow.SetShowWindow(window, False)
    vtkRenderWindow.SetUseOffScreenBuffers(window, True)
    if (master := host.current()) is not None:
        master.window_made(window)


def reunite(window: Any) -> None:
    """Tell the renderers of `window` that they are in it, when they think that they are in none.

    FURY's ``record`` and scripts that write pictures put a renderer into a second window and take it out
    again; VTK then sets its window to None.  It would draw nothing, and the interactor styles crash.
    """
    for renderer in window.GetRenderers():
        if renderer.GetRenderWindow() is None:
            renderer.SetRenderWindow(window)


def initialize_interactor(window: Any) -> None:
    """Initialize the window's interactor, if that was not done.

    Otherwise VTK does that in the middle of the window's first render.  Whoever reads the window back on the
    interactor's ``RenderEvent`` then breaks it for good, where it is drawn with one sample for each pixel: it
    stays blank.
    """
    interactor = window.GetInteractor()
    if interactor is not None and not interactor.GetInitialized():
        interactor.Initialize()


def turn_off_multisampling(window: Any) -> None:
    """Draw with one sample for each pixel from now on, whatever the script asks for.

    On llvmpipe, four samples cost 10 to 25 times the time of one, and 20 times the time to read back.
    """
    window.__dict__["_vizstream_single_sample"] = True
    window.__dict__.setdefault("_vizstream_own_samples", window.GetMultiSamples())
    vtkRenderWindow.SetMultiSamples(window, 0)


def samples_asked_for(window: Any) -> tuple[int, bool]:
    """Return the samples for each pixel that a window wants, and whether the script has said so itself."""
    notes = window.__dict__
    if "_vizstream_samples" in notes:
        return notes["_vizstream_samples"], True
    return notes.get("_vizstream_own_samples", window.GetMultiSamples()), False


def set_samples(window: Any, samples: int) -> None:
    """Draw with so many samples for each pixel, whatever the script asks for."""
    vtkRenderWindow.SetMultiSamples(window, samples)


def render_natively(window: Any) -> None:
    """Draw `window` without the host taking part, whatever class its wrapper has."""
    getattr(window, "render_natively", window.Render)()


def draws_in_software(window: vtkRenderWindow) -> bool:
    """Say whether the CPU draws.  The window has a context afterwards."""
    window.Initialize()
    return is_software(renderer_name(window.ReportCapabilities()))


def renderer_name(capabilities: str) -> str:
    """Find the name of the OpenGL renderer in what ``ReportCapabilities`` returns."""
    for line in capabilities.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "OpenGL renderer string":
            return value.strip()
    return ""


#: Parts of the names of OpenGL renderers that run on the CPU: Mesa's, SwiftShader, and those of Windows.
SOFTWARE_RENDERERS = (
    "llvmpipe",
    "softpipe",
    "swrast",
    "swiftshader",
    "software",
    "basic render",
    "gdi generic",
)


def is_software(renderer: str) -> bool:
    """Say whether an OpenGL renderer of this name runs on the CPU."""
    return any(name in renderer.lower() for name in SOFTWARE_RENDERERS)
