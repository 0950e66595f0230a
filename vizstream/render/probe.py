"""Can this machine draw, and with what?  Found out before VTK is imported, because VTK crashes if not.

VTK's wheel links no graphics library; it opens them at run time.  Without libX11 it crashes when a window is
made, without EGL and OSMesa when it draws, while ``SupportsOpenGL()`` still says yes.  So we open the
library ourselves first and choose the window class through ``VTK_DEFAULT_OPENGL_WINDOW``, which also spares
VTK the attempt to reach an X server.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from vizstream.errors import MachineError

BACKEND_VARIABLE = "VTK_DEFAULT_OPENGL_WINDOW"
REMEDY = "apt-get install libegl1 libgl1-mesa-dri"

#: Where glvnd and Mesa keep the libraries that VTK opens (vtkglad: egl.c, osmesa.c).
_EGL = ("libEGL.so.1", "libEGL.so")
_X11 = ("libX11.so.6", "libX11.so")
_OSMESA = ("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so")

# EGL 1.5, https://registry.khronos.org/EGL/api/EGL/egl.h and eglext.h
_EGL_NONE = 0x3038
_EGL_OPENGL_API = 0x30A2
_EGL_CONFIG = (0x3033, 0x0001, 0x3040, 0x0008, _EGL_NONE)  # SURFACE_TYPE PBUFFER, RENDERABLE_TYPE OPENGL
_EGL_PLATFORM_DEVICE_EXT = 0x313F
_MOST_DEVICES = 32

#: Seconds that a picture may take in `gl_report`: a first start from a cold disk took 3.
_REPORT_LIMIT = 60


@dataclass(frozen=True)
class GLReport:
    """What drew a test picture.

    Parameters
    ----------
    ok : bool
        Whether a picture was drawn.
    renderer : str
        OpenGL's name of what drew it, such as ``llvmpipe (LLVM 15.0.6, 256 bits)``.
    version : str
        OpenGL's version.
    backend : str
        VTK's window class.
    vtk : str
        VTK's version.
    software : bool
        Whether the CPU drew it.
    failure : str
        What went wrong, in one line; empty when nothing did.
    """

    ok: bool
    renderer: str = ""
    version: str = ""
    backend: str = ""
    vtk: str = ""
    software: bool = False
    failure: str = ""


def choose_backend() -> str:
    """Choose VTK's window class for this process; call before VTK is imported.

    A choice that the user has made in the environment stands, if it works.

    Returns
    -------
    str
        The name of VTK's window class; empty where VTK has only one (Windows, macOS).

    Raises
    ------
    MachineError
        If nothing here can draw, or what the user has chosen cannot.
    """
    if not sys.platform.startswith("linux"):
        return os.environ.get(BACKEND_VARIABLE, "")
    usable = {
        "vtkEGLRenderWindow": egl_works,
        "vtkXOpenGLRenderWindow": _x_works,
        "vtkOSOpenGLRenderWindow": _osmesa_works,
    }
    chosen = os.environ.get(BACKEND_VARIABLE, "")
    if chosen:
        if chosen in usable and not usable[chosen]():
            raise MachineError(f"no OpenGL: {BACKEND_VARIABLE} is {chosen}, which does not work here", REMEDY)
        return chosen
    for chosen, works in usable.items():
        if works():
            os.environ[BACKEND_VARIABLE] = chosen
            return chosen
    raise MachineError("no OpenGL: neither EGL nor OSMesa works on this machine", REMEDY)


def _x_works() -> bool:
    """Say whether a display is named and libX11 is there; whether it answers, VTK finds out safely."""
    return bool(os.environ.get("DISPLAY")) and _open(_X11) is not None


def _osmesa_works() -> bool:
    return _open(_OSMESA) is not None


def _open(names: tuple[str, ...]) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def egl_works() -> bool:
    """Say whether EGL gives a display on which OpenGL can draw off screen: 40 ms with Mesa's llvmpipe.

    The same displays are tried as by vtkEGLRenderWindow: each device, then the default display.  They stay
    initialized: VTK uses them next, and terminating them would only make it load the driver again.
    """
    egl = _open(_EGL)
    if egl is None:
        return False
    for name in ("eglGetDisplay", "eglGetProcAddress", "eglQueryString"):
        getattr(egl, name).restype = ctypes.c_void_p
    egl.eglGetDisplay.argtypes = [ctypes.c_void_p]
    egl.eglQueryString.argtypes = [ctypes.c_void_p, ctypes.c_int]
    egl.eglInitialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    egl.eglBindAPI.argtypes = [ctypes.c_uint]
    egl.eglChooseConfig.argtypes = [
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p,
    ]  # fmt: skip
    return any(_display_works(egl, display) for display in _device_displays(egl)) or _display_works(
        egl, egl.eglGetDisplay(None)
    )


def _device_displays(egl: ctypes.CDLL) -> list[int | None]:
    query = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    get = egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    if not query or not get:
        return []
    prototype = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    devices = (ctypes.c_void_p * _MOST_DEVICES)()
    count = ctypes.c_int(0)
    if not prototype(query)(_MOST_DEVICES, devices, ctypes.byref(count)):
        return []
    display = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(get)
    return [display(_EGL_PLATFORM_DEVICE_EXT, device, None) for device in devices[: count.value]]


def _display_works(egl: ctypes.CDLL, display: int | None) -> bool:
    if not display or not egl.eglInitialize(display, None, None) or not egl.eglBindAPI(_EGL_OPENGL_API):
        return False
    wanted = (ctypes.c_int * len(_EGL_CONFIG))(*_EGL_CONFIG)
    config, count = ctypes.c_void_p(), ctypes.c_int(0)
    found = egl.eglChooseConfig(display, wanted, ctypes.byref(config), 1, ctypes.byref(count))
    return bool(found) and count.value > 0


def gl_report() -> GLReport:
    """Draw one picture in a process of its own and report what drew it, or why nothing did."""
    try:
        backend = choose_backend()
    except MachineError as error:
        return GLReport(ok=False, failure=str(error))
    try:
        child = subprocess.run(
            [sys.executable, "-c", _DRAW_ONE_PICTURE],
            capture_output=True,
            text=True,
            timeout=_REPORT_LIMIT,
            check=False,
            env={**os.environ, "PYTHONFAULTHANDLER": "0"},
        )
    except subprocess.TimeoutExpired:
        return GLReport(ok=False, backend=backend, failure=f"no picture within {_REPORT_LIMIT} s")
    if child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        return GLReport(ok=False, backend=backend, failure=f"VTK crashed while it drew ({name})")
    try:
        fields = json.loads(child.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (child.stderr.strip().splitlines() or ["no output"])[-1]
        return GLReport(ok=False, backend=backend, failure=f"VTK could not draw: {last}")
    return GLReport(**fields)


_DRAW_ONE_PICTURE = """
import json, os, sys
from vtkmodules.vtkCommonCore import vtkVersion, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
from vizstream.render.served_window import is_software, renderer_name
window, renderer = vtkRenderWindow(), vtkRenderer()
window.SetOffScreenRendering(1)
window.SetSize(64, 64)
renderer.SetBackground(1, 0, 0)
window.AddRenderer(renderer)
window.Render()
data = vtkUnsignedCharArray()
window.GetPixelData(0, 0, 63, 63, 1, data, 0)
red = data.GetNumberOfTuples() == 64 * 64 and tuple(data.GetTuple(0)) == (255.0, 0.0, 0.0)
capabilities = window.ReportCapabilities()
name = renderer_name(capabilities)
version = next((line.partition(":")[2].strip() for line in capabilities.splitlines()
                if line.startswith("OpenGL version string")), "")
print(json.dumps({
    "ok": red, "renderer": name, "version": version, "backend": window.GetClassName(),
    "vtk": vtkVersion.GetVTKVersion(), "software": is_software(name),
    "failure": "" if red else "the picture that VTK drew is not the one it was asked for",
}))
sys.stdout.flush()
os._exit(0)
"""
