"""Browsers, servers and pages for the tests of this folder.

Each browser is started once, and the scene whose state can be read once for each file and browser; each test
gets windows of its own, finds that scene as it was in the beginning, and may start servers of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bidi import Browser, Page, launch
from pages import LIVE, PRELOAD, Probe, uncomplaining
from served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Run one browser after the other."""
    with launch(request.param) as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start servers; each must end with the status that its `ends` says, and leave nothing behind."""
    started: list[tuple[Served, int]] = []

    def start(scene: str, *args: str, options: tuple[str, ...] = (), ends: int = 0) -> Served:
        served = Served(scene, *args, options=options, log=tmp_path / f"stderr{len(started)}.txt")
        started.append((served, ends))
        return served

    yield start
    try:
        for served, status in started:
            served.check_end(status)
    finally:
        for served, _status in started:
            served.kill()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages; they are closed at the end, and none may have complained on its console."""
    with uncomplaining() as pages:

        def open_page(url: str, size: tuple[int, int] = (800, 500), state: str = "live") -> Page:
            # A machine out of breath would begin over a WebSocket; test_fallback.py is about that.
            page = browser.open(url.replace("/#", "/?transport=webrtc#"), size, PRELOAD)
            pages.append(page)
            if state:
                page.wait_for(LIVE if state == "live" else f"document.body.dataset.state === '{state}'", 30)
            return page

        yield open_page


@pytest.fixture(scope="module")
def served_probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    """Serve the scene whose state can be read."""
    folder = tmp_path_factory.mktemp("probe")
    served = Served("probe.py", str(folder / "state.json"), log=folder / "stderr.txt")
    try:
        yield Probe(served, folder / "state.json")
        served.check_end()
    finally:
        served.kill()


@pytest.fixture
def probe(served_probe: Probe) -> Probe:
    """Give that scene as it was in the beginning, watched by nobody."""
    return served_probe.fresh()


@pytest.fixture
def own_probe(serve: Callable[..., Served], tmp_path: Path) -> Probe:
    """Serve the same scene for one test, which may end it."""
    path = tmp_path / "probe.json"
    return Probe(serve("probe.py", str(path)), path)
