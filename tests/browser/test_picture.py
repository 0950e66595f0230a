"""The picture: it plays, in the right colours, in the size of the window, and costs nothing at rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pages import COLOURS, PLACES, difference, fresh_stats, pixels, released
from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Page
    from pages import Probe
    from served import Served

    Watch = Callable[..., Page]

#: Levels that 4:2:0, limited range and the encoder may be off on a flat patch.  BT.709 taken for BT.601, or
#: full range for limited, is off by 12 and more (saturated colours) or 16 (grey).
TOLERANCE = 6


def test_video_plays_and_the_page_says_so(serve: Callable[..., Served], watch: Watch) -> None:
    page = watch(serve("turning.py").url)
    first = fresh_stats(page)["frames_decoded"]
    stats = page.wait_for("vizstream.stats()", what=lambda now: now["frames_decoded"] > first + 30)
    assert stats["transport"] == "webrtc"
    assert stats["codec"] in ("H264", "AV1", "VP9")
    # On a line or machine that is too slow for more, a smaller picture is sent.
    assert 200 <= stats["width"] <= 800
    assert abs(stats["width"] / stats["height"] - 800 / 500) < 0.02
    assert stats["bytes_received"] > 5000
    assert stats["seq"] > 0
    page.wait_for("vizstream.stats()", what=lambda now: now["fps"] > 10 and now["bitrate_bps"] > 10_000)
    page.wait_for("vizstream.stats().rtt_ms !== null")
    states = page.evaluate("spy.states")
    assert states[0] == "connecting"
    assert states[-1] == "live"
    assert "lost" not in states


def test_colours_are_right(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)
    # The picture sharpens during its first second.
    wait_until(lambda: difference(pixels(page, PLACES), COLOURS) <= TOLERANCE, 10, f"{pixels(page, PLACES)}")


def test_the_picture_takes_the_size_of_the_window_and_keeps_it_sharp(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)

    def fits(width: int, height: int) -> None:
        probe.wait_for(lambda state: state["size"] == [width, height])
        # A machine that is out of breath may be sent less for a while, but never for long.
        video = "document.getElementById('video')"
        page.wait_for(f"{video}.videoWidth === {width} && {video}.videoHeight === {height}", 40)

    fits(800, 500)
    page.set_viewport(644, 402)
    fits(644, 402)
    page.set_viewport(320, 240, pixel_ratio=2)
    fits(640, 480)
    # Events are told in logical pixels, whatever the pixel ratio: the middle is the middle.
    page.drag((160, 120), (160, 120), steps=1)
    state = probe.wait_for(released())
    x, y = state["pointer"]
    assert abs(x - state["size"][0] / 2) <= 1
    assert abs(y - state["size"][1] / 2) <= 2


def test_a_still_scene_costs_next_to_nothing(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)
    probe.settle()
    time.sleep(1.5)  # the picture sharpens during the first second
    drawn = probe.state()["frames"]
    counters = "({getStats: spy.getStats, timers: spy.timers, frames: spy.frames})"
    bytes_before, began = fresh_stats(page)["bytes_received"], time.monotonic()
    time.sleep(1.5)  # asking for the figures kept the page awake for a second
    before = page.evaluate(counters)
    time.sleep(4)
    after = page.evaluate(counters)
    rate = (fresh_stats(page)["bytes_received"] - bytes_before) / (time.monotonic() - began)
    assert probe.state()["frames"] == drawn, "the scene was drawn although nothing changed"
    assert rate < 3000, f"{rate:.0f} bytes/s for a picture that stands still"
    assert after["frames"] == before["frames"], "an animation frame was asked for"
    assert after["getStats"] - before["getStats"] <= 5
    assert after["timers"] - before["timers"] <= 10
