"""Put our windows and interactors where a script expects VTK's.

With no screen VTK makes an X interactor even for an EGL window: ``Start()`` warns and returns,
``ProcessEvents()`` crashes.  No single mechanism catches all ways in which scripts, and C++ on their behalf,
come by an interactor; of 36 patterns tried, these together catch 33 (the others embed VTK in Tk or Qt):

1. the attribute ``vtkRenderWindowInteractor`` of each VTK module that has it: what scripts call and derive
   from;
2. VTK's object factory for that class switched off, so that C++ makes the plain class, and the plain class
   *overridden* (VTK's own mechanism), so that Python sees ours when it gets to see the object;
3. the concrete window classes overridden;
4. the views, which make their interactor in C++ before anybody can interfere: given ours when they are made.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import vtkmodules.vtkInteractionStyle  # the default interactor style comes from here
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkObjectFactory
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from vizstream.errors import SceneError
from vizstream.render import host
from vizstream.render.served_interactor import ServedInteractor, WrappedInteractor
from vizstream.render.served_window import CONCRETE, adopt, served_class

from .reasons import screen_needed

_NAME = "vtkRenderWindowInteractor"

#: Module → the views in it that scripts make, each with a window and an interactor of its own.
_VIEWS = {
    "vtkmodules.vtkViewsCore": ("vtkRenderViewBase",),
    "vtkmodules.vtkViewsContext2D": ("vtkContextView", "vtkContextInteractorStyle"),
    "vtkmodules.vtkViewsInfovis": (
        "vtkRenderView",
        "vtkGraphLayoutView",
        "vtkHierarchicalGraphView",
        "vtkIcicleView",
        "vtkParallelCoordinatesView",
        "vtkTreeAreaView",
        "vtkTreeMapView",
        "vtkTreeRingView",
    ),
}

#: VTK's own bridges into other toolkits' windows, which need a screen.
_EMBEDDINGS = {"qt": "Qt", "tk": "Tk", "wx": "wxWidgets", "gtk": "GTK"}

#: Where scripts get Qt's application from, which ends the process on the spot where it finds no screen.
_QT = {f"{package}.QtWidgets": () for package in ("PyQt5", "PyQt6", "PySide2", "PySide6")}

_original: Any = vtkRenderWindowInteractor
_installed = False


def install(master: host.Host) -> None:
    """Take over windows and interactors and put `master` in charge of them.  May be called again."""
    global _installed  # noqa: PLW0603 - VTK's factories and modules are global too
    host.put_in_charge(master)
    if _installed:
        return
    _installed = True
    _original.override(WrappedInteractor)
    vtkObjectFactory.SetAllEnableFlags(0, _NAME)
    for name in CONCRETE:
        served = served_class(name)
        if served is not None:
            getattr(vtkmodules.vtkRenderingOpenGL2, name).override(served)
    for module in list(sys.modules.values()):
        _replace_interactor(module)
    for name in _VIEWS:
        if name in sys.modules:
            _serve_views(sys.modules[name])
    sys.meta_path.insert(0, _AfterImport(_VIEWS, _serve_views))
    if not _has_screen():
        sys.meta_path.insert(0, _AfterImport(_QT, _refuse_qt))
    sys.meta_path.insert(0, _Refusal())


def _replace_interactor(module: ModuleType | None) -> None:
    if getattr(module, "__name__", "").startswith("vtk") and vars(module).get(_NAME) is _original:
        setattr(module, _NAME, ServedInteractor)


def _serve_views(module: ModuleType) -> None:
    for name in _VIEWS[module.__name__]:
        base = getattr(module, name, None)
        if base is not None and hasattr(base, "SetInteractor") and hasattr(base, "GetRenderWindow"):
            base.override(type(f"Served{name.removeprefix('vtk')}", (_ViewMixin, base), {}))


def _has_screen() -> bool:
    places = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in places)


def _refuse_qt(module: ModuleType) -> None:
    def refuse(*_arguments: Any) -> None:
        raise SceneError(screen_needed("Qt"))

    module.QApplication = refuse  # type: ignore[attr-defined]


class _ViewMixin:
    def __init__(self: Any, **properties: Any) -> None:
        super().__init__(**properties)
        window, made = self.GetRenderWindow(), self.GetInteractor()
        adopt(window)
        if not isinstance(made, ServedInteractor):
            interactor = ServedInteractor()
            interactor.SetInteractorStyle(made.GetInteractorStyle())
            self.SetInteractor(interactor)
            if interactor.GetRenderWindow() is None:
                interactor.SetRenderWindow(window)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with each of some modules right after it was imported for the first time."""

    def __init__(self, names: Sequence[str] | dict[str, Any], action: Callable[[ModuleType], None]) -> None:
        self._waiting = set(names)
        self._action = action

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._waiting:
            return None
        self._waiting.discard(name)  # whoever we ask now asks us, too
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _LoaderWithAction(spec.loader, self._action)
        return spec


class _Refusal(importlib.abc.MetaPathFinder):
    """Says in one line why a script that embeds VTK in another toolkit cannot be served."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, rest = name.partition(".")
        toolkit = _EMBEDDINGS.get(rest.partition(".")[0])
        if package == "vtkmodules" and toolkit is not None:
            raise SceneError(screen_needed(toolkit))
        return None


class _LoaderWithAction(importlib.abc.Loader):
    def __init__(self, loader: Any, action: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._action = action

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._action(module)
