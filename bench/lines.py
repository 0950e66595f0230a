"""Measure what a viewer sees over bad lines: real Chromium, the flow scene, a link shaper between.

Usage: python bench/lines.py [--seconds 20] [--only 0,3]

For each line: frames shown per second, the longest gap between two of them, input to photon, and what the
server believed that the line carries.  Prints a Markdown table.  The scene orbits, and is dragged as well.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import time
import urllib.request
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from drag import ROOT, STATS, serving

sys.path[:0] = [str(ROOT / "tests" / "support")]

import bidi  # noqa: E402 - found by the line above
from shaper import LinkSettings, ShapedServer  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Name, both directions.  Round trips are twice the delay.
LINES = (
    ("150 kbit/s, 100 ms", LinkSettings(rate_bps=150_000, delay_ms=50)),
    ("300 kbit/s, 100 ms", LinkSettings(rate_bps=300_000, delay_ms=50)),
    ("1 Mbit/s, 50 ms", LinkSettings(rate_bps=1_000_000, delay_ms=25)),
    ("1 Mbit/s, 5 % loss, 50 ms", LinkSettings(rate_bps=1_000_000, delay_ms=25, loss=0.05)),
    ("3 Mbit/s, 50 ms", LinkSettings(rate_bps=3_000_000, delay_ms=25)),
    ("not shaped", LinkSettings()),
)

#: Notes when each frame was presented.
_GAPS = """() => {
  const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
  window.shown = [];
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return request.call(this, (now, metadata) => { window.shown.push(now); callback(now, metadata); });
  };
}"""


def metric(url: str, name: str) -> str:
    """Return a viewer's metric, asked for past the shaper."""
    base, _hash, token = url.partition("#token=")
    with urllib.request.urlopen(f"{base}metrics?token={token}") as response:
        found = re.search(rf"^{name}\S* (\S+)$", response.read().decode(), re.MULTILINE)
    return found[1] if found else "-"


@contextlib.contextmanager
def preloading(browser: Any, function: str) -> Iterator[None]:
    """Run a function in every page before the page's own scripts."""
    script = browser._connection.command("script.addPreloadScript", {"functionDeclaration": function})
    yield
    browser._connection.command("script.removePreloadScript", {"script": script["script"]})


def measure(browser: Any, line: LinkSettings, seconds: float) -> dict[str, Any]:
    with (
        serving("scenes/flow.py", "1280x720") as (url, _process),
        ShapedServer(url, up=line, down=line) as way,
        preloading(browser, _GAPS),
    ):
        page = browser.open("", (1280, 720))
        opened = time.monotonic()
        page.navigate(way.url)
        page.wait_for("document.body.dataset.state === 'live'", 60)
        first = time.monotonic() - opened
        time.sleep(6)
        page.evaluate("void (window.shown.length = 0)")
        began, swing = time.monotonic(), 1
        while time.monotonic() - began < seconds:
            swing = -swing
            page.drag((640, 360), (640 + 200 * swing, 360 + 40 * swing), steps=60)
        took = time.monotonic() - began
        shown = page.evaluate("window.shown")
        stats = page.evaluate(STATS)
        result = {
            "first": first,
            "fps": len(shown) / took,
            "gap": max((b - a for a, b in pairwise(shown)), default=0),
            "p50": stats["input_to_photon_ms"]["p50"],
            "p95": stats["input_to_photon_ms"]["p95"],
            "target": float(metric(url, "vizstream_viewer_target_bps")) / 1000,
            "level": metric(url, "vizstream_viewer_level"),
        }
        page.close()
        return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = [int(number) for number in options.only.split(",") if number] or range(len(LINES))
    heads = ["line", "first frame, s", "frames/s", "longest gap, ms"]
    heads += ["input to photon p50 / p95, ms", "target, kbit/s", "level"]
    print("|", " | ".join(heads), "|")
    print("|", " | ".join(["---"] * len(heads)), "|")
    for number in chosen:
        name, line = LINES[number]
        with bidi.launch("chromium") as browser:
            r = measure(browser, line, options.seconds)
        cells = [name, f"{r['first']:.1f}", f"{r['fps']:.1f}", f"{r['gap']:.0f}"]
        cells += [f"{r['p50']:.0f} / {r['p95']:.0f}", f"{r['target']:.0f}", r["level"]]
        print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
