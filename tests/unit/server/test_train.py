"""A probe is under way until both its packets and its bytes have left."""

from __future__ import annotations

from vizstream.congestion.probing import Probe
from vizstream.server.train import Train


def test_a_train_ends_when_packets_and_bytes_have_left() -> None:
    train = Train()
    assert (train.active, train.bps(5), train.add(1000)) == (False, 5, None)
    train.begin(Probe(7, 2_000_000, packets=3, bytes=2500))
    assert (train.active, train.bps(5)) == (True, 2_000_000)
    assert [train.add(1000), train.add(1000)] == [7, 7]
    assert train.add(400) == 7
    assert train.active, "100 bytes are missing"
    assert train.add(400) == 7
    assert not train.active
    assert train.add(400) is None


def test_a_train_can_be_given_up_and_the_next_counts_anew() -> None:
    train = Train()
    train.begin(Probe(1, 1_000_000, packets=2, bytes=100))
    train.add(1000)
    train.end()
    assert not train.active
    train.begin(Probe(2, 1_000_000, packets=2, bytes=100))
    assert train.add(1000) == 2
    assert train.active
    train.begin(None)
    assert not train.active
