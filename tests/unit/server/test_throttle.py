"""How fast a transfer may go, by the queue before the line."""

from __future__ import annotations

from collections import deque

import pytest

from vizstream.server.still import HEAD_START_S, bulk_bps
from vizstream.server.throttle import (
    DAMPING,
    GAIN_PER_S,
    LEAST,
    MAX_STEP_S,
    MOST,
    MOST_EXCESS,
    QUEUE_MS,
    Throttle,
)

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


@pytest.mark.parametrize(("belief", "most_ms"), [(0.8, 130), (1.0, 130), (1.1, 180), (1.25, 260)])
def test_whoever_steers_into_a_still_waits_behind_a_short_queue(belief: float, most_ms: float) -> None:
    """A home router's queue holds 300 ms, and loses the rest: headers, some video, and news a queue late."""
    line_bps, step_s, sound_s, round_trip_s = 1_000_000.0, 0.005, 0.15, 0.05
    throttle, known_ms, sounded_s = Throttle(0.0), 0.0, -1.0
    queue_bits, idle_bits, longest_ms = HEAD_START_S * belief * line_bps, 0.0, 0.0
    news = deque[tuple[float, float]]()
    for step in range(int(2.6 / step_s)):
        now_s, queue_ms = step * step_s, 1000 * queue_bits / line_bps
        if now_s - sounded_s >= sound_s:
            sounded_s = now_s
            news.append((now_s + queue_ms / 1000 + round_trip_s, queue_ms))
        while news and news[0][0] <= now_s:
            known_ms = news.popleft()[1]
        rate_bps = throttle.update(known_ms, now_s) * bulk_bps(belief * line_bps, congested=False, wide=False)
        queue_bits += (1.042 * rate_bps + 60_000 - line_bps) * step_s
        idle_bits, queue_bits = idle_bits + max(0.0, -queue_bits), max(0.0, queue_bits)
        longest_ms = max(longest_ms, queue_ms)
    assert longest_ms < most_ms
    assert idle_bits < 0.01 * 2.6 * line_bps, "what the line could have carried"


def test_there_are_bounds() -> None:
    assert _run(10_000_000, 5)[0] == pytest.approx((MOST + DAMPING) * RATE)
    assert _run(100_000, 5)[0] == pytest.approx((LEAST - MOST_EXCESS * DAMPING) * RATE)


def test_one_look_is_not_for_a_long_time() -> None:
    throttle = Throttle(0.0)
    assert throttle.update(0.0, 100.0) == pytest.approx(1 + GAIN_PER_S * MAX_STEP_S + DAMPING)
