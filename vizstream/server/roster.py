"""Who is here, by name and colour, and who owns the scene: plain values.

A viewer is one connection; a person is who comes back after a reload or a lost line.  The page keeps a
secret for that, its ticket, and shows it to the server alone.  The first person with the control link owns
the scene, until somebody else has had to wait for it for `OWNER_GRACE_S`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Colours of people, all with a contrast of at least 4.5 to the white text on them and 3 to the page's dark
#: ground (WCAG 2.1, 1.4.3 and 1.4.11).
COLOURS = (
    "#0b6fd6",
    "#bd5000",
    "#1a7f37",
    "#b03a9e",
    "#8f6500",
    "#7a4ce0",
    "#cc2450",
    "#0b7a80",
    "#66731a",
    "#a8503e",
    "#4a66c4",
    "#b04678",
)

#: Seconds for which an owner may be away, as after a reload or in a tunnel, before another one is found.
OWNER_GRACE_S = 60.0

#: People who have gone and are remembered, the oldest forgotten first.
MAX_REMEMBERED = 256


@dataclass
class Person:
    """Somebody who is here.

    Parameters
    ----------
    viewer : int
        Its number.
    role : str
        ``control`` or ``view``.
    name, colour : str
        As others see it.
    ticket : str
        What it is known again by; empty for who has shown none, such as a plain WHEP player.
    owner : bool
        Whether it came with the owner's token.
    """

    viewer: int
    role: str
    name: str
    colour: str
    ticket: str = ""
    owner: bool = False


class Roster:
    """Everybody who is here.

    Parameters
    ----------
    elects : bool
        Whether the first one with the control link owns the scene; not where there is an owner's token.
    owner : str
        Ticket of the owner, from an earlier server process of this run.
    dropped : iterable of str
        Tickets of those who may not come back.
    """

    def __init__(self, *, elects: bool = True, owner: str = "", dropped: tuple[str, ...] = ()) -> None:
        self.people: dict[int, Person] = {}
        self.owner = owner
        self.dropped = dict.fromkeys(dropped)
        self._elects = elects
        self._owner_seen_at = 0.0
        self._remembered: dict[str, tuple[str, str]] = {}

    def arrive(self, viewer: int, role: str, now: float, *, owner: bool = False) -> Person:
        """Take in a viewer whose connection stands."""
        if not self.people:
            # However long nobody was here, the owner has a while to be first.
            self._owner_seen_at = now
        person = Person(viewer, role, self._free_name(), self._free_colour(), owner=owner)
        self.people[viewer] = person
        return person

    def introduce(self, viewer: int, ticket: str, name: str) -> bool:
        """Learn who a viewer is; say whether it may stay.

        Parameters
        ----------
        viewer : int
            Its number.
        ticket : str
            What it is known by.
        name : str
            Cleaned; empty for any.
        """
        if ticket in self.dropped:
            return False
        person = self.people[viewer]
        if person.ticket != ticket:
            person.ticket = ticket
            old_name, old_colour = self._remembered.pop(ticket, ("", person.colour))
            if old_colour not in {other.colour for other in self.people.values() if other is not person}:
                person.colour = old_colour
            name = name or old_name
        person.name = name or person.name
        return True

    def leave(self, viewer: int) -> None:
        """Let go of a viewer; idempotent."""
        person = self.people.pop(viewer, None)
        if person is not None and person.ticket:
            self._remembered[person.ticket] = (person.name, person.colour)
            while len(self._remembered) > MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]

    def drop(self, viewer: int) -> None:
        """See that a person does not come back."""
        ticket = self.people[viewer].ticket
        if ticket:
            self.dropped[ticket] = None
            while len(self.dropped) > MAX_REMEMBERED:
                del self.dropped[next(iter(self.dropped))]

    def owns(self, viewer: int) -> bool:
        """Say whether a viewer is the owner."""
        person = self.people.get(viewer)
        if person is None:
            return False
        return person.owner or (self._elects and person.ticket != "" and person.ticket == self.owner)

    def settle(self, now: float) -> bool:
        """See that there is an owner, if there can be one; say whether it is another one now."""
        if not self._elects:
            return False
        if any(self.owns(viewer) for viewer in self.people):
            self._owner_seen_at = now
            return False
        if self.owner and now - self._owner_seen_at < OWNER_GRACE_S:
            return False
        heirs = [person for person in self.people.values() if person.role == "control" and person.ticket]
        if not heirs:
            return False
        self.owner = heirs[0].ticket
        self._owner_seen_at = now
        return True

    def message(self) -> dict[str, object]:
        """Return the ``people`` message."""
        rows = [
            [person.viewer, person.name, person.colour, person.role, self.owns(person.viewer)]
            for person in self.people.values()
        ]
        return {"type": "people", "rows": rows}

    def _free_name(self) -> str:
        taken = {person.name for person in self.people.values()}
        return next(name for number in range(1, len(taken) + 2) if (name := f"Guest {number}") not in taken)

    def _free_colour(self) -> str:
        taken = [person.colour for person in self.people.values()]
        return min(COLOURS, key=taken.count)
