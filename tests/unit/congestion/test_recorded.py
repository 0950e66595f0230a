"""What real browsers reported, replayed: the estimate must follow without the loop being closed.

The traces say themselves what they are.  Nothing reacts in a replay: rates go down, but no probe is sent.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from vizstream.congestion import CongestionController, parse_feedback

TRACES = Path(__file__).parent / "traces"
NAMES = [path.stem for path in sorted(TRACES.glob("*.json"))]


class Moment(NamedTuple):
    second: float
    target_bps: int
    queue_ms: float
    loss: float


def load(name: str) -> dict[str, Any]:
    return json.loads((TRACES / f"{name}.json").read_text())


def replay(name: str) -> list[Moment]:
    trace = load(name)
    control = CongestionController(start_bps=trace["target_bps"], max_bps=4_000_000)
    events: list[tuple[int, int, Any]] = []
    at_us = 0
    for index, (gap_us, size, *again) in enumerate(trace["sent"]):
        at_us += gap_us
        events.append((at_us, 0, (trace["first_seq"] + index, size, bool(again))))
    events += [(at_us, 1, bytes.fromhex(data)) for at_us, data in trace["feedback"]]
    events += [(at_us, 2, report) for at_us, *report in trace["reports"]]
    events += [(tick_us, 3, None) for tick_us in range(0, at_us, 100_000)]
    moments = []
    for at_us, kind, what in sorted(events, key=lambda event: event[:2]):
        now_ns = 9_000_000_000 + at_us * 1000
        if kind == 0:
            seq, size, again = what
            control.on_sent(seq, size, now_ns, extra=again)
        elif kind == 1:
            control.on_feedback(what, now_ns)
            moments.append(Moment(at_us / 1e6, control.target_bps, control.queue_ms, control.loss))
        elif kind == 2:
            control.on_report(*what, now_ns)
        else:
            control.on_tick(now_ns)
    return moments


@pytest.mark.parametrize("name", NAMES)
def test_each_message_is_read_whole(name: str) -> None:
    trace = load(name)
    newest = trace["first_seq"] + len(trace["sent"]) - 1
    reference, numbers, arrived, covered = None, [], set(), set()
    for _at_us, data in trace["feedback"]:
        for one in parse_feedback(bytes.fromhex(data), newest, reference):
            reference = one.reference
            numbers.append(one.number)
            arrived.update(seq for seq, _arrival_us in one.arrivals)
            covered.update(range(one.base_seq, one.base_seq + one.span))
    assert len(numbers) > 50
    steps = {(after - before) % 256 for before, after in pairwise(numbers)}
    assert steps <= {1, 2, 3}, "one by one, but for messages that were lost"
    assert len(arrived) > 0.9 * len(trace["sent"])
    assert arrived <= covered


def test_a_line_that_narrows_tenfold_is_left_at_once() -> None:
    moments = replay("narrowing")
    # The first packet that took its time arrived about 2.4 s into the trace.
    late = next(moment.second for moment in moments if moment.queue_ms > 25 and moment.second > 2.3)
    low = next(moment.second for moment in moments if moment.target_bps < 300_000)
    assert low - late < 0.25
    assert min(moment.target_bps for moment in moments if moment.second < late) > 2_400_000
    assert all(150_000 < moment.target_bps < 300_000 for moment in moments if moment.second >= low)


def test_random_loss_does_not_pull_the_rate_down() -> None:
    moments = replay("lossy")
    assert min(moment.target_bps for moment in moments) > 500_000
    assert moments[-1].target_bps > 700_000
    losses = [moment.loss for moment in moments if moment.second > 2]
    assert 0.03 < sum(losses) / len(losses) < 0.08


def test_a_start_on_a_line_narrower_than_the_first_target() -> None:
    moments = replay("narrow_start")
    assert next(moment.second for moment in moments if moment.target_bps < 150_000) < 1.2
    assert min(moment.target_bps for moment in moments) > 65_000
    assert moments[-1].target_bps < 150_000
