"""From a path or a module name to a running scene.  Importing this package does not import VTK.

``target`` says what the user named, ``script`` runs it as Python would, ``takeover`` puts our windows and
interactors where the script expects VTK's, ``explicit`` finds the scene in what it left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .target import Target, resolve

if TYPE_CHECKING:
    from vizstream.config import Config
    from vizstream.render.channel import MainEnd

__all__ = ["Target", "resolve", "run_scene"]


def run_scene(config: Config, main_end: MainEnd) -> int:
    """Load the scene and serve it in the calling thread, which should be the main one, until it ends.

    Posts the phases ``loading``, ``live``, ``ended`` and ``error`` to the viewers.

    Parameters
    ----------
    config : Config
        Names the scene, its arguments, the first size of the window and the highest frame rate.
    main_end : MainEnd
        The connection to the viewers.

    Returns
    -------
    int
        The exit status: 0.  Leave by ``os._exit`` after flushing: destroying a script's widgets hangs or
        crashes now and then, with VTK alone too, and that at the interpreter's exit.

    Raises
    ------
    UsageError
        If there is no such scene.
    SceneError
        If the script failed; ``trace`` holds its own traceback.
    MachineError
        If this machine has no OpenGL.
    """
    from .run import run

    return run(config, main_end)
