"""One picture of a scene, in full quality and without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MachineError, UsageError
from .render import probe
from .render.stop import Stopped
from .scene.run import load, script_errors
from .scene.target import resolve

if TYPE_CHECKING:
    from .config import Config


def snapshot(config: Config, output: Path) -> None:
    """Run the scene until it shows something, and write that as a PNG file.

    The script runs as under ``serve``.  The picture is the one that is there when it starts its event loop,
    or when it ends; a script that loops over ``Render()`` for ever is stopped after two seconds.

    Parameters
    ----------
    config : Config
        Names the scene and its arguments; gives the size of a window that the script does not size itself.
    output : Path
        The file to write.

    Raises
    ------
    UsageError
        If there is no such scene, or the file cannot be written.
    SceneError
        If the script failed; ``trace`` holds its own traceback.
    MachineError
        If this machine has no OpenGL.
    """
    target = resolve(config.scene)
    if output.is_dir() or not output.resolve().parent.is_dir():
        raise UsageError(f"cannot write {output}: no such directory, or a directory itself")
    probe.choose_backend()
    from .render.still import Still

    still = Still((config.width, config.height))
    try:
        scene = load(target, config.args, still)
        if scene is not None:
            with script_errors(target):
                if scene.update is not None:
                    scene.update(0.0)
                still.take(scene.window)
    except Stopped:
        pass
    if still.picture is None:
        raise MachineError("OpenGL gave no picture", probe.REMEDY)
    try:
        still.write(output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror or error}") from None
