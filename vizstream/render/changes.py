"""Did the scene change?  By VTK's modification times, the way VTK itself decides what to rebuild.

Every ``Modified()`` in the process takes the next number of one counter.  So the number that the counter
had after a picture was drawn divides everything into what that picture shows and what came after it;
nothing needs to be remembered for each object, and looking costs about a microsecond for each prop.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vtkmodules.vtkCommonCore import vtkObject, vtkTimeStamp

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow


def items(collection: Any) -> Iterable[Any]:
    """Return `collection` itself: VTK's collections can be iterated over, which its stubs do not know."""
    found: Iterable[Any] = collection
    return found


def current_mtime() -> int:
    """Return the number that VTK's modification counter has now."""
    stamp = vtkTimeStamp()
    stamp.Modified()
    return stamp.GetMTime()


def _renderer_changed(renderer: vtkRenderer, since: int) -> bool:
    if renderer.GetMTime() > since:
        return True
    # GetActiveCamera() of a renderer that has none would make one, and reset it.
    if renderer.IsActiveCameraCreated() and renderer.GetActiveCamera().GetMTime() > since:
        return True
    props = renderer.GetViewProps()
    # A prop that was removed shows in the collection's own time only.
    if props.GetMTime() > since:
        return True
    for prop in items(props):
        # GetRedrawMTime of an actor covers its mapper, property, texture and, by an Update(), its input.
        # Of a hidden prop only its own time counts, in which hiding it shows.
        if (prop.GetRedrawMTime() if prop.GetVisibility() else vtkObject.GetMTime(prop)) > since:
            return True
    return any(light.GetMTime() > since for light in items(renderer.GetLights()))


def changed_since(window: vtkRenderWindow, since: int) -> bool:
    """Say whether anything that `window` shows was modified after the counter stood at `since`."""
    renderers = window.GetRenderers()
    return renderers.GetMTime() > since or any(
        renderer.GetDraw() and _renderer_changed(renderer, since) for renderer in items(renderers)
    )


def stereo_of(window: vtkRenderWindow) -> tuple[object, ...]:
    """Return how `window` draws stereo.

    The window's own modification time cannot be asked: the pointer's shape and the wanted rate are in it too.
    """
    if not window.GetStereoRender():
        return ()
    return window.GetStereoType(), window.GetAnaglyphColorSaturation(), tuple(window.GetAnaglyphColorMask())
