"""Merging: movement may be lost, what changes state may not."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vizstream.events import Held, InputEvent, can_merge, merge

_KINDS = ("pointer_move", "pointer_down", "pointer_up", "wheel", "key_down", "key_up", "resize")


@st.composite
def _events(draw: st.DrawFn) -> list[InputEvent]:
    kinds = draw(st.lists(st.sampled_from(_KINDS), max_size=40))
    return [
        InputEvent(
            type=kind,
            id=index + 1,
            viewer=draw(st.integers(1, 2)),
            x=float(index),
            dy=1.0 if kind == "wheel" else 0.0,
            buttons=draw(st.sampled_from([(), (1,)])),
        )
        for index, kind in enumerate(kinds)
    ]


def _of(events: list[InputEvent], *kinds: str) -> list[InputEvent]:
    return [event for event in events if event.type in kinds]


@given(_events())
def test_nothing_that_changes_state_is_merged_away(events: list[InputEvent]) -> None:
    kinds = ("pointer_down", "pointer_up", "key_down", "key_up")
    assert _of(merge(events), *kinds) == _of(events, *kinds)


@given(_events())
def test_order_and_the_last_event_stay(events: list[InputEvent]) -> None:
    merged = merge(events)
    ids = [event.id for event in merged]
    assert ids == sorted(ids)
    if events:
        assert merged[-1].id == events[-1].id
        assert merged[-1].x == events[-1].x
    assert merge(merged) == merged
    assert not any(can_merge(old, new) for old, new in pairwise(merged))


@given(_events())
def test_wheel_movement_adds_up(events: list[InputEvent]) -> None:
    assert sum(e.dy for e in merge(events)) == sum(e.dy for e in events)


def test_moves_with_and_without_a_button_stay_apart() -> None:
    hover = InputEvent("pointer_move", id=1, viewer=1)
    drag = InputEvent("pointer_move", id=2, viewer=1, buttons=(1,))
    assert merge([hover, drag]) == [hover, drag]


def test_moves_of_two_viewers_stay_apart() -> None:
    mine = InputEvent("pointer_move", id=1, viewer=1)
    yours = InputEvent("pointer_move", id=2, viewer=2)
    assert merge([mine, yours, mine]) == [mine, yours, mine]


def test_what_is_held_can_be_let_go() -> None:
    held = Held()
    for event in (
        InputEvent("pointer_down", viewer=1, button=1, buttons=(1,), x=5),
        InputEvent("pointer_down", viewer=2, button=1, buttons=(1,)),
        InputEvent("pointer_move", viewer=1, buttons=(1,)),
        InputEvent("key_down", viewer=1, key="A"),
        InputEvent("key_down", viewer=1, key="Shift"),
    ):
        assert held.note(event)
    assert held.note(InputEvent("pointer_up", viewer=2, button=1))
    assert held.note(InputEvent("key_up", viewer=1, key="a")), "a key may come up under its other name"
    assert not held.note(InputEvent("pointer_up", viewer=2, button=1))
    released = held.let_go()
    assert {(e.type, e.viewer, e.button, e.key, e.x) for e in released} == {
        ("pointer_up", 1, 1, "", 5),
        ("key_up", 1, 0, "Shift", 0),
    }
    assert held.let_go() == []
