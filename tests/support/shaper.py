"""A bad line between a browser and a server, in user space, without root.

    line = LinkSettings(rate_bps=300_000, delay_ms=50)
    with ShapedServer("http://127.0.0.1:8080/#token=…", up=line, down=line) as shaped:
        browser.open(shaped.url)
        …
        before = shaped.read()
        shaped.play(down=[(0, fast), (20, slow), (40, fast)])
        …
        print(shaped.read().down.delivered_bps(before.down))

HTTP, WebSockets and the media of every session that is negotiated through it take the same line, as they do
in a household; viewers with lines of their own each take a `ShapedServer` of their own.

The line runs in a process of its own, under a real-time policy where that is allowed, because it must keep
time whatever the test does and however busy the machine is.  Share of a 6 Mbit/s video's packets handed on
over 1 ms late, on 2 busy cores (load 7): in a thread beside a stock aiortc viewer 30 to 66 %, in a process of
its own 13 to 15 %, with the policy 0 to 0.3 %.  `Counters.late_packets` tells what a run had.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shaper_link import Counters, LinkSettings, Script
from shaper_trace import FramePassage

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Counters", "FramePassage", "LinkSettings", "Reading", "Script", "ShapedServer"]


@dataclass(frozen=True)
class Reading:
    """The shaper's counters at one moment."""

    up: Counters
    down: Counters
    #: TCP connections, and UDP relays, of which each session has one.
    connections: int
    relays: int
    #: What the shaper's process has used so far.
    cpu_s: float


class ShapedServer:
    """Stand in front of a server with a line of limited quality.

    Its methods block for about a millisecond, and may be called from any thread.

    Parameters
    ----------
    upstream_url : str
        Of the server; path, query and fragment are kept in `url`.
    up, down : LinkSettings, optional
        The line towards the server and towards the browser; unlimited by default.
    host : str
        Address to listen on.
    seed : int
        Of losses and jitter.

    Raises
    ------
    RuntimeError
        From every method, where the shaper's process refuses or has died.
    """

    def __init__(
        self,
        upstream_url: str,
        *,
        up: LinkSettings | None = None,
        down: LinkSettings | None = None,
        host: str = "127.0.0.1",
        seed: int = 1,
    ) -> None:
        self._lock = threading.Lock()
        self._child = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("shaper_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            port = self._ask(
                "start",
                url=upstream_url,
                up=asdict(up or LinkSettings()),
                down=asdict(down or LinkSettings()),
                host=host,
                seed=seed,
            )
        except BaseException:
            self.close()
            raise
        #: What the browser is to open.
        self.url = urlsplit(upstream_url)._replace(netloc=f"{host}:{port}").geturl()

    def set(self, *, up: LinkSettings | None = None, down: LinkSettings | None = None) -> None:
        """Change one direction or both, from now on.

        What waits in the queue keeps its time; `play` announces changes, and so reckons with it.
        """
        self.play(up=None if up is None else [(0.0, up)], down=None if down is None else [(0.0, down)])

    def play(self, *, up: Script | None = None, down: Script | None = None) -> None:
        """Change one direction or both as scripts say, whose seconds count from now."""

        def plain(script: Script | None) -> list[Any] | None:
            return script and [(at_s, asdict(settings)) for at_s, settings in script]

        self._ask("play", up=plain(up), down=plain(down))

    def read(self) -> Reading:
        """Return the counters."""
        fields = self._ask("read")
        return Reading(**fields | {name: Counters(**fields[name]) for name in ("up", "down")})

    def frames(self) -> list[FramePassage]:
        """Return when each video frame came down the line, oldest first; of all sessions together."""
        return [FramePassage(**fields) for fields in self._ask("frames")["frames"]]

    def other_bytes(self) -> int:
        """Return the bytes that came down in datagrams that are not RTP: RTCP, data channels, STUN, DTLS."""
        return int(self._ask("frames")["other_bytes"])

    def close(self) -> None:
        """End the line and all that goes over it; idempotent."""
        with self._lock:
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None and not pipe.closed:
                    pipe.close()
            try:
                self._child.wait(2)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()

    def __enter__(self) -> ShapedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, do: str, **arguments: Any) -> Any:
        with self._lock:
            if self._child.stdin is None or self._child.stdout is None or self._child.stdin.closed:
                raise RuntimeError("the shaper is closed")
            try:
                self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
                self._child.stdin.flush()
                line = self._child.stdout.readline()
            except BrokenPipeError:
                line = ""
        if not line:
            raise RuntimeError(f"the shaper has died: {self._child.poll()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["result"]
