"""Processes that measure: started one at a time, listened to, and ended whatever happens.

Each is a fresh interpreter that calls ``main()`` of one module of this package.  It speaks in lines of JSON
on its stdout, is spoken to in lines of JSON on its stdin, and ends when that is closed, so that none outlives
a parent that was killed.  It is in a session of its own, so that Ctrl-C reaches the parent alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn

from vizstream import beside
from vizstream.errors import VizstreamError

#: Lines that a child may be ahead of its reader; a script that prints without end loses the rest.
MAX_LINES = 1000

#: Seconds that a child has to end by itself once its stdin is closed: `vizstream serve` takes up to 1.2.
PATIENCE_S = 1.5


class ChildError(VizstreamError):
    """A process that measures has failed; `trace` is what it said on stderr."""

    def __init__(self, message: str, trace: str = "", exit_status: int = 1) -> None:
        super().__init__(message)
        self.trace = trace
        self.exit_status = exit_status


class Child:
    """A process that runs ``vizstream.bench.<module>.main()``.

    Parameters
    ----------
    module : str
        Which.
    task : dict
        What `begin` returns there; of JSON's types.
    what : str
        What it does, for messages: "… failed".
    """

    def __init__(self, module: str, task: dict[str, Any], what: str) -> None:
        self._what = what
        # Our own sys.path: -c would put the current folder first, where a queue.py may lie.
        path = [entry or str(Path.cwd()) for entry in sys.path]
        code = f"import sys; sys.path[:] = {path!r}; from vizstream.bench.{module} import main; main()"
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        command = [sys.executable, "-c", code, json.dumps(task)]
        self._process = beside.start(command, stderr=self._complaints)
        if self._process.stdout is None:
            raise RuntimeError("a process without the stdout that it was given")
        self._output = self._process.stdout
        self._lines: queue.Queue[str] = queue.Queue(MAX_LINES)
        self._reader = threading.Thread(target=self._read, name=f"reader of {module}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def _read(self) -> None:
        with self._output as output:
            for line in output:
                with contextlib.suppress(queue.Full):
                    self._lines.put_nowait(line)
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait("")

    def line(self, timeout_s: float) -> str:
        """Return its next line; an empty one when it has ended.

        Raises
        ------
        ChildError
            If none comes in time.
        """
        try:
            return self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise self.failure(f"said nothing for {timeout_s:g} s") from None

    def message(self, timeout_s: float) -> dict[str, Any]:
        """Return its next message.

        Raises
        ------
        ChildError
            If none comes in time, or it has ended.
        """
        while line := self.line(timeout_s):
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    return message
        raise self.failure()

    def ask(self, timeout_s: float, **question: Any) -> dict[str, Any]:
        """Send a message and return the answer; see `message`."""
        try:
            print(json.dumps(question), file=self._process.stdin, flush=True)
        except OSError:
            raise self.failure() from None
        return self.message(timeout_s)

    def failure(self, reason: str = "") -> ChildError:
        """Return what to raise: it failed."""
        status = self._process.poll() or 0
        if not reason:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(PATIENCE_S)
            reason = f"ended with status {status}" if status >= 0 else f"was killed by signal {-status}"
        self._complaints.seek(0)
        trace = self._complaints.read().decode(errors="replace")[-4000:]
        return ChildError(
            f"{self._what} failed: the process {reason}", trace, status if status in (1, 2, 3) else 1
        )

    def close(self) -> None:
        """End it: ask it, then kill it.  Idempotent."""
        try:
            beside.end(self._process, PATIENCE_S)
        finally:
            self._reader.join(PATIENCE_S)
            self._complaints.close()

    def __enter__(self) -> Child:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Parent:
    """The other side of `Child`: what a process that measures knows of its parent.

    What scripts and libraries print goes to stderr from here on.

    Parameters
    ----------
    on_end : callable
        Called in a thread when the parent closes stdin or has died.
    listen : bool
        Whether the parent's messages are read by `questions`; then `on_end` is not called.
    """

    def __init__(self, on_end: Callable[[], object] = lambda: os._exit(1), *, listen: bool = False) -> None:
        self.task: dict[str, Any] = json.loads(sys.argv[1])
        del sys.argv[1:]
        self._out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        if not listen:
            threading.Thread(target=self._wait_for_end, args=(on_end,), name="parent", daemon=True).start()

    @staticmethod
    def _wait_for_end(on_end: Callable[[], object]) -> None:
        while os.read(0, 4096):
            pass
        on_end()

    def tell(self, **message: Any) -> None:
        """Send a message."""
        print(json.dumps(message), file=self._out, flush=True)

    def run(self, work: Callable[[], object]) -> NoReturn:
        """Work, and leave; with what went wrong on stderr, and its exit status.

        Not through the interpreter's teardown: some scripts' widgets crash in their destruction.
        """
        status = 0
        try:
            work()
        except VizstreamError as error:
            sys.stderr.write(f"{error.report()}\n")
            status = error.exit_status
        except Exception:
            traceback.print_exc()
            status = 1
        sys.stderr.flush()
        os._exit(status)
