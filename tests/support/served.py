"""``vizstream serve`` as a user starts it, in a process of its own, and what must hold when it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
SCENES = ROOT / "tests" / "scenes"

#: Seconds to the first line, of which the contract allows one; here the machine may be busy.
URL_S = 20.0
#: Seconds from Ctrl-C to the end; the contract says two.
END_S = 6.0


class Served:
    """A running ``vizstream serve``.

    Parameters
    ----------
    scene : str
        File name under ``tests/scenes``, or a path.
    *args : str
        The scene's own arguments.
    options : sequence of str
        Options of ``serve``.
    log : Path
        Where stderr goes.
    """

    def __init__(self, scene: str, *args: str, log: Path, options: tuple[str, ...] = ()) -> None:
        path = SCENES / scene if (SCENES / scene).exists() else ROOT / scene
        command = [sys.executable, "-m", "vizstream", "serve", "--port", "0", *options, str(path), *args]
        self.log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT, start_new_session=True
            )
        assert self.process.stdout is not None
        self._stdout = self.process.stdout
        self._rest = b""
        self.url = self._line()
        self.view_url = self._line()
        self.origin, _hash, self.token = self.url.partition("/#token=")

    def server_pid(self) -> int:
        """Return the process id of the server process."""
        for pid in self._session():
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"spawn_main" in command:
                return pid
        raise AssertionError(f"no server process; stderr: {self.log.read_text()}")

    def metric(self, name: str) -> float:
        """Return the value of a metric, 0 where it has not been counted yet; labels are part of the name."""
        request = urllib.request.Request(
            f"{self.origin}/metrics", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            for line in response.read().decode().splitlines():
                key, _space, value = line.rpartition(" ")
                if key == name:
                    return float(value)
        return 0.0

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit status."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(END_S)
        finally:
            self._stdout.close()

    def check_end(self, status: int = 0) -> None:
        """Stop, and check that it ended well: the right status, no traceback, no process left over."""
        try:
            assert self.stop() == status, self.log.read_text()
            wait_until(lambda: not self._session(), 3, "processes are left over")
            words = self.log.read_text()
            assert "Traceback" not in words or status == 1, words
        finally:
            self.kill()

    def kill(self) -> None:
        """End it and all its processes without ado; idempotent."""
        for pid in self._session():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._stdout.close()

    def _line(self) -> str:
        """Read one line of stdout, within the deadline."""
        deadline = time.monotonic() + URL_S
        while b"\n" not in self._rest:
            ready, _w, _x = select.select([self._stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._stdout.fileno(), 4096) if ready else b""
            if not chunk:
                self.kill()
                raise AssertionError(f"no URL on stdout; stderr: {self.log.read_text()}")
            self._rest += chunk
        line, _newline, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _session(self) -> list[int]:
        """Return the ids of all living processes that this one started, itself included."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                _name, _paren, fields = (entry / "stat").read_text().rpartition(")")
            except OSError:
                continue
            state, _parent, _group, session = fields.split()[:4]
            if int(session) == self.process.pid and state != "Z":
                found.append(int(entry.name))
        return found


def wait_until(condition: Callable[[], object], timeout: float, words: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, words
        time.sleep(0.02)
