"""What a test sees of a page and of the scene that it shows."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from served import Served, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bidi import Page

#: The patches of probe.py, and where they are.
COLOURS = [(200, 30, 30), (30, 180, 60), (40, 60, 210), (128, 128, 128)]
PLACES = [(0.125 + 0.25 * index, 0.1) for index in range(4)]

#: Keeps what the page makes where a test can reach it, and counts what it does while nothing happens.
PRELOAD = """() => {
  const spy = window.spy = {channels: {}, getStats: 0, timers: 0, frames: 0, states: [], hang: false};
  const peer = RTCPeerConnection.prototype;
  const {createDataChannel, getStats} = peer;
  peer.createDataChannel = function (label, ...rest) {
    return spy.channels[label] = createDataChannel.call(this, label, ...rest);
  };
  peer.getStats = function (...rest) {
    spy.getStats += 1;
    return spy.hang ? new Promise(() => {}) : getStats.apply(this, rest);
  };
  const {setTimeout, requestAnimationFrame} = window;
  window.setTimeout = (...rest) => (spy.timers += 1, setTimeout.apply(window, rest));
  window.requestAnimationFrame = (...rest) => (spy.frames += 1, requestAnimationFrame.apply(window, rest));
  const note = () => document.body && spy.states.at(-1) !== document.body.dataset.state
    && spy.states.push(document.body.dataset.state);
  new MutationObserver(note).observe(document, {attributes: true, childList: true, subtree: true});
}"""


#: The picture is shown, and the buttons are there, which come after it.
LIVE = "document.body.dataset.state === 'live' && !document.getElementById('toolbar').hidden"


@contextlib.contextmanager
def uncomplaining() -> Iterator[list[Page]]:
    """Give a list for opened pages; they are closed at the end, and none may have complained."""
    pages: list[Page] = []
    yield pages
    complaints = [complaint for page in pages for complaint in page.errors()]
    for page in pages:
        page.close()
    assert complaints == []


class Probe:
    """A server that shows ``probe.py``, and what that scene says of itself."""

    def __init__(self, served: Served, path: Path) -> None:
        self.served = served
        self._path = path

    def state(self) -> dict[str, Any]:
        """Return what the scene wrote last."""
        wait_until(self._path.exists, 20, "the scene has not started")
        state: dict[str, Any] = json.loads(self._path.read_text())
        return state

    def wait_for(self, condition: Callable[[dict[str, Any]], Any], timeout: float = 10.0) -> dict[str, Any]:
        """Wait until the scene's state fulfils a condition, and return it."""
        deadline = time.monotonic() + timeout
        while not condition(state := self.state()):
            assert time.monotonic() < deadline, state
            time.sleep(0.02)
        return state

    def fresh(self) -> Probe:
        """Wait until nobody watches, and put the scene back to where it began."""
        for name in ("vizstream_viewers", "vizstream_handshakes"):
            wait_until(lambda name=name: self.served.metric(name) == 0, 20, "somebody still watches")
        return self._signal(signal.SIGUSR1)

    def forget(self) -> Probe:
        """Let the scene forget what has happened."""
        return self._signal(signal.SIGUSR2)

    def _signal(self, number: signal.Signals) -> Probe:
        before = self.state()["signals"]
        os.kill(self.served.process.pid, number)
        self.wait_for(lambda state: state["signals"] > before, 20)
        return self

    def settle(self) -> dict[str, Any]:
        """Wait until nothing is drawn for half a second, and return the state."""
        deadline = time.monotonic() + 15
        state, since = self.state(), time.monotonic()
        while time.monotonic() - since < 0.5:
            assert time.monotonic() < deadline, "the scene does not come to rest"
            time.sleep(0.02)
            if (now := self.state()) != state:
                state, since = now, time.monotonic()
        return state


def released(times: int = 1) -> Callable[[dict[str, Any]], bool]:
    """Return the condition that a drag has ended for the scene so many times."""
    return lambda state: state["events"].count("EndInteractionEvent") >= times


def pixels(
    page: Page, points: list[tuple[float, float]], source: str = "video"
) -> list[tuple[int, int, int]]:
    """Return the picture's colours, averaged over 4x4 pixels, at points given as fractions of its size."""
    script = """(() => {
      const video = document.getElementById(SOURCE);
      const canvas = document.createElement('canvas');
      canvas.width = video.videoWidth ?? video.width;
      canvas.height = video.videoHeight ?? video.height;
      const context = canvas.getContext('2d', {willReadFrequently: true});
      context.drawImage(video, 0, 0);
      return POINTS.map(([x, y]) => {
        const left = Math.round(x * canvas.width) - 2;
        const top = Math.round(y * canvas.height) - 2;
        const {data} = context.getImageData(left, top, 4, 4);
        return [0, 1, 2].map((channel) => {
          let sum = 0;
          for (let i = channel; i < data.length; i += 4) sum += data[i];
          return Math.round(sum / 16);
        });
      });
    })()"""
    script = script.replace("POINTS", json.dumps(points)).replace("SOURCE", json.dumps(source))
    return [tuple(colour) for colour in page.evaluate(script)]


def difference(some: list[tuple[int, int, int]], others: list[tuple[int, int, int]]) -> int:
    """Return by how many levels two lists of colours differ at most."""
    pairs = zip(some, others, strict=True)
    return max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))


def mean_difference(some: list[tuple[int, int, int]], others: list[tuple[int, int, int]]) -> float:
    """Return by how many levels two lists of colours differ on average."""
    pairs = zip(some, others, strict=True)
    levels = [abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True)]
    return sum(levels) / len(levels)


def fresh_stats(page: Page) -> dict[str, Any]:
    """Return the page's figures as they are now, rather than up to a second old."""
    stats: dict[str, Any] = page.evaluate("""(async () => {
      const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      const before = spy.getStats;
      do {
        vizstream.stats();
        await sleep(20);
      } while (spy.getStats === before);
      await sleep(50);
      return vizstream.stats();
    })()""")
    return stats


def send(page: Page, text: str) -> None:
    """Send any text over the page's input channel, behind the page's back."""
    page.evaluate(f"spy.channels.input.send({json.dumps(text)})")
