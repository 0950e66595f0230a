"""Several viewers: all see the same, at the full rate; who may only watch only watches."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from pages import fresh_stats, mean_difference, pixels, released, send
from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Page
    from pages import Probe
    from served import Served

    Watch = Callable[..., Page]


def test_two_viewers_see_the_same(probe: Probe, watch: Watch) -> None:
    one, two = watch(probe.served.url), watch(probe.served.url)
    probe.wait_for(lambda state: state["size"] == [800, 500])
    probe.settle()
    grid = [(0.3 + 0.04 * i, 0.3 + 0.05 * j) for i in range(11) for j in range(11)]
    before = pixels(one, grid)
    two.drag((400, 300), (500, 330), steps=20)
    probe.wait_for(released())
    probe.settle()

    def agreed() -> bool:
        seqs = [page.evaluate("vizstream.stats().seq") for page in (one, two)]
        return bool(seqs[0] == seqs[1] > 0)

    wait_until(agreed, 10, "the viewers show different frames")

    def alike() -> bool:
        # Each may be sent its own size of the picture, which shows at the edges.
        return mean_difference(pixels(one, grid), pixels(two, grid)) < 2

    wait_until(alike, 10, "the viewers show different pictures")
    assert mean_difference(before, pixels(one, grid)) > 5, "the drag changed too little to tell"


def test_two_viewers_both_get_every_frame(serve: Callable[..., Served], watch: Watch) -> None:
    served = serve("turning.py", options=("--max-fps", "30"))
    pages = [watch(served.url, (480, 300)), watch(served.url, (480, 300))]

    def counts(viewer: int, page: Page) -> tuple[float, ...]:
        """Return how many frames were drawn, sent to this viewer, and decoded by it."""
        sent = served.metric(f'vizstream_viewer_frames_total{{viewer="{viewer}"}}')
        stats = fresh_stats(page)
        return stats["seq"], sent, stats["frames_decoded"]

    before = [counts(viewer, page) for viewer, page in enumerate(pages, 1)]
    time.sleep(4)
    after = [counts(viewer, page) for viewer, page in enumerate(pages, 1)]
    for then, now in zip(before, after, strict=True):
        drawn, sent, decoded = (late - early for early, late in zip(then, now, strict=True))
        assert drawn > 20
        # A machine that is out of breath leaves frames out; a half of them would be a fault.
        assert sent > 0.7 * drawn, f"{sent} of {drawn} frames"
        assert decoded > 0.7 * sent, f"{decoded} of {sent} frames"
    assert served.metric("vizstream_viewers") == 2


def test_a_view_only_link_cannot_steer(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.view_url)
    assert page.evaluate("!document.getElementById('badge').hidden")
    assert "View only" in page.evaluate("document.getElementById('badge').innerText")
    before = probe.settle()
    role = 'vizstream_inputs_refused_total{reason="role"}'
    refused = probe.served.metric(role)
    page.drag((300, 200), (400, 200))
    page.press("w")
    page.scroll(300, 200, -300)
    assert probe.served.metric(role) == refused, "the page does not even try"
    send(page, json.dumps({"type": "key_down", "id": 1, "key": "w", "modifiers": []}))
    wait_until(lambda: probe.served.metric(role) == refused + 1, 20, "the server did not count it")
    assert probe.state()["events"] == before["events"]
    assert not probe.state()["wireframe"]
