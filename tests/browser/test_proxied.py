"""Behind nginx, under another name, with TLS, in a browser that may not use UDP: it is shown and steered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bidi import Browser, launch
from nginx import HOST, nginx
from pages import COLOURS, LIVE, PLACES, PRELOAD, Probe, difference, pixels
from served import Served, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOLERANCE = 6


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def walled(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Run a browser that has no UDP."""
    with launch(request.param, HOST, udp=False) as running:
        yield running


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Probe, str]]:
    """Serve behind nginx; give the scene, and the address there."""
    folder: Path = tmp_path_factory.mktemp("proxied")
    state = folder / "probe.json"
    served = Served("probe.py", str(state), log=folder / "stderr.txt", options=("--allow-host", HOST))
    try:
        with nginx(folder, served.origin) as port:
            yield Probe(served, state), f"https://{HOST}:{port}/#token={served.token}"
        served.check_end()
    finally:
        served.kill()


@pytest.mark.parametrize(
    ("transport", "wanted", "before"),
    [
        ("websocket", "", ""),
        ("jpeg", "", "delete window.VideoDecoder;"),
        ("mjpeg", "?transport=mjpeg", ""),
    ],
)
def test_it_is_shown_and_steered(
    walled: Browser, proxied: tuple[Probe, str], transport: str, wanted: str, before: str
) -> None:
    probe, url = proxied
    page = walled.open(url.replace("#", f"{wanted}#"), (800, 500), PRELOAD.removesuffix("}") + before + "}")
    page.wait_for(LIVE, 40)
    page.wait_for("vizstream.stats().transport", 20, what=lambda kind: kind == transport)
    assert page.evaluate("vizstream.stats().fallback_reason")
    probe.wait_for(lambda state: state["size"] == [800, 500], 20)
    page.press("w")
    probe.wait_for(lambda state: state["wireframe"], 20)
    page.press("s")
    probe.wait_for(lambda state: not state["wireframe"], 20)
    page.drag((400, 300), (480, 300), steps=20)
    page.wait_for("vizstream.stats().input_to_photon_ms.n", 20, what=lambda n: n > 2)
    wait_until(lambda: difference(pixels(page, PLACES, "canvas"), COLOURS) <= TOLERANCE, 30, "wrong colours")
    page.wait_for("vizstream.stats().still", 30, what=lambda still: still["exact"])
    # Firefox says itself that WebRTC has found no way.
    assert [words for words in page.errors() if "ICE failed" not in words] == []
    page.close()


def test_where_no_websocket_gets_through_it_is_shown(walled: Browser, proxied: tuple[Probe, str]) -> None:
    page = walled.open(proxied[1], (800, 500), PRELOAD.removesuffix("}") + "delete window.WebSocket;}")
    page.wait_for(LIVE, 40)
    page.wait_for("vizstream.stats().transport === 'mjpeg'", 20)
    page.evaluate("document.getElementById('button-stats').click()")
    page.wait_for("document.getElementById('stats').innerText.includes('MJPEG over HTTP: WebSockets do not')")
    assert page.evaluate("!document.getElementById('badge').hidden")
    wait_until(lambda: difference(pixels(page, PLACES, "canvas"), COLOURS) <= TOLERANCE, 30, "wrong colours")
    page.close()
