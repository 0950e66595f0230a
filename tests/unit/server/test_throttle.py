"""How fast a transfer may go, by the queue before the line."""

from __future__ import annotations

from collections import deque

import pytest

from vizstream.server.throttle import DAMPING, GAIN_PER_S, LEAST, MAX_STEP_S, MOST, QUEUE_MS, Throttle

RATE = 1_000_000.0


def _run(line_bps: float, seconds: float, known_after_s: float = 0.2) -> tuple[float, float, float]:
    """Send over a line of some rate; return the last second's rate, and the longest and last queue in ms."""
    throttle, queue_bytes, longest, rates = Throttle(0.0), 0.0, 0.0, deque[float](maxlen=100)
    step_s = 0.01
    known = deque([0.0] * round(known_after_s / step_s))
    for step in range(int(seconds / step_s)):
        rates.append(RATE * throttle.factor)
        queue_bytes = max(0.0, queue_bytes + (rates[-1] - line_bps) * step_s / 8)
        known.append(queue_bytes * 8000 / line_bps)
        longest = max(longest, known[-1])
        throttle.update(known.popleft(), (step + 1) * step_s)
    return sum(rates) / len(rates), longest, known[-1]


@pytest.mark.parametrize("line_bps", [800_000, 900_000, 1_000_000, 1_100_000, 1_300_000])
def test_the_line_is_used_and_the_queue_stays_short(line_bps: float) -> None:
    rate_bps, longest, last = _run(line_bps, 6)
    assert rate_bps == pytest.approx(line_bps, rel=0.03)
    assert longest < 300
    assert last == pytest.approx(QUEUE_MS, abs=20)


def test_there_are_bounds() -> None:
    assert _run(10_000_000, 5)[0] == pytest.approx((MOST + DAMPING) * RATE)
    assert _run(100_000, 5)[0] == pytest.approx((LEAST - DAMPING) * RATE)


def test_one_look_is_not_for_a_long_time() -> None:
    throttle = Throttle(0.0)
    assert throttle.update(0.0, 100.0) == pytest.approx(1 + GAIN_PER_S * MAX_STEP_S + DAMPING)
