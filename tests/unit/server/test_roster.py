"""Who is here, in which colour, and who owns the scene."""

from __future__ import annotations

from typing import Any

from vizstream.server.roster import COLOURS, MAX_REMEMBERED, OWNER_GRACE_S, Roster


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.1)."""
    levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    return sum(weight * level for weight, level in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def names(roster: Roster) -> list[Any]:
    rows: Any = roster.message()["rows"]
    return [row[1] for row in rows]


def test_colours_can_be_read_and_seen() -> None:
    for colour in COLOURS:
        assert contrast(colour, "#ffffff") >= 4.5, colour
        assert contrast(colour, "#0f1216") >= 3, colour


def test_everybody_has_a_name_and_a_colour_of_its_own() -> None:
    roster = Roster()
    for viewer in range(1, 13):
        roster.arrive(viewer, "view", 0)
    assert len({person.colour for person in roster.people.values()}) == 12
    assert names(roster)[:2] == ["Guest 1", "Guest 2"]
    roster.arrive(13, "view", 0)
    roster.leave(1)
    roster.leave(1)
    assert roster.arrive(14, "view", 0).name == "Guest 1"


def test_who_comes_back_is_known_again() -> None:
    roster = Roster()
    for viewer, ticket in ((1, "anna"), (2, "ben")):
        roster.arrive(viewer, "control", 0)
        roster.introduce(viewer, ticket, "")
    roster.introduce(2, "ben", "Ben")
    colour = roster.people[2].colour
    roster.leave(1)
    roster.leave(2)
    assert roster.arrive(3, "control", 1).colour != colour
    assert roster.introduce(3, "ben", "")
    assert (roster.people[3].name, roster.people[3].colour) == ("Ben", colour)


def test_a_colour_that_another_one_has_meanwhile_is_not_taken_from_it() -> None:
    roster = Roster()
    roster.arrive(1, "view", 0)
    roster.introduce(1, "anna", "Anna")
    colour = roster.people[1].colour
    roster.leave(1)
    assert roster.arrive(2, "view", 0).colour == colour
    roster.arrive(3, "view", 0)
    roster.introduce(3, "anna", "")
    assert roster.people[3].name == "Anna"
    assert roster.people[3].colour != colour


def test_the_first_with_the_control_link_owns_the_scene() -> None:
    roster = Roster()
    for viewer, role in ((1, "view"), (2, "control"), (3, "control"), (4, "control")):
        roster.arrive(viewer, role, 0)
    assert not roster.settle(0), "nobody has said who it is"
    roster.introduce(1, "anna", "")
    roster.introduce(3, "cleo", "")
    assert roster.settle(0)
    roster.introduce(2, "ben", "")
    assert not roster.settle(0)
    assert [roster.owns(viewer) for viewer in (1, 2, 3, 4, 99)] == [False, False, True, False, False]


def test_an_owner_who_comes_back_in_time_is_the_owner() -> None:
    roster = Roster()
    for viewer, ticket in ((1, "anna"), (2, "ben")):
        roster.arrive(viewer, "control", 0)
        roster.introduce(viewer, ticket, "")
        roster.settle(0)
    roster.settle(100)
    roster.leave(1)
    assert not roster.settle(100 + OWNER_GRACE_S - 1)
    roster.arrive(3, "control", 160)
    roster.introduce(3, "anna", "")
    assert not roster.settle(200)
    assert roster.owns(3)
    roster.leave(3)
    assert roster.settle(200 + OWNER_GRACE_S)
    assert roster.owns(2)


def test_who_comes_to_an_empty_room_first_does_not_take_it_over() -> None:
    roster = Roster(owner="anna")
    roster.arrive(1, "control", 1000)
    roster.introduce(1, "ben", "")
    assert not roster.settle(1000)
    roster.arrive(2, "control", 1001)
    roster.introduce(2, "anna", "")
    assert roster.owns(2)


def test_with_an_owners_token_nobody_else_is_one() -> None:
    roster = Roster(elects=False)
    roster.arrive(1, "control", 0)
    roster.introduce(1, "anna", "")
    assert not roster.settle(1e6)
    assert not roster.owns(1)
    roster.arrive(2, "control", 0, owner=True)
    assert roster.owns(2)


def test_who_was_dropped_does_not_come_back() -> None:
    roster = Roster()
    roster.arrive(1, "view", 0)
    roster.introduce(1, "anna", "")
    roster.drop(1)
    roster.leave(1)
    roster.arrive(2, "view", 0)
    assert not roster.introduce(2, "anna", "Ben")
    assert not Roster(dropped=("anna",)).introduce(2, "anna", "Ben")


def test_what_is_remembered_is_bounded() -> None:
    roster = Roster()
    for viewer in range(2 * MAX_REMEMBERED):
        roster.arrive(viewer, "view", 0)
        roster.introduce(viewer, f"ticket{viewer}", "")
        roster.drop(viewer)
        roster.leave(viewer)
    assert len(roster.dropped) == len(roster._remembered) == MAX_REMEMBERED
