"""Each codec in each browser that decodes it: right colours, also on the way from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alternating import run_alternating_server
from pages import COLOURS, PLACES, difference, fresh_stats, pixels
from served import wait_until
from serving import GROUND, rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Browser, Page
    from served import Served

    Watch = Callable[..., Page]

#: Levels that a flat patch may be off: what limited range and the rounding of YUV take, and the coarsest
#: quantizer at rest.
TOLERANCE = 4

#: What the test sees as one codec after the other.  4:4:4 is called VP9 as well.
DECODED = {"chromium": {"H264", "AV1", "VP9", "VP8"}, "firefox": {"AV1", "VP9", "VP8"}}

#: What a browser gets where it cannot decode what was asked for: Firefox without its OpenH264 plugin.
INSTEAD = {("firefox", "h264"): ("AV1", "VP9")}


@pytest.mark.parametrize("codec", ["h264", "av1", "vp9", "vp8"])
def test_colours_are_right_in_every_codec(
    codec: str, serve: Callable[..., Served], watch: Watch, browser: Browser
) -> None:
    page = watch(serve("probe.py", options=("--codec", codec)).url)
    expected = INSTEAD.get((browser.name, codec), (codec.upper(),))
    seen: Any = None

    def right() -> bool:
        nonlocal seen
        seen = pixels(page, PLACES)
        return difference(seen, COLOURS) <= TOLERANCE

    # The picture sharpens during its first second; the still over it is not what is read here.
    wait_until(right, 20, "wrong colours")
    assert fresh_stats(page)["codec"] in expected, seen


def test_a_viewer_moves_between_codecs_within_its_session(browser: Browser, watch: Watch) -> None:
    places = [(0.3, 0.5), (0.7, 0.5), (0.5, 0.9)]
    with rendering(server=run_alternating_server) as running:
        page = watch(f"{running.url}/#token={running.config.control_token}", (640, 360))
        closest: dict[str, int] = {}
        farthest = 0

        def all_right() -> bool:
            nonlocal farthest
            off, codec = difference(pixels(page, places), [GROUND] * 3), fresh_stats(page)["codec"]
            closest[codec], farthest = min(off, closest.get(codec, off)), max(off, farthest)
            return all(closest.get(wanted, 255) <= TOLERANCE for wanted in DECODED[browser.name])

        wait_until(all_right, 40, f"a codec did not come, or not in the right colours: {closest}")
        assert farthest < 4 * TOLERANCE, "a new codec begins coarse, but never black or green"
        assert page.evaluate("spy.states").count("live") == 1, "the picture never went away"
        assert fresh_stats(page)["frames_decoded"] > 30
