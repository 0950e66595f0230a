# ruff: noqa: T201 - errors are printed
"""The composition root of ``vizstream serve``: socket, shared memory, server process, scene.

::

    bind ─► print the URLs ─► start the server process ─► import VTK, run the script ─► stop both

With ``--share`` the URLs are the tunnel's and come when that has them, after the server process has started
and before the script runs: what the script prints stands behind them on stdout.

The listening socket belongs to this process and is only lent to the server process.  So the URL is known at
once, requests wait in the kernel while the server starts, and a server that dies can be replaced without
anybody noticing more than a hiccup.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import socket
import sys
import threading
import time
import traceback
from dataclasses import replace
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__
from .errors import VizstreamError
from .events import Held, InputEvent
from .ipc.frame_ring import Numbers
from .ipc.link import Link
from .ipc.supervisor import Supervisor
from .listener import listen, public_host
from .protocol import decode_event
from .render.channel import Wants
from .render.stop import Stopped
from .scene.target import resolve
from .sharing.announce import links, print_links, print_picture, say
from .sharing.tunnel import Tunnel

if TYPE_CHECKING:
    from types import FrameType

    from .config import Config

#: What runs while a module written in C is loaded and set up.
_NATIVE_IMPORT = (ExtensionFileLoader.create_module.__code__, ExtensionFileLoader.exec_module.__code__)

#: Seconds from Ctrl-C or SIGTERM until the process ends even if the script's code does not return.
PATIENCE_S = 1.2

_NOBODY = Wants()


def serve(config: Config) -> NoReturn:
    """Serve a scene until it ends or is interrupted; never returns.

    Leaves by ``os._exit``: VTK objects that scripts leave alive may crash in the interpreter's own teardown.

    Raises
    ------
    UsageError
        Where the scene or the address does not exist.
    MachineError
        Where the port is taken.
    """
    resolve(config.scene)
    listener = listen(config.host, config.port)
    port = listener.getsockname()[1]
    config = replace(config, url=f"http://{public_host(config.host)}:{port}/")
    tunnel = Tunnel(config.share, config.host, port, say) if config.share else None
    if tunnel is None:
        _announce(config, config.url)
    else:
        say(f"serving at {config.url}; waiting for {config.share}'s address")
    link = Link.create()
    supervisor = Supervisor(_run_server, (config, link, listener))
    end = MainEnd(link, supervisor)
    end.tunnel = tunnel
    end.catch_signals()
    # Where the script crashes in native code, its own line is in what this prints.
    with contextlib.suppress(Exception):
        faulthandler.enable()
    supervisor.start()
    status = 0
    try:
        if tunnel is not None:
            url = tunnel.wait_for_url()
            end.post_scene(public=url)
            _announce(config, url)
        from .scene import run_scene

        status = run_scene(config, end)
    except Stopped:
        status = 0
    except VizstreamError as error:
        supervisor.stop()
        print(error.report(), file=sys.stderr)
        status = error.exit_status
    except Exception:  # ours, not the script's: os._exit below would swallow it and claim success
        traceback.print_exc()
        status = 1
    finally:
        end.finish(0 if end.stopping else status)
    raise AssertionError("unreachable")


def _run_server(config: Config, link: Link, listener: socket.socket, doorbell: Any) -> None:
    """Run in the server process; its imports happen there and not here."""
    from .server.process import run_server

    run_server(config, link, listener, doorbell)


def _announce(config: Config, base: str) -> None:
    steer, watch = links(base, (config.control_token, config.view_token) if config.auth else None)
    print_links(steer, watch, sys.stdout)
    name = Path(config.scene).name
    hint = "open the first link to steer, share the second to watch"
    print(f"vizstream {__version__}: {name} ({hint})", file=sys.stderr)
    # A phone reaches neither 127.0.0.1 nor localhost.
    if config.share or config.host not in ("127.0.0.1", "localhost", "::1"):
        print_picture(steer, sys.stderr)
    if config.owner_token:
        print(f"the owner's link: {links(base, (config.owner_token, ''))[0]}", file=sys.stderr)


def _imports_native_module(frame: FrameType | None) -> bool:
    """Say whether a module written in C is being set up beneath this frame.

    VTK's modules import each other from C and go on where that fails: an exception out of a signal handler
    in the middle of ``import vtk`` ended the process with SIGSEGV, 2 times in 40.
    """
    while frame is not None:
        if frame.f_code in _NATIVE_IMPORT:
            return True
        frame = frame.f_back
    return False


class MainEnd:
    """The main process's end of the link; implements `vizstream.render.channel.MainEnd`.

    Parameters
    ----------
    link : Link
        The shared memory.
    supervisor : Supervisor
        Keeper of the server process and of the doorbell to it.
    """

    def __init__(self, link: Link, supervisor: Supervisor) -> None:
        numbers = Numbers()
        self.writers = [ring.writer(numbers) for ring in link.rings]
        self.stopping = False
        #: Stopped with us, if there is one.
        self.tunnel: Tunnel | None = None
        self._link = link
        self._supervisor = supervisor
        self._inputs = link.inputs.consumer()
        self._scene: dict[str, Any] = {}
        self._wants = Wants()
        self._wants_version = 0
        self._held = Held()
        self._failures = 0
        self._waiting = False
        self._lock = threading.Lock()

    def drain_inputs(self) -> list[InputEvent]:
        """Take all input that has come, in order."""
        events = []
        if self._supervisor.failures != self._failures:
            # The server died, and whoever held a button can never let it go.
            self._failures = self._supervisor.failures
            events = self._held.let_go()
        self._inputs.note_awake(time.monotonic_ns())
        for record in self._inputs.drain():
            event = decode_event(record)
            self._held.note(event)
            events.append(event)
        return events

    def wants(self) -> Wants:
        """Return how many watch which window, and in which size."""
        if self._supervisor.pid is None:
            # The server died with its words on the board; nobody watches until the next one posts.
            return _NOBODY
        if self._link.wants.version != self._wants_version:
            self._wants_version, board = self._link.wants.read()
            self._wants = Wants.read(board)
        return self._wants

    def post_scene(self, **fields: Any) -> None:
        """Change some fields of the scene board, and wake the server where one did change."""
        with self._lock:
            scene = {**self._scene, **fields}
            if scene == self._scene:
                return
            self._scene = scene
            self._link.scene.post(scene)
        self.ring()

    def ring(self) -> None:
        """Wake the server."""
        self._supervisor.doorbell.ring()

    def note_drawing(self, *, drawing: bool) -> None:
        """Tell the server that a picture is being drawn; what the script computes counts from its end."""
        now_ns = time.monotonic_ns()
        self._inputs.note_awake(now_ns)
        self._inputs.note_drawing(now_ns if drawing else 0)

    def wait(self, timeout: float | None) -> bool:
        """Sleep until the server rings, a signal comes, or `timeout` seconds have passed."""
        if self.stopping:
            return True
        self._waiting = True
        self._inputs.note_awake(0)
        try:
            return self._supervisor.doorbell.wait(timeout)
        finally:
            self._waiting = False
            self._inputs.note_awake(time.monotonic_ns())

    def catch_signals(self) -> None:
        """Let Ctrl-C and SIGTERM end the run, whatever the main thread is doing.

        Python runs a handler only between two bytecodes of the main thread: not while that sits in native
        code, and late where the signal came just before a system call.  So a thread hears of every signal as
        well, through the byte that the handler in C writes.
        """
        heard, told = socket.socketpair()
        told.setblocking(False)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._hear, args=(heard, told), name="signals", daemon=True).start()

    def _hear(self, heard: socket.socket, _told: socket.socket) -> None:
        """Wait for a signal to end; then see that the end comes."""
        while not {signal.SIGINT, signal.SIGTERM} & set(heard.recv(64)):
            pass
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if not self.stopping and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            time.sleep(0.1)
        # The script swallows everything, or sits in native code.
        self.finish(0)

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        if self.stopping or _imports_native_module(frame):
            return  # in the second case `_hear` asks again
        self.stopping = True
        # While our loop sleeps, waking is enough, and nicer than an exception through the user's script.
        if self._waiting:
            self._supervisor.wake()
        else:
            # Not KeyboardInterrupt: VTK ends the process with status 1 when an observer raises that.
            raise Stopped

    def finish(self, status: int) -> NoReturn:
        """Stop the server process and leave."""
        with contextlib.suppress(Exception):
            if self._scene.get("phase") not in ("ended", "error"):
                self.post_scene(phase="ended")
        if self.tunnel is not None:
            with contextlib.suppress(Exception):
                self.tunnel.stop()
        with contextlib.suppress(Exception):
            self._supervisor.stop()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(status)
