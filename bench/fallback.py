"""Measure the ways to a viewer where UDP is dead: until the picture, frames, latency (docs/fallback.md).

Usage: python bench/fallback.py [--browsers chromium firefox] [--scene scenes/flow.py] [--seconds 8]
                                [--direct] [--codec NAME] [WAY ...]

The browser reaches the server through nginx, under another host name, with TLS, and may not use UDP, so that
WebRTC tries and fails as behind a firewall.  `webrtc` lets it, for comparison; `--direct` does without nginx.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT), str(ROOT / "bench")]

import bidi  # noqa: E402 - found by the line above
import drag  # noqa: E402
from nginx import HOST, nginx  # noqa: E402

#: Notes when the page first shows the scene, in milliseconds from the beginning of the navigation.
LIVE = """
  new MutationObserver(() => {
    if (document.body?.dataset.state === 'live') window.liveAt ??= performance.now();
  }).observe(document, {attributes: true, childList: true, subtree: true});
"""
#: What is taken from the page before it begins.
WAYS = {"webrtc": "", "websocket": "", "jpeg": "delete window.VideoDecoder;", "mjpeg": ""}
SIZE = (1280, 720)
CENTRE = (640, 360)


def measure(browser: bidi.Browser, url: str, proxied: str, way: str, seconds: float) -> dict[str, Any]:
    """Open the page three times, then drag in the last one; metrics come from `url`."""
    live = []
    for visit in range(3):
        page = browser.open("", SIZE, f"() => {{ {LIVE} {WAYS[way]} }}")
        wanted = "&transport=mjpeg" if way == "mjpeg" else ""
        page.navigate(proxied.replace("/#", f"/?visit={visit}{wanted}#"))
        page.wait_for("document.body.dataset.state === 'live'", 20)
        live.append(page.evaluate("window.liveAt"))
        if visit < 2:
            page.close()
    page.wait_for(f"{drag.STATS}.width === {SIZE[0]}", 20)
    page.wait_for(f"{drag.STATS}.transport === '{way}'", 5)
    swing = iter(range(10**9))

    def swing_once() -> None:
        right = 200 if next(swing) % 2 else -200
        page.drag(CENTRE, (CENTRE[0] + right, CENTRE[1] + right // 4), steps=60)

    time.sleep(2)
    found = drag.difference(url, page, [], seconds, swing_once)
    page.close()
    return {"live_ms": sorted(round(ms) for ms in live), **found}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--browsers", nargs="*", default=["chromium", "firefox"])
    parser.add_argument("--scene", default="scenes/flow.py")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--codec", default="auto")
    parser.add_argument("ways", nargs="*", default=list(WAYS), metavar="WAY")
    options = parser.parse_args()
    print("| way | browser | picture after, ms | codec | frames/s | input to photon p50, p95, ms | Mbit/s |")
    print("|---|---|--:|---|--:|--:|--:|")
    more = ("--allow-host", HOST, "--codec", options.codec)
    for name, way in itertools.product(options.browsers, options.ways):
        with (
            tempfile.TemporaryDirectory() as folder,
            bidi.launch(name, HOST, udp=way == "webrtc") as browser,
            drag.serving(options.scene, f"{SIZE[0]}x{SIZE[1]}", *more) as (url, _process),
            nginx(Path(folder), url.partition("/#")[0]) as port,
        ):
            proxied = url if options.direct else f"https://{HOST}:{port}/#{url.partition('#')[2]}"
            found = measure(browser, url, proxied, way, options.seconds)
        photon = found["input_to_photon_ms"]
        live = ", ".join(map(str, found["live_ms"]))
        print(
            f"| {way} | {name} | {live} | {found['codec']} | {found['fps']} |"
            f" {photon['p50']:.0f}, {photon['p95']:.0f} | {found['kB_per_s'] * 8 / 1000:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
