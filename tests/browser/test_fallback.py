"""Where UDP is dead at first: the same page, over the HTTP port, until WebRTC gets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pages import COLOURS, LIVE, PLACES, PRELOAD, difference, pixels, uncomplaining
from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bidi import Browser, Page
    from pages import Probe

    Open = Callable[..., Page]

#: Nothing can be sent by UDP: the server's candidates are lost, while `spy.dead` says so.
DEAD = """
  spy.dead = true;
  const {setRemoteDescription} = peer;
  peer.setRemoteDescription = function ({type, sdp}) {
    if (spy.dead) sdp = sdp.replace(/a=candidate:.*\\r\\n/g, '');
    return setRemoteDescription.call(this, {type, sdp});
  };
}"""

TOLERANCE = 6


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Open pages where UDP is dead; none may complain."""
    with uncomplaining() as pages:

        def open_page(url: str) -> Page:
            page = browser.open(url, (800, 500), PRELOAD.removesuffix("}") + DEAD)
            pages.append(page)
            page.wait_for(LIVE, 30)
            return page

        yield open_page


def steers(page: Page, probe: Probe) -> None:
    """Check that input reaches the scene, and its picture the page."""
    probe.wait_for(lambda state: state["size"] == [800, 500])
    page.press("w")
    probe.wait_for(lambda state: state["wireframe"])
    page.press("s")
    probe.wait_for(lambda state: not state["wireframe"])
    page.drag((400, 300), (480, 300), steps=20)
    page.wait_for("vizstream.stats().input_to_photon_ms.n", 20, what=lambda n: n > 2)
    wait_until(lambda: difference(pixels(page, PLACES, "canvas"), COLOURS) <= TOLERANCE, 20, "wrong colours")


def test_the_websocket_serves_until_webrtc_gets_through(probe: Probe, look: Open) -> None:
    page = look(probe.served.url)
    stats = page.evaluate("vizstream.stats()")
    assert stats["transport"] == "websocket"
    assert "WebRTC" in stats["fallback_reason"]
    steers(page, probe)
    assert page.wait_for("vizstream.stats().codec") in ("H264", "AV1", "VP9", "VP8")
    page.evaluate("document.getElementById('button-stats').click()")
    page.wait_for("document.getElementById('stats').innerText.includes('WebSocket: WebRTC')")
    page.wait_for("vizstream.stats().still", 30, what=lambda still: still["exact"])
    viewers = probe.served.metric("vizstream_viewers")
    page.evaluate("(spy.dead = false, window.dispatchEvent(new Event('online')), 1)")
    page.wait_for("vizstream.stats().transport === 'webrtc'", 20)
    page.wait_for("document.getElementById('canvas').hidden", 20)
    page.press("w")
    probe.wait_for(lambda state: state["wireframe"])
    page.wait_for("vizstream.stats().frames_decoded", what=lambda frames: frames > 0)
    assert viewers == probe.served.metric("vizstream_viewers") == 1, "it stays one viewer"
    assert page.evaluate("spy.states.filter((state) => state === 'lost').length") == 0
    wait_until(
        lambda: probe.served.metric('vizstream_transport_viewers{transport="webrtc"}') == 1, 10, "not moved"
    )
