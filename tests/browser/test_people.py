"""Several people in two browsers: they see each other, one steers at a time, the owner decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bidi import Browser, Page, down, launch, mouse, move, up
from pages import LIVE, PRELOAD, Probe, send
from served import Served, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HELM = "document.getElementById('helm').textContent"
#: Where another's pointer is, as a fraction of the picture on this page; null where there is none.
CURSOR = """(() => {
  const node = [...document.querySelectorAll('.cursor')].find((one) => one.textContent === NAME);
  if (!node) return null;
  const {width, height} = document.getElementById('view').getBoundingClientRect();
  const picture = vizstream.stats();
  const scale = Math.min(width / picture.width, height / picture.height);
  const at = new DOMMatrix(node.style.transform);
  return [0.5 + (at.e - width / 2) / (scale * picture.width),
    0.5 + (at.f - height / 2) / (scale * picture.height)];
})()"""


@pytest.fixture(scope="module")
def browsers() -> Iterator[tuple[Browser, Browser]]:
    with launch("chromium") as chromium, launch("firefox") as firefox:
        yield chromium, firefox


def enter(browser: Browser, url: str, size: tuple[int, int], name: str, transport: str) -> Page:
    """Open a page, and choose a name as a person does."""
    page = browser.open(url.replace("/#", f"/?transport={transport}#"), size, PRELOAD)
    page.wait_for(LIVE, 40)
    rename(page, name)
    return page


def rename(page: Page, name: str) -> None:
    """Choose a name in the panel of people."""
    page.evaluate("(document.getElementById('button-people').click(), 1)")
    page.evaluate(
        f"(document.getElementById('name').value = {json.dumps(name)},"
        " document.getElementById('name').dispatchEvent(new Event('change')),"
        " document.getElementById('button-people').click(), 1)"
    )


def press(page: Page, words: str) -> None:
    """Press a button of the panel of people."""
    find = f"[...document.querySelectorAll('#people button')].find((one) => one.textContent === {words!r})"
    page.wait_for(f"Boolean({find})", 20)
    page.evaluate(f"({find}.click(), 1)")


def listed(page: Page) -> list[str]:
    names: list[str] = page.evaluate(
        "[...document.querySelectorAll('#people .who')].map((one) => one.textContent)"
    )
    return names


def test_people_see_each_other_and_steer_in_turn(
    browsers: tuple[Browser, Browser], serve: Callable[..., Served], tmp_path: Path
) -> None:
    chromium, firefox = browsers
    probe = Probe(serve("probe.py", str(tmp_path / "probe.json")), tmp_path / "probe.json")
    served = probe.served
    anna = enter(chromium, served.url, (800, 500), "Anna", "webrtc")
    ben = enter(chromium, served.url, (500, 600), "<b>Ben</b>", "websocket")
    cleo = enter(firefox, served.view_url, (600, 500), "Cleo", "webrtc")
    for page in (anna, ben, cleo):
        wait_until(lambda page=page: listed(page) == ["Anna", "<b>Ben</b>", "Cleo"], 20, "not all are listed")
    assert ben.evaluate("document.querySelector('#people b')") is None, "a name is no markup"

    # Each sees the others' pointers where they are in the picture, whatever the size of its page.
    for page, name, others in ((ben, "<b>Ben</b>", (anna, cleo)), (cleo, "Cleo", (anna, ben))):
        page.perform(mouse(move(200, 200), move(300, 250, 200)))
        width, height = page.evaluate("[innerWidth, innerHeight]")
        mine = "[vizstream.stats().width, vizstream.stats().height]"
        picture = page.wait_for(mine, 20, lambda size: size[0] > 0)
        scale = min(width / picture[0], height / picture[1])
        x = 0.5 + (300 - width / 2) / (scale * picture[0])
        y = 0.5 + (250 - height / 2) / (scale * picture[1])
        for other in others:
            at = f"({CURSOR.replace('NAME', json.dumps(name))} ?? [9, 9])"
            close = f"({at}).every((part, index) => Math.abs(part - [{x}, {y}][index]) < 0.02)"
            other.wait_for(close, 20)

    # One in a gesture is not disturbed; the server refuses the other's, and all see who steers.
    anna.perform(mouse(move(300, 250), down()))
    for page in (ben, cleo):
        page.wait_for(HELM, 20, lambda words: words == "Anna steers")
    anna.wait_for(HELM, 20, lambda words: words == "You steer")
    refused = 'vizstream_inputs_refused_total{reason="helm"}'

    def refuses() -> bool:
        # Of a hand that does not move for 5 s the server would think that it has gone.
        anna.perform(mouse(move(310, 250), move(300, 250)))
        ben.drag((200, 200), (260, 230))
        return served.metric(refused) > 0

    wait_until(refuses, 20, "the server did not refuse it")
    assert anna.evaluate(HELM) == "You steer"
    anna.perform(mouse(up()))

    def acts() -> bool:
        ben.scroll(250, 300, -100)
        return bool(anna.evaluate(HELM) == "<b>Ben</b> steers")

    wait_until(acts, 20, "the helm does not pass")

    # Who may only watch is refused by the server, whatever its page would send.
    role = 'vizstream_inputs_refused_total{reason="role"}'
    before = served.metric(role)
    send(cleo, json.dumps({"type": "key_down", "id": 1, "key": "w", "modifiers": []}))
    wait_until(lambda: served.metric(role) == before + 1, 20, "the server did not count it")
    assert not probe.state()["wireframe"]

    # The owner locks the helm, takes it and hands it over, replaces the links, and drops somebody.
    press(anna, "Lock the helm")
    ben.wait_for(HELM, 20, lambda words: "locked" in words)
    if anna.evaluate(HELM) != "You steer · locked":
        press(anna, "Take the helm")
    anna.wait_for(HELM, 20, lambda words: words == "You steer · locked")
    press(anna, "Hand over")
    ben.wait_for(HELM, 20, lambda words: words == "You steer · locked")
    ben.press("w")
    probe.wait_for(lambda state: state["wireframe"], 20)

    # On a narrow screen a long name is cut short, and not what is said of it.
    rename(ben, 24 * "W")
    anna.set_viewport(320, 500)
    anna.wait_for(HELM, 20, lambda words: words == f"{24 * 'W'} steers · locked")
    spans = "[...document.querySelectorAll('#helm span:not(.dot)')]"
    cut = "(span) => [span.clientWidth < span.scrollWidth, span.getBoundingClientRect().right < innerWidth]"
    assert anna.evaluate(f"{spans}.map({cut})") == [[True, True], [False, True]]
    rename(ben, "<b>Ben</b>")
    anna.set_viewport(800, 500)

    # What somebody prefers of the picture counts over a WebSocket, too.
    ben.evaluate("(document.querySelector('[name=quality][value=save]').click(), 1)")
    level = 'vizstream_viewer_level{viewer="2"}'
    wait_until(lambda: served.metric(level) > 0, 20, "data are not saved")
    old = ben.evaluate("location.hash")
    press(anna, "Replace the links")
    changed = "location.hash !== OLD && /^#token=[\\w-]{32}$/.test(location.hash)"
    ben.wait_for(changed.replace("OLD", json.dumps(old)), 20)
    assert served.log.read_text().count("#token=") == 2
    cleo.log.clear()
    for words in ("Drop", "Really drop"):
        rows = "[...document.querySelectorAll('#people li')].find((one) => one.innerText.includes('Cleo'))"
        anna.evaluate(
            f"([...({rows} ?? document.querySelector('#people li:last-child')).querySelectorAll('button')]"
            f".find((one) => one.textContent === {words!r}).click(), 1)"
        )
    cleo.wait_for("document.body.dataset.state === 'error'", 20)
    assert "asked to leave" in cleo.evaluate("document.getElementById('status').innerText")
    wait_until(lambda: listed(anna) == ["Anna", "<b>Ben</b>"], 20, "Cleo is still listed")
    assert anna.errors() == ben.errors() == []
    for page in (anna, ben, cleo):
        page.close()
