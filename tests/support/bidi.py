"""A small synchronous WebDriver BiDi driver for Chromium and Firefox.

Both browsers speak the same protocol (https://w3c.github.io/webdriver-bidi/): Firefox by itself, Chromium
through chromedriver.  Commands go over one WebSocket, which a thread with an event loop of its own reads, so
that console messages are noted while a test waits for something else.

::

    with launch("firefox") as browser:
        page = browser.open("http://localhost:8000/")
        page.wait_for("document.body.dataset.state === 'live'")
        page.drag((100, 100), (200, 100))
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Seconds until a browser must have started; cold, on a busy machine, Firefox takes ten.
START_S = 60.0
#: Seconds until a command must be answered.
COMMAND_S = 30.0

CHROMIUM_ARGS = (
    "--headless=new",
    "--no-sandbox",  # as root there is no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-extensions",
    "--metrics-recording-only",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    # Several pages are looked at in turn; none of them may fall asleep meanwhile.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)

#: Firefox asks home in many ways; a test needs none of them.
FIREFOX_PREFS: dict[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "dom.max_script_run_time": 0,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class BrowserError(RuntimeError):
    """The browser refused a command, or a script in the page threw."""


class Connection:
    """A WebSocket to a browser; commands wait for their answers, events go to listeners."""

    def __init__(self, url: str) -> None:
        self._ids = itertools.count(1)
        self._pending: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: list[Callable[[str, dict[str, Any]], None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._reader: asyncio.Task[None] | None = None
        self._call(self._open(url), START_S)

    def command(
        self, method: str, params: dict[str, Any] | None = None, timeout: float = COMMAND_S
    ) -> dict[str, Any]:
        """Send a command and return its result."""
        return self._call(self._command(method, params or {}), timeout)

    def listen(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """Call `listener` with each event, in the connection's thread."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the socket and end the thread; idempotent."""
        if self._loop.is_closed():
            return
        with contextlib.suppress(Exception):
            self._call(self._close(), 5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, coroutine: Any, timeout: float) -> Any:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, timeout), self._loop).result()

    async def _open(self, url: str) -> None:
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(url, max_msg_size=0)
        self._reader = asyncio.ensure_future(self._read())

    async def _close(self) -> None:
        await self._socket.close()
        if self._reader is not None:
            await self._reader
        await self._http.close()

    async def _command(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        answer = self._pending[number] = self._loop.create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        try:
            message = await answer
        finally:
            del self._pending[number]
        if message["type"] == "error":
            raise BrowserError(f"{method}: {message['error']}: {message.get('message', '')}")
        result: dict[str, Any] = message["result"]
        return result

    async def _read(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame.data)
            answer = self._pending.get(message.get("id"))
            if answer is not None and not answer.done():
                answer.set_result(message)
            elif message.get("type") == "event":
                for listener in self._listeners:
                    listener(message["method"], message["params"])
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(BrowserError("the browser closed the connection"))


class Page:
    """One window of a browser."""

    def __init__(self, connection: Connection, context: str) -> None:
        self.context = context
        #: What the page said on its console and threw: (level, text).
        self.log: list[tuple[str, str]] = []
        self._connection = connection
        connection.listen(self._on_event)

    def navigate(self, url: str) -> None:
        """Load a URL; returns when the page's ``load`` event has fired."""
        self._do("browsingContext.navigate", url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, as JSON; a promise is awaited."""
        script = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        reply = self._connection.command(
            "script.evaluate",
            {"expression": script, "target": {"context": self.context}, "awaitPromise": True},
        )
        if reply["type"] == "exception":
            raise BrowserError(f"{expression}: {reply['exceptionDetails']['text']}")
        return json.loads(reply["result"]["value"])

    def wait_for(self, expression: str, timeout: float = 15.0, what: Callable[[Any], bool] = bool) -> Any:
        """Wait until an expression's value is true (or `what` says so), and return it."""
        deadline = time.monotonic() + timeout
        while True:
            value = self.evaluate(expression)
            if what(value):
                return value
            if time.monotonic() > deadline:
                words = self.evaluate("document.body.innerText")
                raise TimeoutError(
                    f"{expression} is still {value!r} after {timeout:g} s; page: {words!r}; log: {self.log}"
                )
            time.sleep(0.05)

    def errors(self) -> list[str]:
        """Return what the page threw or logged as an error or warning."""
        return [f"{level}: {text}" for level, text in self.log if level in ("error", "warn")]

    def set_viewport(self, width: int, height: int, pixel_ratio: float | None = None) -> None:
        """Set the size of the page in CSS pixels."""
        viewport = {"width": width, "height": height}
        self._do("browsingContext.setViewport", viewport=viewport, devicePixelRatio=pixel_ratio)

    def screenshot(self) -> bytes:
        """Return what the page looks like, as PNG."""
        return base64.b64decode(self._do("browsingContext.captureScreenshot")["data"])

    def perform(self, *sources: dict[str, Any]) -> None:
        """Perform input actions; see `mouse`, `touch`, `keys` and `wheel` for the sources."""
        self._do("input.performActions", actions=list(sources))

    def release(self) -> None:
        """Let go of all buttons and keys."""
        self._do("input.releaseActions")

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        steps: int = 10,
        step_ms: int = 16,
        button: int = 0,
    ) -> None:
        """Drag in a straight line, one move each `step_ms`."""
        moves = [
            (start[0] + (end[0] - start[0]) * step / steps, start[1] + (end[1] - start[1]) * step / steps)
            for step in range(1, steps + 1)
        ]
        self.perform(
            mouse(move(*start), down(button), *(move(*point, step_ms) for point in moves), up(button))
        )

    def press(self, key: str) -> None:
        """Press and release a key."""
        self.perform(keys({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}))

    def scroll(self, x: int, y: int, dy: int) -> None:
        """Turn the wheel at a point."""
        self.perform(wheel({"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": dy}))

    def close(self) -> None:
        """Close the window; idempotent."""
        with contextlib.suppress(BrowserError):
            self._do("browsingContext.close")

    def _do(self, method: str, **params: Any) -> dict[str, Any]:
        given = {name: value for name, value in params.items() if value is not None}
        return self._connection.command(method, {"context": self.context, **given})

    def _on_event(self, method: str, params: dict[str, Any]) -> None:
        if method == "log.entryAdded" and params["source"].get("context") == self.context:
            self.log.append((params["level"], str(params.get("text"))))


def move(x: float, y: float, duration_ms: int = 0) -> dict[str, Any]:
    """Return the action that moves a pointer, from where it is, in so many milliseconds."""
    return {"type": "pointerMove", "x": round(x), "y": round(y), "duration": duration_ms}


def down(button: int = 0) -> dict[str, Any]:
    """Return the action that presses a button: 0 left, 1 middle, 2 right, as the DOM counts."""
    return {"type": "pointerDown", "button": button}


def up(button: int = 0) -> dict[str, Any]:
    """Return the action that releases a button."""
    return {"type": "pointerUp", "button": button}


def mouse(*actions: dict[str, Any]) -> dict[str, Any]:
    """Return a source of mouse actions."""
    return {
        "type": "pointer",
        "id": "mouse",
        "parameters": {"pointerType": "mouse"},
        "actions": list(actions),
    }


def touch(finger: int, *actions: dict[str, Any]) -> dict[str, Any]:
    """Return a source of one finger's actions."""
    parameters = {"pointerType": "touch"}
    return {"type": "pointer", "id": f"finger{finger}", "parameters": parameters, "actions": list(actions)}


def keys(*actions: dict[str, Any]) -> dict[str, Any]:
    """Return a source of keyboard actions."""
    return {"type": "key", "id": "keyboard", "actions": list(actions)}


def wheel(*actions: dict[str, Any]) -> dict[str, Any]:
    """Return a source of wheel actions."""
    return {"type": "wheel", "id": "wheel", "actions": list(actions)}


class Browser:
    """A running browser."""

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection
        connection.command("session.subscribe", {"events": ["log.entryAdded"]})

    def open(self, url: str = "", size: tuple[int, int] = (800, 500), preload: str = "") -> Page:
        """Open a window of its own; the function `preload` runs in it before any script of a page."""
        context = self._connection.command("browsingContext.create", {"type": "window"}, START_S)["context"]
        page = Page(self._connection, context)
        page.set_viewport(*size)
        if preload:
            script = {"functionDeclaration": preload, "contexts": [context]}
            self._connection.command("script.addPreloadScript", script)
        if url:
            page.navigate(url)
        return page


@contextlib.contextmanager
def launch(name: str, host: str = "", *, udp: bool = True) -> Iterator[Browser]:
    """Start a browser, ``"chromium"`` or ``"firefox"``, with a fresh profile; end all its processes.

    Parameters
    ----------
    name : str
        Which.
    host : str
        A name that leads to this machine there; any certificate is good enough then.
    udp : bool
        Whether WebRTC may use UDP.
    """
    with tempfile.TemporaryDirectory(prefix=f"vizstream-{name}-", ignore_cleanup_errors=True) as directory:
        start = {"chromium": _chromium, "firefox": _firefox}[name]
        with start(Path(directory), host, udp) as connection:
            try:
                yield Browser(name, connection)
            finally:
                with contextlib.suppress(Exception):
                    connection.command("session.end", timeout=5)
                connection.close()


@contextlib.contextmanager
def _firefox(profile: Path, host: str, udp: bool) -> Iterator[Connection]:
    prefs = FIREFOX_PREFS | {"network.dns.localDomains": host} if host else FIREFOX_PREFS
    if not udp:
        prefs = prefs | {"media.peerconnection.ice.proxy_only": True}  # and there is no proxy
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    program = _program("firefox-esr", "firefox")
    command = [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
    with _process(command, profile, r"WebDriver BiDi listening on (ws://\S+)") as address:
        connection = Connection(f"{address}/session")
        wanted = {"alwaysMatch": {"acceptInsecureCerts": True}} if host else {}
        connection.command("session.new", {"capabilities": wanted}, START_S)
        yield connection


@contextlib.contextmanager
def _chromium(profile: Path, host: str, udp: bool) -> Iterator[Connection]:
    more = [f"--host-resolver-rules=MAP {host} 127.0.0.1"] if host else []
    command = [_program("chromedriver"), "--port=0"]
    with _process(command, profile, r"started successfully on port (\d+)") as port:
        options = {
            "args": [*CHROMIUM_ARGS, *more, f"--user-data-dir={profile}"],
            "binary": _program("chromium", "chromium-browser", "google-chrome"),
            "prefs": {} if udp else {"webrtc.ip_handling_policy": "disable_non_proxied_udp"},
        }
        wanted = {"webSocketUrl": True, "goog:chromeOptions": options, "acceptInsecureCerts": bool(host)}
        body = {"capabilities": {"alwaysMatch": wanted}}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/session", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=START_S) as reply:
            session = json.load(reply)["value"]
        yield Connection(session["capabilities"]["webSocketUrl"])


def _program(*names: str) -> str:
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    raise FileNotFoundError(f"{names[0]} is not installed; `make test` says how to get it")


@contextlib.contextmanager
def _process(command: Sequence[str], directory: Path, pattern: str) -> Iterator[str]:
    """Run a program until the block ends; yields what `pattern` captures of its output."""
    log = directory / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_S
        while (found := re.search(pattern, log.read_text(errors="replace"))) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BrowserError(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield found[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
