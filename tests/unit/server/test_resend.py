"""What may be sent again, how often, and how much of it."""

from __future__ import annotations

import pytest

from vizstream.server.pacer import Packet
from vizstream.server.resend import HISTORY, RETRANSMIT_AFTER_S, RETRANSMIT_BURST_BYTES, ResendHistory


def _sent(*sizes: int) -> ResendHistory:
    history = ResendHistory()
    for sequence, size in enumerate(sizes):
        history.add(sequence, Packet(sequence * 10, False, bytes(size)))
    return history


def test_a_packet_comes_again_as_it_was() -> None:
    packet = _sent(5, 7, 9).again(1, 0.0, 0.0)
    assert packet == Packet(10, False, bytes(7), repeats=1)


def test_not_twice_within_a_round_trip() -> None:
    history = _sent(5)
    assert history.again(0, 1.0, 0.2) is not None
    assert history.again(0, 1.19, 0.2) is None
    assert history.again(0, 1.21, 0.2) is not None
    assert history.again(0, 1.21 + RETRANSMIT_AFTER_S / 2, 0.0) is None


@pytest.mark.parametrize("sequence", [3, HISTORY, 2**16 - 1])
def test_what_was_never_sent_cannot_be_had(sequence: int) -> None:
    with pytest.raises(LookupError):
        _sent(5, 5, 5).again(sequence, 0.0, 0.0)


def test_what_was_long_ago_is_forgotten() -> None:
    history = _sent(*[5] * (HISTORY + 1))
    with pytest.raises(LookupError):
        history.again(0, 0.0, 0.0)
    assert history.again(1, 0.0, 0.0) is not None


def test_the_budget_is_spent_and_grows_with_what_is_sent() -> None:
    history, size = _sent(*[1000] * 200), 1000
    count = RETRANSMIT_BURST_BYTES // size + 1
    for sequence in range(count):
        assert history.again(sequence, 0.0, 0.0) is not None
    with pytest.raises(LookupError):
        history.again(count, 0.0, 0.0)
    for sequence in range(200, 210):
        history.add(sequence, Packet(0, False, bytes(size)))
    assert history.again(count, 0.0, 0.0) is not None


def test_packets_sent_together_are_remembered_over_the_end_of_the_numbers() -> None:
    history = ResendHistory()
    history.add_all(2**16 - 2, [Packet(index, False, bytes(4)) for index in range(4)])
    found = [history.again(sequence, 0.0, 0.0) for sequence in (2**16 - 2, 2**16 - 1, 0, 1)]
    assert [(packet.stamp, packet.repeats) for packet in found if packet] == [
        (0, 2**16 - 2),
        (1, 2**16 - 1),
        (2, 0),
        (3, 1),
    ]


def test_padding_is_a_small_recent_packet() -> None:
    assert ResendHistory().padding() is None
    padding = _sent(1, *[900] * 20, 60, 700).padding()
    assert padding is not None
    assert (padding.repeats, len(padding.payload)) == (21, 60)


def test_what_was_abandoned_is_not_sent_again_but_what_follows_is() -> None:
    history = _sent(5, 5, 5)
    history.abandon()
    history.add(3, Packet(30, False, bytes(5)))
    assert [history.again(sequence, 0.0, 0.0) for sequence in range(3)] == [None] * 3
    assert history.again(3, 0.0, 0.0) is not None


def test_numbers_come_round_again_after_something_was_abandoned() -> None:
    history = _sent(5, 5, 5)
    history.abandon()
    for sequence in range(3, 2**16 + 3):
        history.add(sequence & 0xFFFF, Packet(sequence, False, bytes(1)))
    assert history.again(1, 0.0, 0.0) == Packet(2**16 + 1, False, bytes(1), repeats=1)
