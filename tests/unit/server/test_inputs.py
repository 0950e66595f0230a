"""The gate for input: checked, counted, merged, never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vizstream.events import InputEvent
from vizstream.protocol import decode_event
from vizstream.server.inputs import MAX_EXCESS, MAX_PENDING, RATE_BURST, InputGate


class Renderer:
    """An input ring with room for `room` records."""

    def __init__(self, room: int = 10**9) -> None:
        self.room = room
        self.records: list[InputEvent] = []
        self.rings = 0
        self.now = 0.0
        self.gate = InputGate(self.put, self.ring, lambda: self.now)

    def put(self, record: bytes) -> bool:
        if len(self.records) >= self.room:
            return False
        self.records.append(decode_event(record))
        return True

    def ring(self) -> None:
        self.rings += 1

    def send(self, kind: str, viewer: int = 1, **fields: Any) -> InputEvent | None:
        self.now += 0.01
        base: dict[str, Any] = {"type": kind, "id": 1, "modifiers": []}
        if kind.startswith("key"):
            base |= {"key": "a"}
        else:
            base |= {"x": 1, "y": 2, "buttons": []}
        if kind in ("pointer_down", "pointer_up"):
            base |= {"button": 1}
        if kind == "wheel":
            base |= {"dx": 0, "dy": 1}
        return self.gate.submit(viewer, json.dumps(base | fields))


def test_an_event_passes_with_a_number_of_the_servers_own() -> None:
    renderer = Renderer()
    renderer.send("pointer_move", viewer=3, id=41)
    renderer.send("pointer_move", viewer=5, id=2)
    first, second = renderer.records
    assert (first.viewer, second.viewer) == (3, 5)
    assert second.id == first.id + 1
    assert renderer.rings == 2


def test_whoever_goes_on_sending_too_much_is_found_out() -> None:
    renderer = Renderer()
    for _message in range(int(RATE_BURST) + MAX_EXCESS):
        renderer.gate.submit(1, "{")
    assert not renderer.gate.floods(1)
    renderer.gate.submit(1, "{")
    assert renderer.gate.floods(1)
    assert not renderer.gate.floods(2)
    renderer.gate.leave(1)
    assert not renderer.gate.floods(1)


@pytest.mark.parametrize(
    ("data", "reason"), [("{", "json"), ('{"type":"x"}', "unknown"), (b"\0" * 2000, "size")]
)
def test_refusals_are_counted_and_go_no_further(data: str | bytes, reason: str) -> None:
    renderer = Renderer()
    assert renderer.gate.submit(1, data) is None
    assert renderer.gate.refused == {reason: 1}
    assert renderer.gate.accepted == 0
    assert not renderer.records


def test_a_drag_under_load_ends_where_the_hand_let_go() -> None:
    renderer = Renderer(room=1)
    renderer.send("pointer_down", buttons=[1])
    for step in range(178):
        renderer.send("pointer_move", x=step, buttons=[1])
    renderer.send("pointer_up", x=177)
    assert renderer.gate.waiting == 2
    renderer.room = 10
    renderer.gate.flush()
    assert [(e.type, e.x) for e in renderer.records] == [
        ("pointer_down", 1),
        ("pointer_move", 177),
        ("pointer_up", 177),
    ]
    assert renderer.gate.waiting == 0


def test_when_too_much_waits_presses_are_refused_but_no_release() -> None:
    renderer = Renderer(room=0)
    renderer.send("pointer_down", button=2)
    for number in range(MAX_PENDING + 10):
        renderer.send("key_down", key=f"F{number}")
    assert renderer.gate.waiting == MAX_PENDING
    assert renderer.gate.refused["overflow"] == 11
    assert renderer.send("pointer_up", button=2) is not None
    assert renderer.send("key_up", key=f"F{MAX_PENDING + 5}") is None, "its press was refused"
    assert renderer.gate.refused["unpaired"] == 1


def test_whoever_leaves_lets_go() -> None:
    renderer = Renderer()
    renderer.send("pointer_down", viewer=1, x=30, button=1, buttons=[1])
    renderer.send("key_down", viewer=1, key="A")
    renderer.send("key_down", viewer=2, key="b")
    renderer.gate.leave(1)
    released = renderer.records[3:]
    assert {(e.type, e.viewer, e.button, e.key) for e in released} == {
        ("pointer_up", 1, 1, ""),
        ("key_up", 1, 0, "A"),
    }
    renderer.gate.leave(1)
    assert len(renderer.records) == 5


def test_a_key_may_come_up_under_its_other_name() -> None:
    renderer = Renderer()
    renderer.send("key_down", key="a")
    assert renderer.send("key_up", key="A") is not None
    renderer.gate.leave(1)
    assert len(renderer.records) == 2


def test_a_release_without_a_press_is_refused() -> None:
    renderer = Renderer()
    assert renderer.send("pointer_up") is None
    assert renderer.gate.refused == {"unpaired": 1}


def test_a_flood_is_cut_and_recovers() -> None:
    renderer = Renderer()
    message = json.dumps(
        {"type": "wheel", "id": 1, "x": 0, "y": 0, "dx": 0, "dy": 1, "buttons": [], "modifiers": []}
    )
    for _message in range(int(RATE_BURST) + 100):
        renderer.gate.submit(1, message)
    assert renderer.gate.refused["rate"] == 100
    renderer.now += 1
    assert renderer.gate.submit(1, message) is not None


def test_resize_is_returned_but_not_passed_on() -> None:
    renderer = Renderer()
    size = {"type": "resize", "id": 1, "width": 800, "height": 600, "pixel_ratio": 1}
    event = renderer.gate.submit(1, json.dumps(size))
    assert event is not None
    assert event.width == 800
    assert not renderer.records


def test_frames_name_the_viewers_own_newest_input() -> None:
    renderer = Renderer()
    renderer.send("pointer_move", viewer=1, id=10)
    renderer.send("pointer_move", viewer=2, id=77)
    renderer.send("pointer_move", viewer=1, id=11)
    numbers = [event.id for event in renderer.records]
    gate = renderer.gate
    assert gate.shown(1, numbers[0] - 1) == 0
    assert gate.shown(1, numbers[1]) == 10
    assert gate.shown(2, numbers[1]) == 77
    assert gate.shown(1, numbers[2]) == 11
    assert gate.shown(1, numbers[2] + 5) == 11
    assert gate.shown(9, numbers[2]) == 0
