"""Everybody together: what each is told, and who may do what to whom."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from vizstream.config import Config
from vizstream.events import InputEvent
from vizstream.protocol import STATE, Wish
from vizstream.server.company import Company
from vizstream.server.helm import IDLE_S
from vizstream.server.roster import OWNER_GRACE_S
from vizstream.server.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class FakeSession:
    """A viewer who writes down what it is told."""

    def __init__(self, viewer: int, role: str) -> None:
        self.viewer, self.role, self.owner = viewer, role, False
        self.quality = "auto"
        self.listens = True
        self.closed = False
        self.heard: list[dict[str, Any]] = []
        self._last: dict[str, dict[str, Any]] = {}
        self.transport = SimpleNamespace(control=SimpleNamespace(target_bps=1e9))

    def tell(self, message: dict[str, Any]) -> None:
        assert set(message) == {"type", *STATE[message["type"]]}
        self.heard.append(message)

    def tell_news(self, message: dict[str, Any]) -> None:
        if self._last.get(message["type"]) != message:
            self._last[message["type"]] = message
            self.tell(message)

    def close(self) -> None:
        self.closed = True

    def take(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of a type that came since the last call."""
        found = [message for message in self.heard if message["type"] == kind]
        self.heard = [message for message in self.heard if message["type"] != kind]
        return found


class Room:
    """A company, its clock, and who lets go of what."""

    def __init__(self) -> None:
        self.now = 100.0
        self.windows: dict[int, int] = {}
        self.let_go: list[int] = []
        tokens = Tokens(Config(url="http://here/"))
        self.company = Company(
            lambda viewer: self.windows.get(viewer, 1), self.let_go.append, tokens, lambda: self.now
        )
        self._count = 0

    def enter(self, ticket: str = "", role: str = "control", name: str = "") -> Any:
        self._count += 1
        session = FakeSession(self._count, role)
        self.company.join(session)  # type: ignore[arg-type]
        if ticket:
            self.wish(session, "me", ticket=ticket, name=name)
        self.tick()
        return session

    def wish(self, session: Any, kind: str, **values: Any) -> bool:
        return self.company.take(session, Wish(kind, values))

    def do(self, session: Any, kind: str, **fields: Any) -> bool:
        if kind == "pointer_down":
            fields = {"button": 1, "buttons": (1,), **fields}
        return self.company.admits(session.viewer, InputEvent(kind, viewer=session.viewer, **fields))

    def tick(self, seconds: float = 0.1) -> None:
        self.now += seconds
        self.company.tick()


def test_who_is_alone_hears_next_to_nothing() -> None:
    room = Room()
    anna = room.enter("anna")
    assert len(anna.heard) == 3
    for step in range(50):
        room.do(anna, "pointer_move", x=step)
        room.do(anna, "wheel", dy=1)
        room.tick()
    room.tick(IDLE_S)
    assert len(anna.heard) == 3


def test_all_know_who_is_here_and_who_steers() -> None:
    room = Room()
    anna, ben = room.enter("anna", name="Anna"), room.enter("ben", "view", "Ben\u202e")
    (people,) = ben.take("people")
    assert [(row[0], row[1], row[3], row[4]) for row in people["rows"]] == [
        (1, "Anna", "control", True),
        (2, "Ben", "view", False),
    ]
    ben.take("helm")
    room.do(anna, "pointer_down")
    room.tick()
    assert ben.take("helm") == [{"type": "helm", "viewer": 1, "locked": False}]
    room.company.leave(anna)
    room.tick()
    assert ben.take("people")[-1]["rows"][0][0] == 2
    assert ben.take("helm")[-1]["viewer"] == 0


def test_somebody_who_comes_in_is_one_message_to_the_others() -> None:
    room = Room()
    anna = room.enter("anna")
    anna.take("people")
    room.enter("ben", name="Ben")
    assert len(anna.take("people")) == 1


def test_the_one_in_a_gesture_is_not_disturbed_and_the_other_lets_go() -> None:
    room = Room()
    anna, ben = room.enter("anna"), room.enter("ben")
    assert room.do(anna, "pointer_down")
    assert not room.do(ben, "pointer_down")
    room.now += 6
    assert room.do(ben, "pointer_down"), "nothing was heard of her"
    assert room.let_go == [anna.viewer]


def test_pointers_go_to_the_others_whether_they_steer_or_not() -> None:
    room = Room()
    anna, ben, cleo = room.enter("anna"), room.enter("ben", "view"), room.enter("cleo")
    room.do(anna, "pointer_down", x=10, y=20)
    room.do(cleo, "pointer_move", x=30, y=40)
    room.wish(ben, "point", x=50, y=60, inside=True)
    room.tick()
    assert ben.take("pointers")[0]["rows"] == [(1, 10, 20), (3, 30, 40)]
    assert anna.take("pointers")[0]["rows"] == [(3, 30, 40), (2, 50, 60)]
    room.tick()
    room.wish(ben, "point", x=0, y=0, inside=False)
    room.do(cleo, "pointer_leave")
    room.tick()
    assert anna.take("pointers") == [{"type": "pointers", "rows": [(3, None, None), (2, None, None)]}]


def test_each_window_has_a_helm_and_pointers_of_its_own() -> None:
    room = Room()
    anna, ben = room.enter("anna"), room.enter("ben")
    room.company.turn(ben)
    room.windows[ben.viewer] = 2
    assert room.do(anna, "pointer_down", x=1, y=1)
    assert room.do(ben, "pointer_down", x=2, y=2)
    room.tick()
    assert (anna.take("helm")[-1]["viewer"], ben.take("helm")[-1]["viewer"]) == (1, 2)
    assert not ben.take("pointers")
    room.company.turn(ben)
    room.windows[ben.viewer] = 1
    room.tick()
    assert ben.take("helm")[-1]["viewer"] == 1
    assert ben.take("pointers")[0]["rows"] == [(1, 1, 1)]


def test_what_is_the_owners_is_refused_to_others() -> None:
    room = Room()
    anna, ben, cleo = room.enter("anna"), room.enter("ben"), room.enter("cleo", "view")
    for session in (ben, cleo):
        assert not room.wish(session, "lock", locked=True)
        assert not room.wish(session, "drop", viewer=anna.viewer)
        assert not room.wish(session, "helm", viewer=session.viewer)
    assert not room.wish(anna, "drop", viewer=anna.viewer), "not oneself"
    assert not room.wish(anna, "drop", viewer=99)
    assert not room.wish(anna, "helm", viewer=cleo.viewer), "she may not steer"
    assert not room.wish(anna, "helm", viewer=99)


def test_new_tokens_are_told_to_those_who_are_here(capsys: pytest.CaptureFixture[str]) -> None:
    room = Room()
    anna, ben, cleo = room.enter("anna"), room.enter("ben"), room.enter("cleo", "view")
    before = anna.take("links")[-1]
    assert ben.take("links") == [before]
    assert cleo.take("links") == [{"type": "links", "control": "", "view": before["view"]}]
    assert not room.wish(ben, "rotate")
    assert room.wish(anna, "rotate")
    room.tick()
    (now,) = ben.take("links")
    assert not {now["control"], now["view"]} & {before["control"], before["view"]}
    assert cleo.take("links") == [{"type": "links", "control": "", "view": now["view"]}]
    words = capsys.readouterr().err
    assert f"http://here/#token={now['control']}" in words
    assert f"http://here/#token={now['view']}" in words


def test_a_preference_is_noted() -> None:
    room = Room()
    anna = room.enter("anna", "view")
    assert room.wish(anna, "quality", quality="sharp")
    assert anna.quality == "sharp"


def test_the_helm_is_handed_over() -> None:
    room = Room()
    anna, ben, cleo = room.enter("anna"), room.enter("ben"), room.enter("cleo")
    room.do(ben, "pointer_down")
    assert room.wish(ben, "helm", viewer=cleo.viewer), "who has it may give it away"
    assert room.let_go == [ben.viewer]
    assert not room.wish(ben, "helm", viewer=ben.viewer)
    assert room.wish(anna, "helm", viewer=anna.viewer), "the owner may take it"
    assert room.wish(anna, "helm", viewer=0)
    room.tick()
    assert cleo.take("helm")[-1]["viewer"] == 0


def test_a_locked_helm_goes_where_the_owner_says() -> None:
    room = Room()
    anna, ben, cleo = room.enter("anna"), room.enter("ben"), room.enter("cleo")
    assert room.wish(anna, "lock", locked=True)
    room.tick()
    assert cleo.take("helm")[-1] == {"type": "helm", "viewer": 1, "locked": True}
    assert not room.do(ben, "pointer_down")
    room.wish(anna, "helm", viewer=ben.viewer)
    assert room.do(ben, "pointer_down")
    assert not room.wish(ben, "helm", viewer=cleo.viewer)
    room.wish(anna, "lock", locked=False)
    room.now += 10
    assert room.do(cleo, "pointer_down")


def test_who_had_the_locked_helm_and_lost_its_line_has_it_again() -> None:
    room = Room()
    anna, ben = room.enter("anna"), room.enter("ben")
    room.wish(anna, "lock", locked=True)
    room.wish(anna, "helm", viewer=ben.viewer)
    room.company.leave(ben)
    room.tick()
    again = room.enter("ben")
    assert again.take("helm")[-1]["viewer"] == again.viewer
    assert room.do(again, "pointer_down")
    assert not room.do(anna, "pointer_down")


def test_a_lock_does_not_outlast_its_owner() -> None:
    room = Room()
    anna, ben = room.enter("anna"), room.enter("ben")
    room.wish(anna, "lock", locked=True)
    room.company.leave(anna)
    room.tick(OWNER_GRACE_S / 2)
    assert not room.do(ben, "pointer_down")
    room.tick(OWNER_GRACE_S)
    assert room.do(ben, "pointer_down")
    assert ben.take("people")[-1]["rows"][0][4], "Ben owns the scene now"


def run(scenario: Callable[[], Any]) -> None:
    async def start() -> None:
        await scenario()

    asyncio.run(start())


def test_who_is_dropped_hears_why_and_is_nobody_from_then_on() -> None:
    async def scenario() -> None:
        room = Room()
        anna, ben = room.enter("anna"), room.enter("ben")
        room.do(ben, "pointer_down")
        assert room.wish(anna, "drop", viewer=ben.viewer)
        assert len(ben.take("dropped")) == 1
        assert ben.viewer in room.let_go
        assert not room.do(ben, "pointer_down")
        assert not room.wish(ben, "point", x=1, y=1, inside=True)
        room.tick()
        assert len(anna.take("people")[-1]["rows"]) == 1
        while not ben.closed:
            await asyncio.sleep(0.01)
        room.company.leave(ben)
        again = room.enter("ben")
        assert len(again.take("dropped")) == 1
        assert not room.do(again, "pointer_down")

    run(scenario)
