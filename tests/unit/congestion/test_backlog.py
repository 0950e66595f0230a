"""When the line will be free."""

from __future__ import annotations

import pytest

from vizstream.congestion.backlog import FeedbackInterval, LineQueue, expected_bytes

MS = 1_000_000
#: A packet of 1000 bytes takes 80 ms.
BPS = 100_000


def test_packets_follow_one_another() -> None:
    line = LineQueue()
    line.on_sent(1000, BPS, 0)
    line.on_sent(1000, BPS, 10 * MS)
    assert line.wait_ms(10 * MS) == pytest.approx(150)
    line.on_sent(500, BPS, 500 * MS)
    assert line.wait_ms(500 * MS) == pytest.approx(40), "the line was idle in between"
    assert line.wait_ms(600 * MS) == 0


def test_what_was_seen_corrects_what_was_reckoned() -> None:
    line = LineQueue()
    for _packet in range(10):
        line.on_sent(1000, BPS, 0)
    # The first waited for 5 ms only: the line is faster than believed, and what follows is reckoned from
    # there.
    line.observe(0, 5.0, [(0, 1000), (20 * MS, 1000)], BPS)
    assert line.wait_ms(20 * MS) == pytest.approx(5 + 80 + 80 - 20)
    line.observe(0, 300.0, [], BPS)
    assert line.wait_ms(100 * MS) == pytest.approx(200)
    line.clear()
    assert line.wait_ms(100 * MS) == 0


def test_the_interval_of_reports_is_followed_and_a_silence_is_not_one() -> None:
    interval = FeedbackInterval()
    for report in range(60):
        interval.update(report * 50 * MS)
    assert interval.ms == pytest.approx(50, abs=1)
    interval.update(10_000 * MS)
    assert interval.ms == pytest.approx(50, abs=1)
    assert expected_bytes(100, 50, 400_000) == 7500
