"""The simulator itself: a line carries what it should, no more and no less."""

from __future__ import annotations

import random

import pytest
from simulator import START_US, Bottleneck, Line, Simulation

S = 1_000_000


def pour(line: Line, bps: float, seconds: float, size: int = 1000) -> list[tuple[float, float, float] | None]:
    """Send evenly; return for each packet when it was sent and arrived, in seconds, and its wait in ms."""
    bottleneck = Bottleneck(line, random.Random(1))  # noqa: S311 - repeatable noise
    outcomes = []
    for index in range(round(seconds * bps / size / 8)):
        now_us = START_US + index * size * 8e6 / bps
        outcome = bottleneck.send(now_us, size)
        outcomes.append(outcome and ((now_us - START_US) / S, (outcome[0] - START_US) / S, outcome[1]))
    return outcomes


def test_a_line_carries_its_rate() -> None:
    arrivals = [one[1] for one in pour(Line([(0, 1e6)], queue_bytes=10**9), 2e6, 10) if one]
    assert len([at for at in arrivals if 1 <= at < 6]) == pytest.approx(625, abs=2)


def test_a_changing_line_carries_each_rate_in_its_time() -> None:
    line = Line([(0, 1e6), (2, 3e5), (4, 2e6)], queue_bytes=10**9, delay_ms=0)
    arrivals = [one[1] for one in pour(line, 3e6, 6) if one]
    counts = [sum(begin <= at < begin + 2 for at in arrivals) for begin in (0, 2, 4)]
    assert counts == [pytest.approx(250, abs=2), pytest.approx(75, abs=2), pytest.approx(500, abs=2)]


def test_an_idle_line_only_delays() -> None:
    for one in pour(Line([(0, 1e6)], delay_ms=30), 5e5, 2):
        assert one is not None
        assert one[1] - one[0] == pytest.approx(0.038, abs=1e-4)
        assert one[2] == pytest.approx(0, abs=0.01)


def test_a_full_queue_drops() -> None:
    outcomes = pour(Line([(0, 1e6)], queue_bytes=20_000), 2e6, 10)
    assert outcomes.count(None) / len(outcomes) == pytest.approx(0.5, abs=0.02)
    assert max(one[2] for one in outcomes if one) == pytest.approx(152, abs=10)


def test_loss_is_what_was_asked() -> None:
    outcomes = pour(Line([(0, 1e7)], loss=0.05), 5e6, 20)
    assert outcomes.count(None) / len(outcomes) == pytest.approx(0.05, abs=0.01)


def test_jitter_keeps_order_unless_asked() -> None:
    for reorder in (False, True):
        arrivals = [one[1] for one in pour(Line([(0, 1e7)], jitter_ms=20, reorder=reorder), 1e6, 5) if one]
        assert (arrivals == sorted(arrivals)) != reorder


def test_a_token_bucket_lets_a_burst_through() -> None:
    line = Line([(0, 1e6)], burst_bytes=20_000, delay_ms=0, queue_bytes=10**9)
    outcomes = pour(line, 1e7, 0.1)
    early = [one for one in outcomes if one and one[1] - one[0] < 1e-4]
    assert 15 <= len(early) <= 23


def test_other_traffic_takes_its_share() -> None:
    line = Line([(0, 1e6)], cross=[(0, 6e5)], queue_bytes=10**9)
    arrivals = [one[1] for one in pour(line, 1e6, 10) if one]
    assert len([at for at in arrivals if 2 <= at < 7]) * 8000 / 5 == pytest.approx(625_000, rel=0.05)


def test_an_outage_lets_nothing_through() -> None:
    outcomes = pour(Line([(0, 1e6)], outages=[(1, 2)]), 5e5, 3)
    sent = [one[0] for one in outcomes if one]
    assert not [at for at in sent if 1 <= at < 2]
    assert len(sent) == pytest.approx(125, abs=2)


def test_a_run_can_be_repeated() -> None:
    one, two = (Simulation(Line([(0, 1e6)], loss=0.02, jitter_ms=3), 5).run() for _run in range(2))
    assert [sample.target_bps for sample in one.samples] == [sample.target_bps for sample in two.samples]
    assert one.shown == two.shown


def test_every_frame_is_shown_on_a_good_line() -> None:
    run = Simulation(Line([(0, 2e7)]), 10, max_bps=6_000_000).run()
    assert run.fps(1, 9) == pytest.approx(30, abs=0.5)
    assert run.keyframes == 1
    assert run.retransmitted == 0
