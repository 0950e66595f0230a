"""The one window that viewers see, and the state of its picture.

Two flags tell what a new frame needs.  *stale*: the scene differs from what is in the framebuffer, so render.
*fresh*: the framebuffer holds a picture that was not published yet, so read it back.  They are kept by VTK's
own ``RenderEvent`` (somebody wants a render), ``StartEvent`` and ``EndEvent`` (somebody rendered), so that it
does not matter who renders: we, the script, or C++ behind everybody's back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from vizstream.errors import SceneError

from .changes import changed_since, current_mtime, items
from .readback import Readback
from .served_window import adopt, draws_in_software, render_natively, reunite, turn_off_multisampling
from .size import BASE_DPI, Size, fit

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from .channel import FrameWriter, Wants

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
    """Shows one window at a time: sizes it, draws it, publishes it.

    Parameters
    ----------
    title : str
        The title of the picture while the script names its window nothing.

    Attributes
    ----------
    window : vtkRenderWindow or None
        The window that is shown.
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

    def __init__(self, title: str) -> None:
        self.window: vtkRenderWindow | None = None
        self.size = Size(1, 1, 1, 1)
        self.stale = True
        self.fresh = False
        self.rendering = False
        self.input_id = 0
        self.end_ns = 0
        self._title = title
        self._readback = Readback()
        self._software = True
        self._wanted: tuple[float, float, float] | None = None
        self._clean = 0
        self._begin_ns = 0
        self._drawn_input_id = 0

    @property
    def changed(self) -> bool:
        """Whether the picture differs from the last published one, as far as anybody announced it."""
        return self.stale or self.fresh

    def show(self, window: vtkRenderWindow) -> None:
        """Make `window` the one that is shown."""
        adopt(window)
        self.window = window
        self.stale, self.fresh = True, False
        self._software = draws_in_software(window)
        if self._software:
            turn_off_multisampling(window)
        notes: dict[str, Any] = window.__dict__
        if "_vizstream_dpi" not in notes:
            notes["_vizstream_dpi"] = window.GetDPI()
            observed: Any = window
            observed.AddObserver("StartEvent", self._on_start)
            observed.AddObserver("EndEvent", self._on_end)
        if self._wanted is None:
            width, height = window.GetSize()
            self._set_size(fit(width, height, software=self._software))
        else:
            self._set_size(fit(*self._wanted, software=self._software))

    # ---- size --------------------------------------------------------------------------------------

    def resize(self, wants: Wants) -> bool:
        """Take the size that the viewers want, if it is a new wish; say whether the size changed."""
        wanted = (wants.width, wants.height, wants.pixel_ratio)
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
        if self.window is None:
            return False
        if tuple(self.window.GetSize()) != (size.width, size.height):
            self.window.SetSize(size.width, size.height)
        dpi: int = self.window.__dict__["_vizstream_dpi"]
        self.window.SetDPI(max(1, round(dpi * size.dpi / BASE_DPI)))
        self.stale, self.fresh = True, False
        return True

    # ---- drawing -----------------------------------------------------------------------------------

    def differs(self) -> bool:
        """Look whether anything in the scene was modified since it was last drawn."""
        return self.window is not None and changed_since(self.window, self._clean)

    def render(self) -> None:
        """Draw the scene into the framebuffer."""
        if self.window is None:
            return
        reunite(self.window)
        # Called here too in case that the window fires no events.
        self._on_start(self.window, "")
        render_natively(self.window)
        if self.rendering:
            self._on_end(self.window, "")

    def touched(self) -> None:
        """Note that something may have drawn into the framebuffer without any event."""
        if not self.stale:
            self.fresh = True
            self._begin_ns = self.end_ns = time.monotonic_ns()
            self._drawn_input_id = self.input_id

    def publish(self, frames: FrameWriter[Any]) -> bool:
        """Read the framebuffer into a slot of the ring and publish it.

        Returns
        -------
        bool
            False when the script has just resized its window; then the picture is stale.

        Raises
        ------
        SceneError
            If OpenGL does not give the picture back.
        """
        window, size = self.window, self.size
        if window is None or tuple(window.GetSize()) != (size.width, size.height):
            self.stale = True
            return False
        slot = frames.acquire(size.width, size.height)
        if not self._readback.read(window, slot.pixels):
            frames.abandon(slot)
            raise SceneError("OpenGL does not give back the picture that it drew")
        frames.publish(
            slot,
            input_id=self._drawn_input_id,
            render_begin_ns=self._begin_ns,
            render_end_ns=self.end_ns,
            readback_end_ns=time.monotonic_ns(),
        )
        self.fresh = False
        return True

    def _on_start(self, window: Any, _event: str) -> None:
        if window is self.window:
            self.rendering = True
            self._begin_ns = time.monotonic_ns()
            self._drawn_input_id = self.input_id

    def _on_end(self, window: Any, _event: str) -> None:
        if self.window is None or window is not self.window:
            return
        self.rendering = False
        self.end_ns = time.monotonic_ns()
        # A hardware selector draws numbers as colours, an image writer draws tiles: not for viewers' eyes.
        genuine = tuple(window.GetTileScale()) == (1, 1) and all(
            renderer.GetSelector() is None for renderer in items(window.GetRenderers())
        )
        if genuine:
            self.stale, self.fresh = False, True
            self._clean = current_mtime()
        else:
            self.stale, self.fresh = self.changed, False

    # ---- what the page shows around the picture -------------------------------------------------------

    def looks(self) -> dict[str, Any]:
        """Return what viewers are told about the picture: title, cursor and size."""
        if self.window is None:
            return {}
        name = self.window.GetWindowName() or ""
        cursor = self.window.GetCurrentCursor()
        return {
            "title": self._title if not name or name.startswith(_UNNAMED) else name,
            "cursor": _CURSORS[cursor] if 0 <= cursor < len(_CURSORS) else "default",
            "width": self.size.logical_width,
            "height": self.size.logical_height,
            "pixel_ratio": round(self.size.pixel_ratio, 4),
        }
