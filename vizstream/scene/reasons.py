"""Why a script cannot be served, in a few words: a package, a file, the network, a screen, another VTK.

Pure: an exception in, words out.  What Python itself says comes first and stays; these words follow it, for
those to whom ``cannot import name 'vtkGeoGraticule'`` says little.
"""

from __future__ import annotations

import re
import socket
import urllib.error
from types import ModuleType

#: Packages that open windows of their own → what people call them.
TOOLKITS = {
    "PyQt4": "Qt",
    "PyQt5": "Qt",
    "PyQt6": "Qt",
    "PySide2": "Qt",
    "PySide6": "Qt",
    "pyvistaqt": "Qt",
    "qtpy": "Qt",
    "tkinter": "Tk",
    "_tkinter": "Tk",
    "wx": "wxWidgets",
    "gi": "GTK",
}

#: What Tk, wx and Qt say where there is no screen.
_NO_SCREEN = re.compile(r"no display name|\$DISPLAY|could not connect to display|X Display", re.IGNORECASE)

_FROM_VTK = re.compile(r"cannot import name '\w+' from '(vtk|vtkmodules)\b")

#: The exceptions of the packages that scripts fetch with, by name: they need not be installed here.
_NETWORK = (
    "ConnectionError",
    "ConnectTimeout",
    "MaxRetryError",
    "NameResolutionError",
    "ClientConnectorError",
)


def reason(error: BaseException, vtk_version: str) -> str:
    """Say what a script lacks.

    Parameters
    ----------
    error : BaseException
        What it failed with.
    vtk_version : str
        Of the VTK that is installed.

    Returns
    -------
    str
        A clause without a full stop; empty where nothing is known beyond what the error says.
    """
    for cause in _chain(error):
        words = _reason(cause, vtk_version)
        if words:
            return words
    return ""


def screen_needed(toolkit: str) -> str:
    """Say that windows of a toolkit cannot be served."""
    return (
        f"the script shows VTK inside of a {toolkit} window, which needs a screen; only scripts with "
        "VTK's own windows can be served"
    )


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and what it came from, the outermost first; no more than ten."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found and len(found) < 10:
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def _reason(error: BaseException, vtk_version: str) -> str:
    other_vtk = f"the script was written for another version of VTK than the installed {vtk_version}"
    if isinstance(error, SystemExit) and error.code == 2:
        return "it may want arguments: give them after the script's name"
    if _NO_SCREEN.search(str(error)):
        return "it opens a window of its own, which needs a screen; only VTK's own windows can be served"
    if isinstance(error, ImportError):
        package = (error.name or "").partition(".")[0]
        if package in TOOLKITS:
            return f"it needs {TOOLKITS[package]}, whose windows cannot be served"
        if package in ("vtk", "vtkmodules") or _FROM_VTK.search(str(error)):
            return other_vtk
        if isinstance(error, ModuleNotFoundError) and package:
            return f"it needs the package {package}, which is not installed here"
        return ""
    if isinstance(error, AttributeError) and _is_vtks(error.obj):
        return other_vtk
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"it needs the file {error.filename}, which is missing"
    network = (urllib.error.URLError, socket.gaierror, ConnectionError)
    if isinstance(error, network) or type(error).__name__ in _NETWORK:
        return "it needs the network, and what it asks for cannot be reached"
    return ""


def _is_vtks(thing: object) -> bool:
    """Say whether something is a module, a class or an object of VTK's, or derived from one."""
    if isinstance(thing, ModuleType):
        return thing.__name__.partition(".")[0] in ("vtk", "vtkmodules")
    kind = thing if isinstance(thing, type) else type(thing)
    return any(base.__module__.startswith("vtkmodules.") for base in kind.__mro__)
