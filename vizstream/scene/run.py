"""One run of a scene, from nothing to its end."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vizstream.errors import SceneError, VizstreamError
from vizstream.render import probe
from vizstream.render.stop import Stopped

from .faults import CountedFaults
from .script import run_script
from .target import Target, resolve
from .trace import format_trace, summarize

if TYPE_CHECKING:
    from vizstream.config import Config
    from vizstream.render.channel import MainEnd
    from vizstream.render.host import Host

    from .explicit import Scene


def run(config: Config, main_end: MainEnd) -> int:
    """Do what `vizstream.scene.run_scene` documents."""
    target = resolve(config.scene)
    board = _Board(main_end, target.title)
    board.post("loading")
    # A callback of the script that calls sys.exit() ends the process inside of VTK; then this still runs.
    atexit.register(board.post_end)
    try:
        probe.choose_backend()
        from vizstream.render.loop import RenderLoop

        CountedFaults().install()
        loop = RenderLoop(main_end, config, target.title)
        try:
            scene = load(target, config.args, loop)
            if scene is not None:
                loop.show(scene.window)
                with script_errors(target):
                    loop.serve(scene.update)
        finally:
            loop.close()
    except (Stopped, KeyboardInterrupt):
        pass
    except VizstreamError as error:
        board.post("error", str(error))
        raise
    board.post_end()
    return 0


class _Board:
    """The phases of the scene that the loop does not post: all but ``live``."""

    def __init__(self, main_end: MainEnd, title: str) -> None:
        self._main_end = main_end
        self._title = title
        self._over = False

    def post(self, phase: str, message: str = "") -> None:
        self._over = phase in ("ended", "error")
        self._main_end.post_scene(phase=phase, title=self._title, message=message)
        self._main_end.ring()

    def post_end(self) -> None:
        if not self._over:
            self.post("ended")


def load(target: Target, args: Sequence[str], master: Host) -> Scene | None:
    """Run the script under `master`, then find the scene in what it left behind.

    Returns
    -------
    Scene or None
        None when the script has run its own event loop and that has ended: then so has the scene.

    Raises
    ------
    SceneError
        If the script fails or shows nothing.
    """
    from .explicit import find_scene
    from .takeover import install

    install(master)
    with script_errors(target):
        names = run_script(target, args)
        return None if master.started else find_scene(names, target.name, master.window)


@contextmanager
def script_errors(target: Target) -> Iterator[None]:
    """Turn whatever the user's code raises into a `SceneError` with the user's own traceback."""
    try:
        yield
    except VizstreamError:
        raise
    except SystemExit as error:
        raise SceneError(f"{target.title} exited with {_exit_words(error.code)}{_because(error)}") from None
    except Exception as error:
        trace = format_trace(type(error), error, error.__traceback__)
        raise SceneError(f"{target.title} failed: {summarize(error)}{_because(error)}", trace) from None


def _because(error: BaseException) -> str:
    from vtkmodules.vtkCommonCore import vtkVersion

    from .reasons import reason

    words = reason(error, vtkVersion.GetVTKVersion())
    return f" ({words})" if words else ""


def _exit_words(code: object) -> str:
    return f"status {code}" if isinstance(code, int) else f"the message: {code}"
