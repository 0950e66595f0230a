"""When parity packets are worth their bytes."""

from __future__ import annotations

from vizstream.congestion.protection import LEAST_NS, Protection

S = 1_000_000_000


def test_a_line_that_loses_is_protected_until_it_has_not_lost_for_a_while() -> None:
    protection = Protection()
    assert not protection.update(0.01, 50, 0, 1 * S)
    assert protection.update(0.03, 50, 0, 2 * S)
    assert protection.update(0.01, 50, 0, 60 * S), "a little loss is no reason to end it"
    assert not protection.update(0.0, 50, 0, 61 * S)
    assert protection.update(0.03, 50, 0, 70 * S)
    assert protection.update(0.0, 50, 0, 71 * S), "loss comes in spells"
    assert not protection.update(0.0, 50, 0, 70 * S + LEAST_NS + 1)


def test_a_near_viewer_is_sent_what_is_missing_sooner() -> None:
    assert not Protection().update(0.05, 3, 0, S)


def test_an_overflowing_queue_is_not_filled_further() -> None:
    assert not Protection().update(0.05, 50, 250, S)
