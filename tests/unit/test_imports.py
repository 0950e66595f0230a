"""Start-up is light: ``import vizstream`` and ``vizstream --help`` load nothing that only a session needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"vtk", "vtkmodules", "aiortc", "aioice", "av", "aiohttp", "numpy", "asyncio", "multiprocessing"}

#: CPU time in milliseconds that --help may take.  It takes 95, of which an empty interpreter takes 16 and
#: click 55.
LIMIT_MS = 150

_COMMANDS = [[], ["serve"], ["snapshot"], ["doctor"], ["bench"]]


def fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_nothing_heavy():
    loaded = fresh("import vizstream, sys; print(*sys.modules)").split()
    assert "vizstream" in loaded
    assert not HEAVY & {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda words: " ".join(words) or "vizstream")
def test_help_loads_nothing_heavy(command: list[str]):
    output = fresh(
        "import sys\n"
        "from vizstream.cli import main\n"
        "try:\n"
        f"    main([*{command!r}, '--help'])\n"
        "finally:\n"
        "    print('LOADED', *sys.modules)\n"
    )
    text, _, loaded = output.partition("LOADED")
    assert text.startswith("Usage:")
    assert "vizstream.cli" in loaded.split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded.split()}


def test_help_answers_at_once():
    # CPU time, not wall time, so that a busy machine does not fail the test; the best of five, because the
    # first one reads from a cold disk.
    code = (
        "import sys, time\n"
        "from vizstream.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "finally:\n"
        "    print('CPU', time.process_time())\n"
    )
    best = min(float(fresh(code).partition("CPU")[2]) for _ in range(5))
    assert best * 1000 < LIMIT_MS
