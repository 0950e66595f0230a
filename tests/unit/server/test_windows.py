"""Who sees which window, and what the renderer is asked for."""

from __future__ import annotations

from typing import Any

from vizstream.server.windows import Windows


def row(window: int, ring: int, title: str = "", width: int = 640) -> dict[str, Any]:
    size = {"width": width, "height": 360, "pixel_ratio": 1.0}
    return {"window": window, "ring": ring, "title": title, "cursor": f"cursor{window}", **size}


def board(shown: int, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"phase": "live", "message": "", "title": "script.py", "window": shown, "windows": list(rows)}


def two(shown: int = 1) -> Windows:
    windows = Windows()
    windows.update(board(shown, row(1, 0, "one"), row(2, 1, "two", 300)))
    return windows


def test_before_there_is_a_window_everybody_waits_for_the_scene() -> None:
    windows = Windows()
    windows.update({"phase": "loading", "title": "script.py", "message": ""})
    assert windows.seen_by(1) == 0
    assert windows.scene_message(1)["title"] == "script.py"
    assert windows.windows_message(1) == {"type": "windows", "window": 0, "rows": [], "waits": 0}
    assert windows.wants([1])["viewers"] == 1


def test_whoever_has_not_chosen_follows_the_script() -> None:
    windows = two()
    assert windows.seen_by(1) == 1
    windows.update(board(2, row(1, 0, "one"), row(2, 1, "two")))
    assert windows.seen_by(1) == 2


def test_whoever_has_chosen_stays() -> None:
    windows = two()
    windows.choose(7, 1)
    windows.update(board(2, row(1, 0, "one"), row(2, 1, "two")))
    assert windows.seen_by(7) == 1
    windows.choose(7, 0)
    assert windows.seen_by(7) == 2


def test_each_is_told_of_its_own_window() -> None:
    windows = two()
    windows.choose(2, 2)
    assert [windows.scene_message(viewer)["title"] for viewer in (1, 2)] == ["one", "two"]
    assert [windows.scene_message(viewer)["width"] for viewer in (1, 2)] == [640, 300]
    assert [windows.cursor_message(viewer)["shape"] for viewer in (1, 2)] == ["cursor1", "cursor2"]
    message = windows.windows_message(2)
    assert (message["window"], message["rows"]) == (2, [[1, "one"], [2, "two"]])


def test_whoever_waits_for_a_window_is_told_so_and_sees_the_scripts_meanwhile() -> None:
    windows = Windows()
    windows.update(board(1, row(1, 0, "one"), {**row(2, -1, "two"), "waits": True}))
    windows.choose(7, 2)
    message = windows.windows_message(7)
    assert (message["window"], message["waits"]) == (1, 2)
    assert windows.windows_message(8)["waits"] == 0
    windows.update(board(1, row(1, 0, "one"), {**row(2, 1, "two"), "waits": False}))
    message = windows.windows_message(7)
    assert (message["window"], message["waits"]) == (2, 0)


def test_a_window_that_goes_takes_its_viewers_back_until_it_comes_again() -> None:
    windows = two()
    windows.choose(1, 2)
    windows.update(board(1, row(1, 0, "one")))
    assert windows.seen_by(1) == 1
    assert windows.wants([1])["windows"][0][:2] == [0, 1]
    windows.update(board(1, row(1, 0, "one"), row(2, 1, "two")))
    assert windows.seen_by(1) == 2


def test_a_window_without_a_ring_is_asked_for_and_seen_when_it_has_one() -> None:
    windows = Windows()
    windows.update(board(1, row(1, 0), row(2, -1)))
    windows.choose(1, 2)
    assert windows.seen_by(1) == 1, "the old picture rather than none"
    assert [wanted[:2] for wanted in windows.wants([1])["windows"]] == [[0, 0], [2, 1]]
    assert windows.rings == {1: 0}
    windows.update(board(1, row(1, 0), row(2, 1)))
    assert windows.seen_by(1) == 2


def test_a_window_that_never_was_is_no_choice() -> None:
    windows = two()
    windows.choose(1, 99)
    assert windows.seen_by(1) == 1
    assert [wanted[0] for wanted in windows.wants([1])["windows"]] == [0]


def test_the_first_viewer_of_each_window_sets_its_size() -> None:
    windows = two()
    for viewer, width in ((1, 800), (2, 500), (3, 300), (4, 200)):
        windows.resize(viewer, width, 100, 2)
    windows.choose(3, 2)
    windows.choose(4, 2)
    wants = windows.wants([1, 2, 3, 4])
    assert wants == {"viewers": 4, "windows": [[0, 2, 1, 800, 100, 2], [2, 2, 3, 300, 100, 2]]}
    windows.leave(1)
    assert windows.wants([2, 3, 4])["windows"][0] == [0, 1, 2, 500, 100, 2]


def test_the_size_stays_when_nobody_is_left() -> None:
    windows = two()
    windows.resize(1, 800, 100, 2)
    windows.wants([1])
    windows.leave(1)
    assert windows.wants([])["windows"] == [[0, 0, 0, 800, 100, 2]]


def test_sizes_are_not_passed_on_where_viewers_have_no_say() -> None:
    windows = Windows(resizable=False)
    windows.resize(1, 800, 100, 2)
    assert windows.wants([1])["windows"] == [[0, 1, 1, 0.0, 0.0, 1.0]]
