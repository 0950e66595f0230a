"""The window in what a script left behind: a ``scene()`` function, a variable, or the last window drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import (
    vtkProp,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

from vizstream.errors import SceneError
from vizstream.render.served_interactor import ServedInteractor

#: Attributes under which PyVista, vedo and FURY keep their window.
_WINDOW_ATTRIBUTES = ("render_window", "ren_win", "window")


@dataclass(frozen=True)
class Scene:
    """A window, ready to be served.

    Parameters
    ----------
    window : vtkRenderWindow
        Has a renderer and an interactor that is initialized.
    update : callable or None
        Called with the time in seconds before each frame.
    """

    window: vtkRenderWindow
    update: Callable[[float], object] | None = None


def find_scene(names: dict[str, Any], name: str, last: vtkRenderWindow | None) -> Scene:
    """Find the scene among the names of a script that has ended.

    Parameters
    ----------
    names : dict
        The script's top-level names.
    name : str
        The one that the user asked for, or empty.
    last : vtkRenderWindow or None
        The last window that the script drew.

    Raises
    ------
    SceneError
        If there is nothing to show.
    """
    update = _update_function(names)
    if name:
        if name not in names:
            raise SceneError(f"the script has no {name!r}")
        return Scene(_prepare(_to_window(names[name], name)), update)
    if inspect.isfunction(names.get("scene")) and _arguments(names["scene"])[0] == 0:
        return Scene(_prepare(_to_window(names["scene"], "scene()")), update)
    for variable, kind in (("render_window", vtkRenderWindow), ("renderer", vtkRenderer)):
        if isinstance(names.get(variable), kind):
            return Scene(_prepare(_to_window(names[variable], variable)), update)
    if last is not None and last.GetRenderers().GetNumberOfItems():
        return Scene(_prepare(last))
    managed = [window for value in names.values() for window in _windows_kept_by(value)]
    for holder, values in (
        (vtkRenderWindow, names.values()),
        (vtkRenderWindowInteractor, names.values()),
        (vtkRenderWindow, managed),  # a new window for their renderer would compete with them for it
        (vtkRenderer, names.values()),
    ):
        found = [value for value in values if isinstance(value, holder) and _shows_something(value)]
        if found:
            return Scene(_prepare(_to_window(found[-1], "")))
    raise SceneError(
        "the script ended without a window to show: it made no vtkRenderWindow with a renderer, and has no "
        "scene() function and no variable render_window or renderer"
    )


def _arguments(function: Callable[..., object]) -> tuple[int, int]:
    """Count the arguments that a function must be given, and may be given; -1 when Python cannot tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return -1, -1
    named = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return sum(one.default is one.empty for one in named), len(named)


def _update_function(names: dict[str, Any]) -> Callable[[float], object] | None:
    # Callbacks named `update` that take (object, event) are common in VTK scripts and are not meant, also
    # where both have defaults.
    update = names.get("update")
    if not callable(update):
        return None
    least, most = _arguments(update)
    return update if least == 1 or (least, most) == (0, 1) else None


def _windows_kept_by(thing: Any) -> list[Any]:
    """Return the windows that a plotter or show manager keeps; its properties are not called."""
    kept = getattr(thing, "__dict__", {})
    return [kept[name] for name in _WINDOW_ATTRIBUTES if isinstance(kept.get(name), vtkRenderWindow)]


def _shows_something(thing: Any) -> bool:
    if isinstance(thing, vtkRenderWindowInteractor):
        thing = thing.GetRenderWindow()
    if thing is None or isinstance(thing, vtkRenderWindow):
        return thing is not None and thing.GetRenderers().GetNumberOfItems() > 0
    return bool(thing.GetViewProps().GetNumberOfItems())


def _to_window(thing: Any, what: str) -> vtkRenderWindow:
    if inspect.isroutine(thing):
        thing = thing()
    if isinstance(thing, vtkRenderWindow):
        return thing
    if hasattr(thing, "GetRenderWindow") and not isinstance(thing, vtkRenderer):
        window = thing.GetRenderWindow()  # an interactor or a vtkView
        if isinstance(window, vtkRenderWindow):
            return window
    for attribute in _WINDOW_ATTRIBUTES:
        window = getattr(thing, attribute, None)
        if isinstance(window, vtkRenderWindow):
            return window
    parts = (
        list(thing) if isinstance(thing, Iterable) and not isinstance(thing, (str, bytes, dict)) else [thing]
    )
    renderers = [part for part in parts if isinstance(part, vtkRenderer)]
    props = [part for part in parts if isinstance(part, vtkProp)]
    if not parts or len(renderers) + len(props) != len(parts):
        raise SceneError(
            f"{what} must be or return a vtkRenderWindow, a vtkRenderer, an actor, or a list of these, not "
            f"{type(thing).__name__}"
        )
    return _window_for(renderers, props)


def _window_for(renderers: list[vtkRenderer], props: list[vtkProp]) -> vtkRenderWindow:
    if props:
        if not renderers:
            renderers = [vtkRenderer()]
        for prop in props:
            renderers[0].AddViewProp(prop)
    for renderer in renderers:
        if renderer.GetRenderWindow() is not None:
            return renderer.GetRenderWindow()
    window = vtkRenderWindow()
    for renderer in renderers:
        window.AddRenderer(renderer)
    return window


def _prepare(window: vtkRenderWindow) -> vtkRenderWindow:
    """Give the window an interactor, if it has none, in which dragging turns the scene."""
    if not window.GetRenderers().GetNumberOfItems():
        raise SceneError("the scene's vtkRenderWindow has no renderer")
    interactor: Any = window.GetInteractor()
    if interactor is None:
        interactor = ServedInteractor()
        interactor.SetRenderWindow(window)
        interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
    if not interactor.GetInitialized():
        interactor.Initialize()
    return window
