# ruff: noqa: T201 - new links are shown where the first ones were
"""Everybody who watches, together: who they are, who steers, where they point.

Connects the pure parts (`roster`, `helm`, `pointers`) with the viewers' sessions.  What changes is spread at
the next `tick`, so that somebody who comes in costs one message to each, not three.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from .helm import NOBODY, Helm
from .names import clean_name
from .pointers import Pointers
from .roster import Roster

if TYPE_CHECKING:
    from collections.abc import Callable

    from vizstream.events import InputEvent
    from vizstream.protocol import Wish

    from .session import Session
    from .tokens import Tokens

logger = logging.getLogger(__name__)

#: Seconds between the last word to somebody who is dropped and the end of the connection: SCTP needs a turn
#: of the loop and a packet to carry it out, and another one where that is lost.
LAST_WORD_S = 0.3


class Company:
    """The viewers whose connections stand.

    Lives in the event loop.

    Parameters
    ----------
    seen_by : callable
        Gives the number of the window that a viewer sees.
    let_go : callable
        Releases all that a viewer holds down.
    tokens : Tokens
        Those that hold now.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(
        self,
        seen_by: Callable[[int], int],
        let_go: Callable[[int], None],
        tokens: Tokens,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.locked = False
        self._seen_by = seen_by
        self._let_go = let_go
        self._clock = clock
        self._sessions: dict[int, Session] = {}
        self._tokens = tokens
        self._roster = Roster(
            elects=not tokens.owner,
            owner=tokens.recall("owner", ""),
            dropped=tuple(tokens.recall("dropped", ())),
        )
        self._pointers = Pointers()
        self._helms: dict[int, Helm] = {}
        # Who had the locked helm of a window and lost its line: gets it back.
        self._expected: dict[int, str] = {}
        self._changed = False

    # Who is here

    def join(self, session: Session) -> None:
        """Take in a viewer whose connection stands."""
        self._sessions[session.viewer] = session
        self._roster.arrive(session.viewer, session.role, self._clock(), owner=session.owner)
        self._changed = True

    def leave(self, session: Session) -> None:
        """Let go of a viewer; idempotent."""
        viewer = session.viewer
        person = self._roster.people.get(viewer)
        if person is None:
            return
        for window, helm in self._helms.items():
            if helm.viewer == viewer and helm.locked:
                self._expected[window] = person.ticket
        del self._sessions[viewer]
        self._abandon(viewer)
        self._pointers.leave(viewer)
        self._roster.leave(viewer)
        self._changed = True

    def turn(self, session: Session) -> None:
        """Note that a viewer sees another window from now on."""
        self._abandon(session.viewer)
        self._pointers.hide(session.viewer)
        self._changed = True

    def tell(self, session: Session) -> None:
        """Tell a viewer who is here and who steers, as far as it does not know yet."""
        session.tell_news(self._roster.message())
        session.tell_news(self._helm_message(session.viewer))
        session.tell_news(self._tokens.message(session.role))

    # What they do

    def admits(self, viewer: int, event: InputEvent) -> bool:
        """Say whether a viewer may send an event to the renderer now; it may take the helm by that."""
        if viewer not in self._sessions:
            return False
        if event.type.startswith("pointer") or event.type == "wheel":
            self._point(viewer, event.x, event.y, inside=event.type != "pointer_leave")
        helm = self._helm(self._seen_by(viewer))
        before = helm.viewer
        admitted = helm.admits(viewer, event, self._clock(), owner=self._roster.owns(viewer))
        if helm.viewer != before:
            self._passed(before)
        return admitted

    def take(self, session: Session, wish: Wish) -> bool:
        """Do what a viewer wants of the server, if that is for it to want; say whether it is."""
        viewer, values = session.viewer, wish.values
        if viewer not in self._sessions:
            return False
        if wish.type == "me":
            self._meet(session, **values)
        elif wish.type == "point":
            self._point(viewer, **values)
        elif wish.type == "quality":
            session.quality = values["quality"]
        elif wish.type == "helm":
            return self._hand_over(viewer, values["viewer"])
        elif not self._roster.owns(viewer):
            return False
        elif wish.type == "lock":
            self._lock(viewer, locked=values["locked"])
        elif wish.type == "drop":
            return self._drop(values["viewer"])
        elif wish.type == "rotate":
            return self._rotate()
        return True

    def tick(self) -> None:
        """Spread what has changed; to be called ten times a second at most."""
        now = self._clock()
        self._settle(now)
        for helm in self._helms.values():
            self._changed |= helm.rest(now)
        if self._changed:
            self._changed = False
            for session in list(self._sessions.values()):
                self.tell(session)
        if len(self._sessions) > 1:
            for viewer, session in list(self._sessions.items()):
                self._tell_pointers(viewer, session, now)

    # Inside

    def _tell_pointers(self, viewer: int, session: Session, now: float) -> None:
        if not session.listens:
            return
        rows = self._pointers.news(viewer, self._seen_by(viewer), now, session.transport.control.target_bps)
        if rows:
            session.tell({"type": "pointers", "rows": rows})

    def _helm(self, window: int) -> Helm:
        return self._helms.setdefault(window, Helm(locked=self.locked))

    def _helm_message(self, viewer: int) -> dict[str, Any]:
        helm = self._helms.get(self._seen_by(viewer))
        # Who is alone need not hear each time that it steers.
        shown = helm.viewer if helm is not None and len(self._sessions) > 1 else NOBODY
        return {"type": "helm", "viewer": shown, "locked": self.locked}

    def _point(self, viewer: int, x: float, y: float, *, inside: bool) -> None:
        if inside:
            self._pointers.point(viewer, self._seen_by(viewer), x, y)
        else:
            self._pointers.hide(viewer)

    def _passed(self, before: int) -> None:
        """See that who had the helm holds nothing any more, and that all hear of it."""
        if before != NOBODY:
            self._let_go(before)
        self._changed = True

    def _abandon(self, viewer: int) -> None:
        for helm in self._helms.values():
            helm.leave(viewer)

    def _meet(self, session: Session, ticket: str, name: str) -> None:
        viewer = session.viewer
        if not self._roster.introduce(viewer, ticket, clean_name(name)):
            self._send_away(session)
            return
        self._settle(self._clock())
        for window in [window for window, expected in self._expected.items() if expected == ticket]:
            del self._expected[window]
            helm = self._helm(window)
            if helm.locked and helm.viewer == NOBODY:
                helm.give(viewer, self._clock())
        self._changed = True

    def _settle(self, now: float) -> None:
        """See that somebody owns the scene; a new owner finds the helm unlocked."""
        if self._roster.settle(now):
            self._changed = True
            self._set_lock(locked=False)
            self._tokens.keep(owner=self._roster.owner)

    def _hand_over(self, viewer: int, to: int) -> bool:
        """Give the helm to somebody: its holder may, unless it is locked, and the owner always."""
        person = self._roster.people.get(to)
        if to != NOBODY and (person is None or person.role != "control"):
            return False
        window = self._seen_by(viewer if to == NOBODY else to)
        helm = self._helm(window)
        if not self._roster.owns(viewer) and (helm.viewer != viewer or helm.locked):
            return False
        before = helm.viewer
        helm.give(to, self._clock())
        self._expected.pop(window, None)
        if before != to:
            self._passed(before)
        return True

    def _lock(self, owner: int, *, locked: bool) -> None:
        helm = self._helm(self._seen_by(owner))
        self._set_lock(locked=locked)
        if locked and helm.viewer == NOBODY:
            helm.give(owner, self._clock())
        self._changed = True

    def _set_lock(self, *, locked: bool) -> None:
        self.locked = locked
        self._expected.clear()
        for helm in self._helms.values():
            helm.locked = locked

    def _drop(self, viewer: int) -> bool:
        session = self._sessions.get(viewer)
        # Not the owner: a second tab may have the same ticket, and would keep the first one out as well.
        if session is None or self._roster.owns(viewer):
            return False
        self._roster.drop(viewer)
        self._tokens.keep(dropped=list(self._roster.dropped))
        self._send_away(session)
        return True

    def _rotate(self) -> bool:
        """Replace the tokens; those who are here stay, and learn the new ones."""
        if not self._tokens.auth:
            return False
        self._tokens.rotate()
        steer, watch = self._tokens.links()
        print(f"vizstream: the links have changed\n  to steer: {steer}\n  to watch: {watch}", file=sys.stderr)
        sys.stderr.flush()
        self._changed = True
        return True

    def _send_away(self, session: Session) -> None:
        """End a visit, with a last word."""
        logger.info("viewer %d was dropped", session.viewer)
        session.tell({"type": "dropped", "message": "The owner of the scene has ended your visit."})
        # From here on it is nobody: neither its input nor its wishes count.
        self._let_go(session.viewer)
        self.leave(session)
        asyncio.get_running_loop().call_later(LAST_WORD_S, session.close)
