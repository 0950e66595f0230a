"""A tunnel program of the user's, run beside us: started, asked for its address, and stopped with us.

It must end when we do, whatever ends us (`beside`), but does not look at its stdin.  So where there is a
shell, a shell stands between: it starts the program, waits until its own stdin ends, and ends the program.
On Windows only `Tunnel.stop` does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import deque
from typing import TYPE_CHECKING

from vizstream import beside
from vizstream.errors import MachineError

from .programs import PROGRAMS, api_address, complaint, published, quick_tunnel

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds until the program must have an address.  Both take one to three, on a slow line ten.
URL_S = 30.0
#: Seconds between looks for it.
LOOK_S = 0.1
#: Seconds for the program to end when told to; then it is killed.
END_S = 1.0
#: Lines of its log that are kept.
MAX_LINES = 200

#: ``$@`` is the program.  `read` ends with the pipe, or is cut short by the signals that terminals send.
_KEEPER = (
    '"$@" </dev/null & child=$!; exec >/dev/null 2>&1; trap : HUP INT TERM; read -r _; kill $child; '
    f"(sleep {END_S:g}; kill -9 $child) & late=$!; wait $child; kill $late"
)


class Tunnel:
    """One run of a tunnel program.

    Parameters
    ----------
    name : str
        One of `PROGRAMS`.
    host : str
        The address that we listen on.
    port : int
        The port.
    on_end : callable
        Called with one line where the program ends by itself after it had an address, in a thread.

    Raises
    ------
    MachineError
        Where the program is not installed.
    """

    def __init__(self, name: str, host: str, port: int, on_end: Callable[[str], None]) -> None:
        self._on_end = on_end
        self._told = self._stopped = False
        self._program = PROGRAMS[name]
        self._port = port
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._head: list[str] = []
        if shutil.which(name) is None:
            raise MachineError(f"{name} is not installed", self._program.install)
        self._url_of_ours = f"http://{_reachable(host)}:{port}"
        command = self._program.command(self._url_of_ours)
        if os.name == "posix":
            command = ["/bin/sh", "-c", _KEEPER, "vizstream-tunnel", *command]
        self._process = beside.start(command, stderr=subprocess.STDOUT)
        self._ended = threading.Event()
        threading.Thread(target=self._read, name=name, daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self._ended.is_set()

    def wait_for_url(self, timeout: float = URL_S) -> str:
        """Wait until the program has a public address, and return that, without a slash at its end.

        Raises
        ------
        MachineError
            Where the program ends before, or has none in time; with what to do about it.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            over = self.ended
            url = self._url()
            if url:
                self._told = True
                return url.rstrip("/")
            if over:
                words, account = complaint(self._lines)
                name = self._program.name
                if account:
                    raise MachineError(f"{name} is not logged in: {words}", self._program.login)
                remedy = f"see what it says alone: {' '.join(self._program.command(self._url_of_ours))}"
                raise MachineError(f"{name} has ended: {words or 'it said nothing'}", remedy)
            self._ended.wait(LOOK_S)
        raise MachineError(
            f"{self._program.name} has no address after {timeout:g} s", "is this machine on the Internet?"
        )

    def stop(self) -> None:
        """End the program; idempotent."""
        self._stopped = True
        beside.end(self._process, 2 * END_S, terminate=os.name != "posix")

    def _url(self) -> str:
        """Return the public address as far as the program has told it."""
        if self._program.name == "cloudflared":
            return quick_tunnel(list(self._head))
        urls = published(_ask(api_address(self._head)), self._port)
        return urls[0] if urls else ""

    def _read(self) -> None:
        """Read the program's log to its end, so that it never waits for us."""
        for line in self._process.stdout or ():
            self._lines.append(line.rstrip())
            if len(self._head) < MAX_LINES:  # the addresses stand at the beginning
                self._head.append(line.rstrip())
        self._ended.set()
        if self._told and not self._stopped:
            words, _account = complaint(self._lines)
            self._on_end(f"{self._program.name} has ended{': ' if words else ''}{words}")


def _ask(address: str) -> object:
    """Ask an ngrok agent for its tunnels; None where it does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/api/tunnels", timeout=1) as response:
            answer: object = json.loads(response.read(1 << 20))
            return answer
    except (OSError, ValueError):
        return None


def _reachable(host: str) -> str:
    """Return where a program on this machine reaches what listens on `host`."""
    if host in ("", "0.0.0.0", "::", "localhost"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
