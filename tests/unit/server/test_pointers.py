"""Others' pointers: what moved, together, and no more of it than a line bears."""

from __future__ import annotations

from vizstream.server.pointers import LINE_SHARE, OVERHEAD_BYTES, Pointers

WIDE = 1e9
ANNA, BEN, CLEO = 1, 2, 3


def test_each_hears_of_the_others_and_not_of_itself() -> None:
    pointers = Pointers()
    pointers.point(ANNA, 1, 10.4, 20.6)
    pointers.point(BEN, 1, 30, 40)
    assert pointers.news(ANNA, 1, 0, WIDE) == [(BEN, 30, 40)]
    assert pointers.news(BEN, 1, 0, WIDE) == [(ANNA, 10, 21)]
    assert pointers.news(CLEO, 1, 0, WIDE) == [(ANNA, 10, 21), (BEN, 30, 40)]


def test_what_does_not_move_is_not_told_again() -> None:
    pointers = Pointers()
    pointers.point(ANNA, 1, 10, 20)
    pointers.point(BEN, 1, 30, 40)
    pointers.news(CLEO, 1, 0, WIDE)
    assert pointers.news(CLEO, 1, 1, WIDE) == []
    pointers.point(BEN, 1, 30.2, 40)
    assert pointers.news(CLEO, 1, 2, WIDE) == [], "less than a pixel"
    pointers.point(BEN, 1, 31, 40)
    pointers.point(BEN, 1, 32, 40)
    assert pointers.news(CLEO, 1, 3, WIDE) == [(BEN, 32, 40)], "only where it is now"


def test_one_that_leaves_is_told_once() -> None:
    pointers = Pointers()
    pointers.point(ANNA, 1, 10, 20)
    pointers.news(BEN, 1, 0, WIDE)
    pointers.hide(ANNA)
    pointers.hide(ANNA)
    assert pointers.news(BEN, 1, 1, WIDE) == [(ANNA, None, None)]
    assert pointers.news(BEN, 1, 2, WIDE) == []
    pointers.point(CLEO, 1, 1, 1)
    pointers.leave(CLEO)
    assert pointers.news(BEN, 1, 3, WIDE) == []


def test_pointers_are_seen_by_those_who_see_the_same_window() -> None:
    pointers = Pointers()
    pointers.point(ANNA, 1, 10, 20)
    assert pointers.news(BEN, 2, 0, WIDE) == []
    assert pointers.news(BEN, 1, 1, WIDE) == [(ANNA, 10, 20)]
    assert pointers.news(BEN, 2, 1.1, WIDE) == [], "the page has cleared them away"
    assert pointers.news(BEN, 1, 1.2, WIDE) == [(ANNA, 10, 20)]
    pointers.point(ANNA, 2, 10, 20)
    assert pointers.news(BEN, 1, 2, WIDE) == [(ANNA, None, None)]
    assert pointers.news(BEN, 2, 3, WIDE) == [(ANNA, 10, 20)]


def test_a_narrow_line_hears_less_often_and_still_the_last_of_it() -> None:
    pointers = Pointers()
    line_bps, told, bits = 150_000, [], 0.0
    for step in range(100):
        now = step / 10
        pointers.point(ANNA, 1, step, 0)
        if rows := pointers.news(BEN, 1, now, line_bps):
            told.append(rows)
            bits += 8 * (OVERHEAD_BYTES + 20)
    assert 10 < len(told) < 40
    assert bits / 10 < 1.3 * LINE_SHARE * line_bps
    assert pointers.news(BEN, 1, 11, line_bps) == [(ANNA, 99, 0)]
