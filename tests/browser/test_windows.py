"""Several windows of one scene, and a scene that is busy, as the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages import pixels
from served import SCENES

if TYPE_CHECKING:
    from collections.abc import Callable

    from bidi import Page
    from served import Served

    Watch = Callable[..., Page]

CHOOSE = """(() => {
  const list = document.getElementById('windows');
  list.value = [...list.options].find(({text}) => text === TITLE).value;
  list.dispatchEvent(new Event('change'));
})()"""


def titles(page: Page) -> list[str]:
    """Return what the list of windows offers; nothing while it is not shown."""
    shown: list[str] = page.evaluate(
        "(({hidden, options}) => hidden ? [] : [...options].map(({text}) => text))"
        "(document.getElementById('windows'))"
    )
    return shown


def wait_for_colour(page: Page, channel: int) -> None:
    """Wait until the corner of the picture is of one of the scene's colours: 0 red, 1 green, 2 blue."""
    for _attempt in range(200):
        (colour,) = pixels(page, [(0.05, 0.05)])
        if max(range(3), key=colour.__getitem__) == channel and max(colour) - min(colour) > 60:
            return
        page.evaluate("new Promise((done) => setTimeout(done, 50))")
    raise AssertionError(colour)


def test_each_page_sees_the_window_that_it_chooses(serve: Callable[..., Served], watch: Watch) -> None:
    served = serve(str(SCENES / "patterns" / "two_windows.py"), options=("--max-fps", "20"))
    one, two = watch(served.url, (400, 300)), watch(served.url, (480, 300))
    for page in (one, two):
        page.wait_for("!document.getElementById('windows').hidden")
    assert titles(one) == ["red", "blue"]
    wait_for_colour(one, 0)
    two.evaluate(CHOOSE.replace("TITLE", "'blue'"))
    wait_for_colour(two, 2)
    two.wait_for("document.title === 'blue · vizstream'")
    assert two.evaluate("location.hash").endswith("&window=2")
    wait_for_colour(one, 0)
    two.wait_for("vizstream.stats().fps", what=lambda fps: fps > 8)
    one.wait_for("vizstream.stats().fps", what=lambda fps: fps > 8)
    # What the scene does to its windows shows in the list.
    two.press("t")
    one.wait_for("[...document.getElementById('windows').options].at(-1).text === 'navy'")
    one.press("n")
    two.wait_for("document.getElementById('windows').options.length === 3")
    two.evaluate(CHOOSE.replace("TITLE", "'third'"))
    wait_for_colour(two, 1)
    one.press("x")
    two.wait_for("document.getElementById('windows').options.length === 2")
    wait_for_colour(two, 0)
    page = watch(served.view_url + "&window=2", (400, 300))
    wait_for_colour(page, 2)


def test_the_page_says_that_the_script_is_busy(serve: Callable[..., Served], watch: Watch) -> None:
    page = watch(serve(str(SCENES / "patterns" / "computes.py")).url, (400, 300))
    assert titles(page) == [], "nothing to choose from"
    assert page.evaluate("document.getElementById('busy').hidden")
    page.press("b")
    page.wait_for("!document.getElementById('busy').hidden")
    assert page.evaluate("document.getElementById('busy').innerText.trim()") == "The script is busy"
    page.wait_for("document.getElementById('busy').hidden")
    assert page.evaluate("document.body.dataset.state") == "live"
