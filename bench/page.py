"""Measure what the page itself costs before the first picture: over a narrow line, and nearby.

Usage: python bench/page.py [--runs 5] [--kbps 150] [--delay-ms 50]

For each of both it prints one line of JSON, medians of some runs, in milliseconds since the navigation began:
when the offer was sent and answered, when the last file of the page was there and the page loaded, when the
first picture was shown; and the bytes and requests that the page's files took.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import Any

from drag import ROOT, serving

sys.path[:0] = [str(ROOT / "tests" / "support")]

import bidi  # noqa: E402 - found by the line above
from shaper import LinkSettings, ShapedServer  # noqa: E402

#: Runs in the page before its own scripts.
NOTE = """() => {
  const noted = window.noted = {};
  const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return request.call(this, (now, metadata) => {
      noted.picture ??= now;
      callback(now, metadata);
    });
  };
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = function (...given) {
    const peer = new Peer(...given);
    noted.peer ??= performance.now();
    peer.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'connected') noted.connected ??= performance.now();
    });
    return peer;
  };
  window.RTCPeerConnection.prototype = Peer.prototype;
}"""

#: The figures of a page that has shown a picture.
TAKE = """(() => {
  const entries = performance.getEntriesByType('resource');
  const offer = entries.find(({ name }) => name.endsWith('/whep'));
  const files = [
    performance.getEntriesByType('navigation')[0],
    ...entries.filter(({ name }) => name.includes('/web/')),
  ].filter(({ responseEnd }) => responseEnd <= noted.picture);
  return {
    ...noted,
    offered: offer.requestStart,
    answered: offer.responseEnd,
    files: Math.max(...files.map(({ responseEnd }) => responseEnd)),
    loaded: files[0].loadEventEnd,
    kB: files.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000,
    requests: files.length,
  };
})()"""


def measure(browser: Any, url: str) -> dict[str, float]:
    """Open the page once, with nothing of it in the browser's cache."""
    page = browser.open("", (1280, 720), preload=NOTE)
    page.navigate(url)
    page.wait_for("window.noted?.picture > 0 && document.body.dataset.state === 'live'", 60)
    found: dict[str, float] = page.evaluate(TAKE)
    page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kbps", type=float, default=150)
    parser.add_argument("--delay-ms", type=float, default=50)
    parser.add_argument("--scene", default="scenes/flow.py")
    options = parser.parse_args()
    narrow = LinkSettings(rate_bps=round(1000 * options.kbps), delay_ms=options.delay_ms)
    lines = {
        f"{options.kbps:.0f} kbit/s, {2 * options.delay_ms:.0f} ms": narrow,
        "not shaped": LinkSettings(),
    }
    with serving(options.scene, "1280x720") as (url, _process):
        with bidi.launch("chromium") as warm:  # and let the scene start
            measure(warm, url)
        for name, line in lines.items():
            found = []
            for _run in range(options.runs):
                # A browser of its own each time: what one has seen it need not load.
                with bidi.launch("chromium") as browser, ShapedServer(url, up=line, down=line) as way:
                    time.sleep(1)
                    found.append(measure(browser, way.url))
            medians = {key: round(statistics.median(run[key] for run in found), 1) for key in found[0]}
            print(json.dumps({"line": name, **medians}), flush=True)


if __name__ == "__main__":
    main()
