"""At rest the page shows what OpenGL drew, to the last bit; it stops doing so the instant something moves."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Page
    from pages import Probe

    Watch = Callable[..., Page]

#: Notes what the server says of stills, and when the still went after a hand came down.
SPY = """(() => {
  spy.told = [];
  spy.channels.state.addEventListener('message', ({data}) => {
    const message = JSON.parse(data);
    if (message.type === 'still' || message.type === 'moved') spy.told.push(message);
  });
  const canvas = document.getElementById('still');
  spy.down = spy.gone = 0;
  document.addEventListener('pointerdown', () => spy.down = performance.now(), true);
  new MutationObserver(() => canvas.hidden && (spy.gone = performance.now())).observe(
    canvas, {attributeFilter: ['hidden']});
  for (const id of ['toolbar', 'badge', 'stats']) document.getElementById(id).hidden = true;
  return 1;
})()"""


def exact(page: Page) -> dict[str, Any]:
    still: dict[str, Any] = page.wait_for("vizstream.stats().still", 30, what=lambda still: still["exact"])
    return still


def screenshot(page: Page) -> bytes:
    """Return the page's pixels as RGB, rows top-down."""
    with av.open(io.BytesIO(page.screenshot())) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").tobytes()


def test_the_page_at_rest_is_the_framebuffer_to_the_last_bit(probe: Probe, watch: Watch) -> None:
    page = watch(probe.served.url)
    first = exact(page)
    assert first["bytes"] > 100
    assert 150 <= first["ms_after_rest"] < 30_000
    page.evaluate(SPY)
    page.drag((400, 250), (460, 280), steps=4)
    # Gone before anything could move; what is shown now is the video.
    assert 0 <= page.evaluate("spy.gone - spy.down") < 100
    still = page.wait_for(
        "vizstream.stats().still", 30, what=lambda now: now["exact"] and now["seq"] > first["seq"]
    )
    told = page.evaluate("spy.told")
    assert [message["type"] for message in told[:2]] == ["moved", "still"]
    message = next(
        message for message in told if message["seq"] == still["seq"] and message["type"] == "still"
    )
    assert (message["width"], message["height"]) == (800, 500)
    assert hashlib.sha256(screenshot(page)).hexdigest() == message["sha256"]


def test_a_key_that_changes_nothing_brings_the_still_back_without_another_fetch(
    probe: Probe, watch: Watch
) -> None:
    page = watch(probe.served.url)
    seq = exact(page)["seq"]
    page.evaluate(SPY)
    page.press("z")
    page.wait_for("spy.gone > 0")
    assert exact(page)["seq"] == seq
    assert page.evaluate("spy.told") == []
