"""Bad lines: what is lost is restored without asking, and a slow viewer holds nobody up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pages import fresh_stats
from served import wait_until
from shaper import LinkSettings, ShapedServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Browser, Page
    from served import Served

    Watch = Callable[..., Page]

#: Entries of getStats() of the received video, those that a browser lacks left out.
RECEIVED = """(async () => {
  const found = {};
  for (const entry of (await window.peer.getStats()).values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') Object.assign(found, entry);
  }
  return found;
})()"""

#: Keeps the connection where a test can reach it.
KEEP = """() => {
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = function (...given) { return window.peer = new Peer(...given); };
  window.RTCPeerConnection.prototype = Peer.prototype;
}"""


def test_a_browser_that_reads_parity_gets_it(serve: Callable[..., Served], browser: Browser) -> None:
    served = serve("turning.py", options=("--max-fps", "30"))
    lossy = LinkSettings(rate_bps=2_000_000, delay_ms=30, loss=0.05)

    def parity() -> float:
        return served.metric('vizstream_viewer_parity_total{viewer="1"}')

    with ShapedServer(served.url, up=lossy, down=lossy) as way:
        page = browser.open(way.url.replace("/#", "/?transport=webrtc#"), (640, 400), KEEP)
        page.wait_for("document.body.dataset.state === 'live'", 30)
        if browser.name == "chromium":
            wait_until(lambda: parity() > 20, 20, "no parity was sent")
            page.wait_for(f"({RECEIVED}).then((stats) => stats.fecPacketsReceived > 20)", 20)
        else:
            # Firefox 153 offers no stream for it, and is sent again what it asks for.
            page.wait_for("vizstream.stats().frames_decoded > 100", 20)
            assert served.metric('vizstream_viewer_retransmitted_total{viewer="1"}') > 0
            assert parity() == 0
        assert page.errors() == []
        page.close()


def test_a_slow_viewer_costs_a_fast_one_nothing(
    serve: Callable[..., Served], browser: Browser, watch: Watch
) -> None:
    served = serve("turning.py", options=("--max-fps", "30"))
    fast = watch(served.url, (960, 600))
    narrow = LinkSettings(rate_bps=100_000, delay_ms=50)

    def sent(viewer: int) -> float:
        return served.metric(f'vizstream_viewer_frames_total{{viewer="{viewer}"}}')

    def level(viewer: int) -> float:
        return served.metric(f'vizstream_viewer_level{{viewer="{viewer}"}}')

    with ShapedServer(served.url, up=narrow, down=narrow) as way:
        watch(way.url, (960, 600))
        wait_until(lambda: level(2) == 2, 20, "the slow viewer was not moved down")
        before, drawn, began = fresh_stats(fast), sent(1), time.monotonic()
        slow = sent(2)
        wait_until(lambda: time.monotonic() > began + 4, 10, "time stands still")
        after = fresh_stats(fast)
        assert level(1) == 0
        decoded = after["frames_decoded"] - before["frames_decoded"]
        # A machine that is out of breath leaves frames out; a half of them would be a fault.
        assert decoded > 0.7 * (after["seq"] - before["seq"]) > 20
        assert after["width"] == before["width"] == 960
        assert sent(1) - drawn > 1.5 * (sent(2) - slow), "the slow one is sent fewer frames, not the fast one"
