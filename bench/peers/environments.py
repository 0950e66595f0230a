"""A virtual environment for each tool, made when it is first wanted, from PyPI."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
#: Ignored by git; `make clean` removes it.
HOME = ROOT / ".make" / "peers"


def prepare(name: str, packages: tuple[str, ...], alone: tuple[str, ...] = ()) -> Path:
    """Return the Python of an environment that holds packages; make it where it is missing or differs.

    Parameters
    ----------
    name : str
        The environment's; several tools may share one.
    packages : tuple of str
        Requirements, with pinned versions. Those of none at all mean the Python that runs this.
    alone : tuple of str
        Requirements that are installed afterwards without theirs, whatever the others ask for.

    Raises
    ------
    RuntimeError
        If pip cannot install them; with its last words.
    """
    if not packages:
        return Path(sys.executable)
    home = HOME / name
    python, stamp = home / "bin" / "python", home / ".installed"
    wanted = "\n".join([*packages, "", *alone])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"making {home.relative_to(ROOT)}", file=sys.stderr, flush=True)
        venv.create(home, clear=True, with_pip=True)
        _install(python, *packages)
        if alone:
            _install(python, "--no-deps", *alone)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _install(python: Path, *what: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pip: {done.stderr.strip().splitlines()[-1]}")
