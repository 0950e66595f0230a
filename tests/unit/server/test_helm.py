"""Who steers: one at a time, whoever acts, never in the middle of another's gesture."""

from __future__ import annotations

from typing import Any

import pytest

from vizstream.events import InputEvent
from vizstream.server.helm import IDLE_S, NOBODY, STALE_S, TAIL_S, Helm

ANNA, BEN, OWNER = 1, 2, 3


class Scene:
    """A helm and a clock."""

    def __init__(self) -> None:
        self.helm = Helm()
        self.now = 100.0

    def do(self, viewer: int, kind: str, *, owner: bool = False, after: float = 0.01, **fields: Any) -> bool:
        self.now += after
        if kind == "key_down":
            fields.setdefault("key", "w")
        if kind == "pointer_down":
            fields = {"button": 1, "buttons": (1,), **fields}
        if kind == "pointer_up":
            fields = {"button": 1, **fields}
        return self.helm.admits(viewer, InputEvent(kind, **fields), self.now, owner=owner)


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize("kind", ["pointer_down", "wheel", "key_down"])
def test_whoever_acts_takes_a_free_helm(scene: Scene, kind: str) -> None:
    assert scene.do(ANNA, kind)
    assert scene.helm.viewer == ANNA


@pytest.mark.parametrize(
    ("kind", "fields"), [("pointer_move", {}), ("pointer_enter", {}), ("key_down", {"key": "Shift"})]
)
def test_who_only_hovers_passes_while_it_is_free_and_takes_nothing(
    scene: Scene, kind: str, fields: dict[str, Any]
) -> None:
    assert scene.do(ANNA, kind, **fields)
    assert scene.helm.viewer == NOBODY
    assert scene.do(BEN, "wheel")
    assert not scene.do(ANNA, kind, **fields), "the scene has one pointer, and Ben has it"
    assert not scene.do(ANNA, kind, after=1, **fields)
    assert scene.helm.viewer == BEN


def test_nobody_gets_in_between_press_and_release(scene: Scene) -> None:
    assert scene.do(ANNA, "pointer_down")
    for _step in range(5):
        assert scene.do(ANNA, "pointer_move", buttons=(1,), after=0.5)
        assert not scene.do(BEN, "pointer_down")
        assert not scene.do(BEN, "wheel")
        assert not scene.do(BEN, "key_down")
    assert scene.do(ANNA, "pointer_up")
    assert not scene.do(BEN, "pointer_down"), "it may be the first half of a double click"
    assert scene.do(BEN, "pointer_down", after=TAIL_S)
    assert scene.helm.viewer == BEN


def test_two_buttons_are_one_gesture_until_both_are_up(scene: Scene) -> None:
    scene.do(ANNA, "pointer_down")
    scene.do(ANNA, "pointer_down", button=2, buttons=(1, 2))
    scene.do(ANNA, "pointer_up", buttons=(2,))
    assert not scene.do(BEN, "pointer_down", after=2)
    scene.do(ANNA, "pointer_up", button=2)
    assert scene.do(BEN, "pointer_down", after=1)


def test_a_wheel_turns_on_for_a_moment_and_a_held_key_until_it_is_up(scene: Scene) -> None:
    scene.do(ANNA, "wheel")
    assert not scene.do(BEN, "wheel", after=TAIL_S / 2)
    assert scene.do(BEN, "wheel", after=TAIL_S)
    assert scene.do(ANNA, "key_down", key="a", after=TAIL_S + 0.1)
    assert not scene.do(BEN, "wheel", after=2)
    assert scene.do(ANNA, "key_up", key="A"), "Shift came in between"
    assert scene.do(BEN, "wheel", after=TAIL_S + 0.01)


def test_a_hand_that_died_in_a_drag_does_not_keep_the_helm(scene: Scene) -> None:
    scene.do(ANNA, "pointer_down")
    assert not scene.do(BEN, "pointer_down", after=STALE_S - 0.1)
    assert scene.do(BEN, "pointer_down", after=0.2)
    assert scene.helm.viewer == BEN
    assert scene.do(ANNA, "pointer_up"), "who held something may let go, if late"
    assert scene.helm.viewer == BEN


def test_it_is_free_again_when_nothing_is_heard_of_its_holder(scene: Scene) -> None:
    scene.do(ANNA, "wheel")
    assert scene.do(ANNA, "pointer_move", after=IDLE_S - 0.1)
    assert not scene.helm.rest(scene.now + IDLE_S - 0.1), "an idle pointer is a sign of life, too"
    assert scene.helm.rest(scene.now + IDLE_S)
    assert scene.helm.viewer == NOBODY
    assert not scene.helm.rest(scene.now + 2 * IDLE_S)
    assert scene.do(BEN, "pointer_move")


def test_who_leaves_frees_it(scene: Scene) -> None:
    scene.do(ANNA, "pointer_down")
    scene.helm.leave(BEN)
    assert scene.helm.viewer == ANNA
    scene.helm.leave(ANNA)
    assert scene.helm.viewer == NOBODY
    assert scene.do(BEN, "pointer_down"), "at once: nobody is in the middle of anything"


def test_a_hand_over_ends_the_gesture(scene: Scene) -> None:
    scene.do(ANNA, "pointer_down")
    scene.helm.give(BEN, scene.now)
    assert not scene.helm.busy(scene.now)
    assert not scene.do(ANNA, "pointer_move", buttons=(1,)), "her drag is over"
    assert scene.do(BEN, "pointer_move")
    assert scene.do(ANNA, "pointer_down"), "who acts takes it back, while it is not locked"
    scene.helm.give(NOBODY, scene.now)
    assert scene.helm.viewer == NOBODY


def test_a_locked_helm_is_taken_by_nobody(scene: Scene) -> None:
    scene.do(ANNA, "wheel")
    scene.helm.locked = True
    assert not scene.do(BEN, "pointer_down", after=60)
    assert not scene.do(OWNER, "pointer_down", owner=True)
    assert not scene.helm.rest(scene.now + 60), "she keeps it, however long she thinks"
    assert scene.do(ANNA, "pointer_down")
    scene.helm.leave(ANNA)
    assert not scene.do(BEN, "pointer_down")
    assert not scene.do(BEN, "pointer_move")
    assert scene.do(OWNER, "pointer_down", owner=True), "the owner need not ask"
    assert scene.helm.viewer == OWNER
