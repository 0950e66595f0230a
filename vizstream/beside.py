"""A program that runs beside us and must not outlive us: we hold its stdin, and it ends when that is closed.

A kill of this process cannot be caught, but it closes the pipe.  The program is in a session of its own:
Ctrl-C in the terminal is for us, and we decide when it is for the program.
"""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start a program that is spoken to and listened to in lines of text.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    **options
        More for `subprocess.Popen`: what becomes of stderr, at least.

    Raises
    ------
    OSError
        Where the program cannot be started.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        **options,
    )


def end(process: subprocess.Popen[str], patience_s: float, *, terminate: bool = False) -> None:
    """End a program and wait for that: close its stdin, then kill it.  Idempotent.

    Parameters
    ----------
    process : subprocess.Popen
        As `start` returned it.
    patience_s : float
        Seconds that it has before it is killed.
    terminate : bool
        Whether it does not look at its stdin, and is told otherwise.
    """
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    if terminate:
        process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
