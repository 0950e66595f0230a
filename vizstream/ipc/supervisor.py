"""Starts the server process, starts it again when it dies, and sees that neither process outlives its use.

The child is spawned, never forked, so that all platforms behave alike and no OpenGL or thread state is
copied.  Spawning re-imports the parent's ``__main__`` in the child, which here is the user's script, or our
own console script; `hidden_main` keeps that from happening.

One pair of doorbells serves all incarnations of the child: the supervisor keeps the child's end and hands
a copy to each, so that the parent's end stays the same object and a wait on it goes on across a restart.
When the parent dies, its end is gone, and the child's wait ends.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import connection
from pathlib import Path
from types import ModuleType
from typing import Any

from .doorbell import Doorbell, doorbell_pair

logger = logging.getLogger(__name__)

#: How often the child looks whether its parent is still the same process, should the pipe between them
#: not tell: the parent may have forked, and the fork keeps the pipe open.  0.5 s costs nothing measurable.
_PARENT_CHECK_S = 0.5

#: What an orphan gets to end by itself; with the above, it is gone within 2 s whatever it is doing.
_ORPHAN_GRACE_S = 0.8


@contextlib.contextmanager
def hidden_main() -> Iterator[None]:
    """Keep this thread from seeing where ``__main__`` came from, so that a spawn does not re-import it.

    `multiprocessing.spawn` takes the child's main module from ``sys.modules["__main__"].__spec__`` and
    ``__file__``; a module that has neither is left alone.  Other threads, in which the user's script may be
    pickling or importing at this moment, get the true module's attributes through the stand-in.
    """
    real = sys.modules["__main__"]
    thread = threading.get_ident()

    class HiddenMain(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            if name in {"__spec__", "__file__"} and threading.get_ident() == thread:
                return None
            return getattr(real, name)

        def __setattr__(self, name: str, value: object) -> None:
            setattr(real, name, value)

    stand_in = HiddenMain("__main__")
    method: Any = multiprocessing.get_start_method(allow_none=True)
    sys.modules["__main__"] = stand_in
    try:
        yield
    finally:
        # Whoever put another module there meanwhile (runpy does) knows better than we.
        if sys.modules.get("__main__") is stand_in:
            sys.modules["__main__"] = real
        if method is None:
            # Spawning fixes the default as a side effect, and a script's set_start_method() would raise.
            multiprocessing.set_start_method(None, force=True)


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    # The child inherits the mask, so that a Ctrl-C in its first 100 ms, before it can ignore it, does not
    # end in a traceback.  A Ctrl-C for us waits these few milliseconds.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # The first spawn would start it, just before our child; it leaves SIGINT unblocked (Python 3.10 to 3.13).
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _SearchPath:
    """The parent's ``sys.path`` of the time when it started.

    The first of the child's arguments, so that it is in force before the others are unpickled and import
    what they need: by the time of a restart, the script's folder stands first in ``sys.path``, and a
    ``queue.py`` next to the script would be taken for the standard one.
    """

    def __init__(self) -> None:
        self.entries = [entry or str(Path.cwd()) for entry in sys.path]

    def __reduce__(self) -> tuple[Callable[[list[str]], None], tuple[list[str]]]:
        return _set_search_path, (self.entries,)


def _set_search_path(entries: list[str]) -> None:
    sys.path[:] = entries


def _run_child(
    _path: None, parent_pid: int, target: Callable[..., object], args: tuple[object, ...], doorbell: Doorbell
) -> None:
    # Ctrl-C reaches the whole foreground group; the parent decides what it means, and tells us by the bell.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for arg in args:
        if isinstance(arg, socket.socket):
            arg.set_inheritable(False)
    threading.Thread(target=_end_with_parent, args=(parent_pid,), name="parent watch", daemon=True).start()
    target(*args, doorbell)


def _end_with_parent(parent_pid: int) -> None:
    parent = multiprocessing.parent_process()
    while (
        parent is not None
        and os.getppid() == parent_pid
        and not connection.wait([parent.sentinel], _PARENT_CHECK_S)
    ):
        pass
    time.sleep(_ORPHAN_GRACE_S)  # the target sees its doorbell closed, and may end in good order
    os._exit(1)


class Supervisor:
    """Keeps one child process running.

    Parameters
    ----------
    target : callable
        What the child runs, as ``target(*args, doorbell)``: a function at the top level of a module that
        can be imported.  It should return soon after its doorbell is closed (`Doorbell.wait_async` returns
        False).
    args : tuple
        Its arguments, pickled anew for each start: link, listening socket, configuration.
    name : str
        Of the process, for the log.
    first_delay_s, max_delay_s : float
        How long to wait before a restart: the first, doubling with each failure, up to the second.
    steady_s : float
        A child that lived this long failed for the first time again.

    Attributes
    ----------
    doorbell : Doorbell
        The parent's end: the same object for as long as the supervisor lives.
    """

    doorbell: Doorbell

    def __init__(
        self,
        target: Callable[..., object],
        args: tuple[object, ...] = (),
        *,
        name: str = "vizstream-server",
        first_delay_s: float = 0.1,
        max_delay_s: float = 5.0,
        steady_s: float = 10.0,
    ) -> None:
        self._target = target
        self._args = args
        self._name = name
        self._first_delay_s = first_delay_s
        self._max_delay_s = max_delay_s
        self._steady_s = steady_s
        self._path = _SearchPath()
        self._owner = os.getpid()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pid: int | None = None
        self._failures = 0
        self.doorbell, self._child_end = doorbell_pair()

    @property
    def pid(self) -> int | None:
        """The process id of the child; None while there is none."""
        return self._pid

    @property
    def failures(self) -> int:
        """How often the child has died, or could not be started again."""
        return self._failures

    def start(self) -> None:
        """Start the child, and the thread that watches it.

        Returns as soon as the process exists, a few milliseconds later.

        Raises
        ------
        OSError
            If there can be no further process.
        """
        if self._thread is not None:
            raise RuntimeError("the supervisor has been started already")
        self._process = self._spawn()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()
        # multiprocessing joins its children at exit; ours must have been told to end before that.
        atexit.register(self.stop)

    def wake(self) -> None:
        """End a wait on `doorbell` in this process, from a signal handler or another thread."""
        self._child_end.ring()

    def stop(self, timeout: float = 1.5) -> None:
        """End the child: ask it, then terminate it, then kill it.  Idempotent.

        Parameters
        ----------
        timeout : float
            In seconds: two thirds to end by itself, one third more until it is killed.
        """
        if os.getpid() != self._owner:
            return  # a fork of ours ends; the child is not its own
        atexit.unregister(self.stop)
        self._stopping.set()
        self.doorbell.hang_up()
        thread = self._thread
        if thread is not None:
            thread.join(timeout * 2 / 3)
            for end in ("terminate", "kill"):
                if not thread.is_alive():
                    break
                with contextlib.suppress(ValueError, AttributeError):  # it ended, or was just being started
                    getattr(self._process, end)()
                thread.join(timeout / 3)
        self.doorbell.close()
        self._child_end.close()

    def _spawn(self) -> multiprocessing.process.BaseProcess:
        process = multiprocessing.get_context("spawn").Process(
            target=_run_child,
            name=self._name,
            args=(self._path, os.getpid(), self._target, self._args, self._child_end),
            daemon=False,  # the server may have children of its own
        )
        with hidden_main(), _sigint_blocked():
            process.start()
        self._pid = process.pid
        return process

    def _watch(self) -> None:
        delay_s = self._first_delay_s
        explained = False
        while True:
            began = time.monotonic()
            cause = self._wait_for_end()
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= self._steady_s:
                delay_s = self._first_delay_s
            self._failures += 1
            logger.warning("%s %s; starting it again in %.1f s", self._name, cause, delay_s)
            if self._stopping.wait(delay_s):
                return
            delay_s = min(2 * delay_s, self._max_delay_s)
            try:
                self._process = self._spawn()
            except Exception as error:  # whatever it is, the picture must not stand still for good
                logger.warning("cannot start %s: %r", self._name, error, exc_info=not explained)
                explained = True

    def _wait_for_end(self) -> str:
        """Wait until the child has died, reap it, and say what it died of."""
        process = self._process
        if process is None:
            return "could not be started"
        connection.wait([process.sentinel])
        process.join()
        status = process.exitcode
        self._process = self._pid = None
        with contextlib.suppress(ValueError):  # the script has reaped it, with os.wait()
            process.close()
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"
