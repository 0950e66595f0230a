"""What the user named: a script, a module, or one object in either.  Decided without running anything."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from vizstream.errors import UsageError

_NAMED_FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[^\W\d]\w*)")
_MODULE = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?::(?P<name>[^\W\d]\w*))?")


@dataclass(frozen=True)
class Target:
    """What is to be run.

    Parameters
    ----------
    path : str
        Path of a script as the user wrote it; empty for a module.
    module : str
        Full name of a module; empty for a script.
    name : str
        The object in it that is or makes the scene; empty for "run it and see".
    """

    path: str = ""
    module: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """What to call the scene until it gives its window a name."""
        return Path(self.path).name or self.module


def resolve(scene: str) -> Target:
    """Find what `scene` names.

    Parameters
    ----------
    scene : str
        ``path.py``, ``path.py:name``, ``package.module`` or ``package.module:name``.

    Raises
    ------
    UsageError
        If there is no such file or module.
    """
    if not scene:
        raise UsageError("no scene given; name a Python file or a module")
    path = Path(scene)
    if path.is_file():
        return Target(path=scene)
    if path.is_dir():
        raise UsageError(f"{scene} is a directory; name a Python file in it")
    if match := _NAMED_FILE.fullmatch(scene):
        if not Path(match["path"]).is_file():
            raise UsageError(f"no such file: {match['path']}")
        return Target(path=match["path"], name=match["name"])
    match = _MODULE.fullmatch(scene)
    if match is None or scene.endswith(".py"):
        raise UsageError(f"no such file: {scene}")
    # Finding a module inside of a package would run the package, so only its first part is looked for.
    top = match["module"].partition(".")[0]
    places = [str(Path.cwd()), *sys.path]
    if top not in sys.builtin_module_names and PathFinder.find_spec(top, places) is None:
        raise UsageError(f"no such file or module: {scene}")
    return Target(module=match["module"], name=match["name"] or "")
