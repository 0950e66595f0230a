"""Run a script or a module as Python itself would: as ``__main__``, once.

``runpy`` does nearly this, but takes ``__main__`` back when the script ends, while its callbacks live on,
and its frames would show in tracebacks.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .target import Target


def run_script(target: Target, args: Sequence[str]) -> dict[str, Any]:
    """Run the target and return the names that it left at its top level.

    Without a name in the target it runs as ``__main__``; with one it is imported under its own name, so that
    what stands under its main guard does not run.

    Parameters
    ----------
    target : Target
        What to run.
    args : sequence of str
        What it sees as ``sys.argv[1:]``.

    Returns
    -------
    dict
        The names at the script's top level.  ``sys.exit(0)`` ends the script like its last line does.

    Raises
    ------
    BaseException
        Whatever else the script raises.
    """
    if target.path:
        # As for `python script.py`: the script's directory comes first on the path, links resolved.
        sys.path.insert(0, str(Path(target.path).resolve().parent))
        sys.argv = [target.path, *args]
        return _run_file(target.path, Path(target.path).stem if target.name else "__main__")
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = [target.module, *args]
    if target.name:
        return vars(importlib.import_module(target.module))
    return _run_module(target.module)


def _run_file(path: str, name: str) -> dict[str, Any]:
    # Python makes the main script's __file__ absolute since 3.9, its traceback keeps the name as given.
    full = str(Path(path).absolute())
    with io.open_code(full) as file:
        source = file.read()
    module = ModuleType(name)
    module.__file__ = full
    module.__loader__ = SourceFileLoader(name, full)
    if name != "__main__":
        module.__spec__ = importlib.util.spec_from_file_location(name, full)
    module.__dict__["__cached__"] = None
    # dont_inherit: this module's own `from __future__` is not the script's.
    return _run_code(compile(source, path, "exec", dont_inherit=True), module, name)


def _run_module(name: str) -> dict[str, Any]:
    spec, code = _module_code(name)
    module = ModuleType("__main__")
    module.__spec__ = spec
    module.__file__ = spec.origin
    module.__loader__ = spec.loader
    module.__package__ = spec.parent
    module.__dict__["__cached__"] = spec.cached
    sys.argv[0] = spec.origin or name
    return _run_code(code, module, "__main__")


def _module_code(name: str) -> tuple[ModuleSpec, CodeType]:
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    code: CodeType | None = getattr(spec.loader, "get_code", lambda _name: None)(name)
    if code is None:
        raise ImportError(f"{name} has no Python code that could be run", name=name)
    return spec, code


def _run_code(code: CodeType, module: ModuleType, name: str) -> dict[str, Any]:
    module.__dict__["__builtins__"] = __builtins__
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - running the user's script is what this is for
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
    return module.__dict__
