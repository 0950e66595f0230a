"""Our feedback, read by the product's own reader."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vizstream.bench.arrivals import MOST, Arrivals
from vizstream.congestion.feedback import parse_feedback

MS = 1_000_000


def report(arrivals: Arrivals, newest: int):
    (found,) = parse_feedback(arrivals.take(1, 2), newest)
    return found


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 65535),
    st.lists(st.tuples(st.booleans(), st.integers(0, 70_000_000)), min_size=1, max_size=60),
)
def test_arrivals_are_read_as_they_were(first, packets):
    arrivals, now_ns, sent = Arrivals(), 5_000 * MS, {}
    for number, (arrives, passed_ns) in enumerate([(True, 0), *packets]):
        now_ns += passed_ns
        if arrives:
            arrivals.note((first + number) % 65536, now_ns)
            sent[first + number] = now_ns // 1000
    found = report(arrivals, first + len(packets))
    assert found.base_seq == first
    assert {seq for seq, _at in found.arrivals} == set(sent)
    for seq, at_us in found.arrivals:
        assert abs(at_us - sent[seq]) < 250


def test_the_next_report_goes_on_where_the_last_one_ended():
    arrivals = Arrivals()
    arrivals.note(65534, MS)
    arrivals.note(65535, 2 * MS)
    assert report(arrivals, 65535).base_seq == 65534
    assert arrivals.take(1, 2) == b""
    arrivals.note(65535, 3 * MS)  # comes twice
    assert arrivals.take(1, 2) == b""
    arrivals.note(1, 3 * MS)
    found = report(arrivals, 65537)
    assert [seq for seq, _at in found.packets] == [65536, 65537]
    assert [seq for seq, _at in found.arrivals] == [65537]
    assert found.number == 1


def test_a_report_fits_into_a_datagram():
    arrivals = Arrivals()
    for number in range(3 * MOST):
        arrivals.note(number, number * 100 * MS)
    message = arrivals.take(1, 2)
    assert len(message) < 1200
    assert len(parse_feedback(message, 3 * MOST)[0].arrivals) == MOST
