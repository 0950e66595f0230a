"""The round trip: smoothed, and the least."""

from __future__ import annotations

from vizstream.congestion.roundtrip import ASSUMED_MS, RoundTrip

S = 1_000_000_000


def test_nothing_is_known_at_first() -> None:
    trip = RoundTrip()
    assert (trip.smoothed_ms, trip.least_ms, trip.recent_ms) == (0.0, ASSUMED_MS, None)


def test_reports_are_better_than_feedback() -> None:
    trip = RoundTrip()
    trip.update(90, 0)
    assert trip.smoothed_ms == 90
    trip.reported(50, 0, alone=False)
    assert trip.smoothed_ms == 50
    assert trip.least_ms == 90, "which tells what feedback takes"
    trip.reported(58, 0, alone=False)
    assert trip.smoothed_ms == 51


def test_the_least_forgets_a_path_that_is_gone() -> None:
    trip = RoundTrip()
    trip.update(30, 0)
    trip.update(80, 1 * S)
    assert trip.least_ms == 30
    trip.update(80, 11 * S)
    assert trip.least_ms == 30
    trip.update(80, 22 * S)
    assert trip.least_ms == 80


def test_alone_reports_tell_the_least() -> None:
    trip = RoundTrip()
    trip.reported(70, 0, alone=True)
    trip.reported(40, S, alone=True)
    assert trip.least_ms == 40
