"""A window that viewers see, and the state of its picture.

Two flags tell what a new frame needs.  *stale*: the scene differs from what is in the framebuffer, so render.
*fresh*: the framebuffer holds a picture that was not published yet, so read it back.  They are kept by VTK's
own ``RenderEvent`` (somebody wants a render), ``StartEvent`` and ``EndEvent`` (somebody rendered), so that it
does not matter who renders: we, the script, or C++ behind everybody's back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from vtkmodules.vtkCommonCore import vtkWeakReference

from vizstream.errors import SceneError

from .changes import changed_since, current_mtime, items, stereo_of
from .quality import Quality
from .readback import Readback
from .served_window import (
    adopt,
    draws_in_software,
    initialize_interactor,
    render_natively,
    reunite,
    turn_off_multisampling,
)
from .size import BASE_DPI, Size, fit

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from .channel import FrameWriter, Want

#: What VTK calls a window that nobody named begins with this.
_UNNAMED = "Visualization Toolkit"

#: vtkRenderWindow's cursors (VTK_CURSOR_*, by number) as CSS keywords.
_CURSORS = (
    "default",
    "default",
    "nesw-resize",
    "nwse-resize",
    "nesw-resize",
    "nwse-resize",
    "ns-resize",
    "ew-resize",
    "move",
    "pointer",
    "crosshair",
)


class Picture:
    """Shows one window: sizes it, draws it, publishes it.  Does not keep it alive.

    Parameters
    ----------
    window : vtkRenderWindow
        The window.
    number : int
        Its number, which its frames carry.
    title : str
        The title of the picture while the script names its window nothing.

    Attributes
    ----------
    number : int
        See above.
    opened : bool
        Whether it was ever prepared to be shown.
    size : Size
        Its size.
    input_id : int
        The last input event that was applied to the scene.
    end_ns : int
        When the last render of the window ended.
    stale, fresh : bool
        See the module.
    rendering : bool
        Whether the window renders at this moment.
    """

    def __init__(self, window: vtkRenderWindow, number: int, title: str) -> None:
        self.number = number
        self.opened = False
        self.size = Size(1, 1, 1, 1)
        self.stale = True
        self.fresh = False
        self.rendering = False
        self.input_id = 0
        self.end_ns = 0
        # A Python weak reference would die with the wrapper although the window lives on in C++.
        self._reference = vtkWeakReference()
        self._reference.Set(window)
        self._title = title
        self._readback = Readback()
        self._quality = Quality()
        self._software = True
        self._wanted: tuple[float, float, float] | None = None
        self._dpi = BASE_DPI
        self._clean = 0
        self._stereo: tuple[object, ...] = ()
        self._begin_ns = 0
        self._single_s = 0.0
        self._drawn_input_id = 0

    @property
    def window(self) -> Any:
        """The window; None when the script has let go of it."""
        return self._reference.Get()

    @property
    def changed(self) -> bool:
        """Whether the picture differs from the last published one, as far as anybody announced it."""
        return self.stale or self.fresh

    def open(self, want: Want) -> None:
        """Prepare the window to be shown, in the size that is wanted.  Does nothing the second time."""
        window = self.window
        if self.opened or window is None:
            return
        self.opened = True
        adopt(window)
        self.stale, self.fresh = True, False
        self._software = draws_in_software(window)
        if self._software:
            turn_off_multisampling(window)
        self._dpi = window.GetDPI()
        window.AddObserver("StartEvent", self._on_start)
        window.AddObserver("EndEvent", self._on_end)
        if not self.resize(want):
            width, height = window.GetSize()
            self._set_size(fit(width, height, software=self._software))

    # ---- size --------------------------------------------------------------------------------------

    def resize(self, want: Want) -> bool:
        """Take the size that the viewers want, if it is a new wish; say whether the size changed."""
        wanted = (want.width, want.height, want.pixel_ratio)
        if wanted == self._wanted or min(wanted) <= 0:
            return False
        self._wanted = wanted
        return self._set_size(fit(*wanted, software=self._software))

    def adopt_size(self) -> bool:
        """Take over the size that the script gave its window; say whether it is another than ours."""
        window = self.window
        if window is None or tuple(window.GetSize()) == (self.size.width, self.size.height):
            return False
        width, height = window.GetSize()
        ratio = self._wanted[2] if self._wanted is not None else 1.0
        return self._set_size(fit(width / ratio, height / ratio, ratio, software=self._software))

    def _set_size(self, size: Size) -> bool:
        self.size = size
        window = self.window
        if window is None:
            return False
        if tuple(window.GetSize()) != (size.width, size.height):
            window.SetSize(size.width, size.height)
        window.SetDPI(max(1, round(self._dpi * size.dpi / BASE_DPI)))
        self.stale, self.fresh = True, False
        return True

    # ---- drawing -----------------------------------------------------------------------------------

    def differs(self) -> bool:
        """Look whether anything in the scene was modified since it was last drawn."""
        window = self.window
        return window is not None and (
            changed_since(window, self._clean) or stereo_of(window) != self._stereo
        )

    def render(self) -> None:
        """Draw the scene into the framebuffer."""
        window = self.window
        if window is None:
            return
        reunite(window)
        initialize_interactor(window)
        # Called here too in case that the window fires no events.
        self._on_start(window, "")
        render_natively(window)
        if self.rendering:
            self._on_end(window, "")

    def touched(self) -> None:
        """Note that something may have drawn into the framebuffer without any event."""
        if not self.stale:
            self.fresh = True
            self._begin_ns = self.end_ns = time.monotonic_ns()
            self._drawn_input_id = self.input_id

    def publish_at_rest(self, frames: FrameWriter[Any]) -> int:
        """Draw the scene once more as well as it can be drawn, if that differs, and publish that as a still.

        Returns
        -------
        int
            As `publish`.
        """
        window = self.window
        if window is None:
            return 0
        better = self._quality.begin(window, self._single_s)
        began_ns = time.monotonic_ns()
        try:
            # Input that came since the last picture and changed nothing is no reason for this one.
            input_id, self.input_id = self.input_id, self._drawn_input_id
            if better:
                self.render()
            else:
                self._begin_ns = self.end_ns = began_ns
            self.input_id = input_id
            return self.publish(frames, still=True)
        finally:
            # Not before it was read back: what is resolved then goes by the window's samples.
            if better:
                self._quality.end(window, (time.monotonic_ns() - began_ns) / 1e9)

    def publish(self, frames: FrameWriter[Any], *, still: bool = False) -> int:
        """Read the framebuffer into a slot of the ring and publish it.

        Parameters
        ----------
        frames : FrameWriter
            The ring.
        still : bool
            Whether the scene is at rest.

        Returns
        -------
        int
            The frame's seq; 0 when the script has just resized its window: then the picture is stale.

        Raises
        ------
        SceneError
            If OpenGL does not give the picture back.
        """
        window, size = self.window, self.size
        if window is None or tuple(window.GetSize()) != (size.width, size.height):
            self.stale = True
            return 0
        slot = frames.acquire(size.width, size.height)
        if not self._readback.read(window, slot.pixels):
            frames.abandon(slot)
            raise SceneError("OpenGL does not give back the picture that it drew")
        seq = frames.publish(
            slot,
            window_id=self.number,
            input_id=self._drawn_input_id,
            render_begin_ns=self._begin_ns,
            render_end_ns=self.end_ns,
            readback_end_ns=time.monotonic_ns(),
            still=still,
        )
        if not still:
            self._single_s = (time.monotonic_ns() - self._begin_ns) / 1e9
        self.fresh = False
        return seq

    def _on_start(self, _window: Any, _event: str) -> None:
        self.rendering = True
        self._begin_ns = time.monotonic_ns()
        self._drawn_input_id = self.input_id

    def _on_end(self, window: Any, _event: str) -> None:
        self.rendering = False
        self.end_ns = time.monotonic_ns()
        # A hardware selector draws numbers as colours, an image writer draws tiles: not for viewers' eyes.
        genuine = tuple(window.GetTileScale()) == (1, 1) and all(
            renderer.GetSelector() is None for renderer in items(window.GetRenderers())
        )
        if genuine:
            self.stale, self.fresh = False, True
            self._clean = current_mtime()
            self._stereo = stereo_of(window)
        else:
            self.stale, self.fresh = self.changed, False

    # ---- what the page shows around the picture -------------------------------------------------------

    def looks(self) -> dict[str, Any]:
        """Return what viewers are told about the picture: title, cursor and size."""
        window = self.window
        if window is None:
            return {}
        name = window.GetWindowName() or ""
        cursor = window.GetCurrentCursor()
        size = self.size if self.opened else fit(*window.GetSize())
        return {
            "title": self._title if not name or name.startswith(_UNNAMED) else name,
            "cursor": _CURSORS[cursor] if 0 <= cursor < len(_CURSORS) else "default",
            "width": size.logical_width,
            "height": size.logical_height,
            "pixel_ratio": round(size.pixel_ratio, 4),
        }
