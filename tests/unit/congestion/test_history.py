"""What was sent, and what became of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizstream.congestion.feedback import Feedback
from vizstream.congestion.history import SentHistory


def feedback(base: int, *arrivals_ms: float | None) -> Feedback:
    arrived = [(base + index, round(ms * 1000)) for index, ms in enumerate(arrivals_ms) if ms is not None]
    return Feedback(base, len(arrivals_ms), arrived, 0, 0)


def sent(count: int, *, first: int = 0, capacity: int = 64) -> SentHistory:
    history = SentHistory(capacity)
    for index in range(count):
        history.add(first + index, 100 + index, 1_000_000 * index, 7 if index == 1 else None)
    return history


def test_each_packet_is_matched_with_what_was_sent() -> None:
    history = sent(3)
    one, two, three = history.match(feedback(0, 30, 31, None))
    assert (one.seq, one.send_ns, one.arrival_us, one.size, one.probe) == (0, 0, 30_000, 100, None)
    assert (two.send_ns, two.arrival_us, two.size, two.probe) == (1_000_000, 31_000, 101, 7)
    assert (three.arrival_us, three.size, three.late) == (None, 102, False)


def test_packets_that_left_together_are_like_packets_one_by_one() -> None:
    together, single = SentHistory(8), SentHistory(8)
    sizes = [100, 101, 102, 103, 104, 105]
    for first in (5, 11, 17):
        together.add_run(first, sizes, first, probe=3)
        for seq, size in enumerate(sizes, first):
            single.add(seq, size, first, probe=3)
        assert list(together.in_flight()) == list(single.in_flight())
        assert together.in_flight_bytes == single.in_flight_bytes
    assert together.match(feedback(17, 1, None, 2)) == single.match(feedback(17, 1, None, 2))
    with pytest.raises(ValueError, match="grow"):
        together.add_run(22, sizes, 30)


def test_what_left_and_arrived_together_is_one_result() -> None:
    history = SentHistory(64)
    history.add_run(0, [100, 101, 102, 103], 1_000_000)
    history.add_run(4, [50, 51], 2_000_000)
    one, two, three = history.match(feedback(0, 30, 30, 30.25, 30.25, 30.25, 30.25))
    assert (one.seq, one.size, one.packets, one.arrival_us) == (0, 201, 2, 30_000)
    assert (two.seq, two.size, two.packets, two.send_ns) == (2, 205, 2, 1_000_000)
    assert (three.seq, three.size, three.packets, three.send_ns) == (4, 101, 2, 2_000_000)
    assert history.in_flight_bytes == 0


def test_what_has_to_be_told_apart_stays_apart() -> None:
    """Packets of a probe, each of which counts; lost ones; and late ones beside those that were not."""
    history = SentHistory(64)
    history.add_run(0, [100, 100], 0, probe=3)
    history.add_run(2, [100, 100, 100, 100], 0)
    results = history.match(feedback(0, 30, 30, 30, None, None, 30))
    assert [(one.seq, one.packets, one.probe) for one in results] == [
        (0, 1, 3),
        (1, 1, 3),
        (2, 2, None),
        (3, 1, None),
        (4, 1, None),
    ]
    history.add(6, 100, 0)
    late = history.match(feedback(3, 40, 40, 40, 40))
    assert [(one.seq, one.packets, one.late) for one in late] == [(3, 2, True), (6, 1, False)]


def test_a_packet_is_matched_once() -> None:
    history = sent(3)
    history.match(feedback(0, 30, None, 32))
    assert history.match(feedback(0, 30, None, 32)) == []


def test_what_was_overtaken_arrives_late() -> None:
    history = sent(3)
    history.match(feedback(0, 30, None, 32))
    (late,) = history.match(feedback(1, 33, 32))
    assert (late.seq, late.arrival_us, late.late) == (1, 33_000, True)
    assert history.in_flight_bytes == 0


def test_feedback_clears_what_is_in_flight() -> None:
    history = sent(4, first=1000)
    assert (history.in_flight_bytes, history.in_flight_packets) == (406, 4)
    assert history.oldest_in_flight_ns == 0
    history.match(feedback(1000, 30, None))
    assert (history.in_flight_bytes, history.in_flight_packets) == (205, 2)
    assert history.oldest_in_flight_ns == 2_000_000
    history.match(feedback(1002, 40, 41))
    assert history.in_flight_bytes == 0
    assert history.oldest_in_flight_ns is None


def test_lost_feedback_leaves_nothing_in_flight_and_no_losses() -> None:
    history = sent(6)
    (result,) = history.match(feedback(5, 50))
    assert result.seq == 5
    assert history.in_flight_bytes == 0


def test_giving_up_still_learns() -> None:
    history = sent(3)
    history.give_up()
    assert (history.in_flight_bytes, history.in_flight_packets) == (0, 0)
    history.add(3, 50, 9)
    assert history.in_flight_bytes == 50
    assert [result.seq for result in history.match(feedback(0, 30, None, 32, 33))] == [0, 2, 3]
    assert history.in_flight_bytes == 0


def test_memory_is_bounded() -> None:
    history = sent(200, capacity=64)
    assert history.in_flight_packets == 64
    assert history.match(feedback(0, 30)) == []
    assert len(history.match(feedback(0, *[None] * 199, 30))) == 64
    assert (history.in_flight_bytes, history.in_flight_packets) == (0, 0)


def test_numbers_grow() -> None:
    history = sent(3)
    with pytest.raises(ValueError, match="grow"):
        history.add(2, 1, 0)
    with pytest.raises(ValueError, match="power of two"):
        SentHistory(100)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.lists(st.booleans(), min_size=1, max_size=20), st.integers(0, 12)),
        max_size=20,
    )
)
def test_in_flight_is_what_no_feedback_covered(steps: list[tuple[int, list[bool], int]]) -> None:
    """Compare with a set, whatever is sent, covered, covered again, and overrun."""
    history = SentHistory(32)
    sizes: dict[int, int] = {}
    settled: set[int] = set()
    newest = covered = -1
    for count, got, back in steps:
        for _packet in range(count):
            newest += 1
            sizes[newest] = 100 + newest
            history.add(newest, sizes[newest], newest)
        base = max(0, covered + 1 - back)
        times = [1.0 if arrived else None for arrived in got][: newest - base + 1]
        if times:
            results = history.match(feedback(base, *times))
            for result in results:
                assert (result.seq in settled) == result.late
                settled.add(result.seq)
            covered = max(covered, base + len(times) - 1)
        flying = [seq for seq in range(max(covered + 1, newest - 31), newest + 1) if seq in sizes]
        assert history.in_flight_packets == len(flying)
        assert history.in_flight_bytes == sum(sizes[seq] for seq in flying)
