"""Coming, going, failing: what the page says and does when the other end changes."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import TYPE_CHECKING

from pages import fresh_stats, pixels
from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bidi import Page
    from pages import Probe
    from served import Served

    Watch = Callable[..., Page]
    Serve = Callable[..., Served]

STATE = "document.body.dataset.state"
WORDS = "document.getElementById('status').innerText"


def test_a_killed_server_process_heals(own_probe: Probe, watch: Watch) -> None:
    page = watch(own_probe.served.url)
    killed = own_probe.served.server_pid()
    # Firefox leaves a reading of statistics hanging when its connection is closed meanwhile.
    page.evaluate("(spy.hang = true, vizstream.stats(), 1)")
    page.wait_for("(vizstream.stats(), spy.getStats > 1)")
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    page.wait_for("spy.states.includes('lost')")
    page.evaluate("(spy.hang = false, 1)")
    page.wait_for(f"{STATE} === 'live'", 20)
    # Without the page's own watch a browser needs 6 s and more to notice; see core/watch.js.
    assert time.monotonic() - began < 10
    assert own_probe.served.server_pid() != killed
    decoded = fresh_stats(page)["frames_decoded"]
    page.press("w")
    own_probe.wait_for(lambda state: state["wireframe"])
    page.wait_for("vizstream.stats().frames_decoded", what=lambda now: now > decoded)


def test_a_scene_that_fails_is_told_in_its_own_words(serve: Serve, watch: Watch, tmp_path: Path) -> None:
    served = serve("fails_later.py", str(tmp_path / "now"), ends=1)
    page = watch(served.url, state="loading")
    (tmp_path / "now").touch()
    page.wait_for(f"{STATE} === 'error'")
    words = page.evaluate(WORDS)
    assert "The scene failed" in words
    assert "the spanner is missing" in words
    assert served.process.wait(10) == 1
    assert "ValueError: the spanner is missing" in served.log.read_text()
    # The server is gone; the reason is still the thing to know.
    time.sleep(1)
    assert page.evaluate(STATE) == "error"
    assert "the spanner is missing" in page.evaluate(WORDS)


def test_an_end_is_told_as_one(own_probe: Probe, watch: Watch) -> None:
    page = watch(own_probe.served.url)
    assert own_probe.served.stop() == 0
    page.wait_for(f"{STATE} === 'ended'")
    assert "has ended" in page.evaluate(WORDS)
    # The last picture stays, behind the words; the video itself would be black.
    page.wait_for("!document.getElementById('canvas').hidden")
    red, green, blue, _grey = pixels(page, [(0.125 + 0.25 * index, 0.1) for index in range(4)], "canvas")
    assert [max(range(3), key=colour.__getitem__) for colour in (red, green, blue)] == [0, 1, 2]


def test_an_invalid_link_says_so(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.origin + "/#token=guessed", state="error")
    assert "not valid" in page.evaluate(WORDS)
    page.log.clear()  # browsers note the 401 themselves
    page.evaluate(f"location.hash = {json.dumps('#token=' + probe.served.token)}, 1")
    page.wait_for(f"{STATE} === 'live'")


def test_who_closes_the_page_is_gone_at_once(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)
    assert probe.served.metric("vizstream_viewers") == 1
    page.navigate("about:blank")
    # Silence alone would be noticed after 10 s.
    wait_until(lambda: probe.served.metric("vizstream_viewers") == 0, 4, "the viewer is still counted")


def test_the_page_comes_before_the_scene(serve: Serve, watch: Watch, tmp_path: Path) -> None:
    served = serve("fails_later.py", str(tmp_path / "never"))
    page = watch(served.url, state="loading")
    assert "Loading the scene" in page.evaluate(WORDS)


def test_the_page_says_what_it_shows(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)
    page.wait_for("document.title === 'probe · vizstream'")
    page.evaluate("document.getElementById('button-stats').click()")
    shown = page.wait_for(
        "document.getElementById('stats').innerText", what=lambda text: re.search(r"\d{3} × \d{3}", text)
    )
    for word in ("Frame rate", "Bitrate", "Codec", "WebRTC", "Round trip", "Input to photon"):
        assert word in shown
    page.evaluate("document.getElementById('button-help').click()")
    assert page.evaluate("document.getElementById('help').open")
    page.press("\ue00c")  # Escape
    page.wait_for("!document.getElementById('help').open && document.activeElement.id === 'view'")
    assert page.evaluate("document.getElementById('view').getAttribute('aria-label')")
