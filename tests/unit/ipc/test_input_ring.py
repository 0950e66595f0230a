"""The input ring: every record, in order, whole, or refused."""

import pickle
import random

import pytest

from vizstream.ipc import input_ring as module
from vizstream.ipc import layout
from vizstream.ipc.input_ring import InputRing


@pytest.fixture
def ring():
    ring = InputRing(128)
    yield ring
    ring.close()


def test_records_come_out_in_order(ring):
    producer, consumer = ring.producer(), ring.consumer()
    assert consumer.drain() == []
    assert all(producer.put(record) for record in (b"one", b"", b"three \0\xff"))
    assert consumer.drain() == [b"one", b"", b"three \0\xff"]
    assert consumer.drain() == []


def test_every_length_at_every_place(ring):
    """Records of all lengths wrap around the end at all places."""
    producer, consumer = ring.producer(), ring.consumer()
    for shift in range(16):
        for length in range(121):
            record = bytes((shift + place) % 256 for place in range(length))
            assert producer.put(record)
            assert consumer.drain() == [record]
        assert producer.put(b"12345678")
        assert consumer.drain() == [b"12345678"]


def test_full_refuses_and_loses_nothing(ring):
    producer, consumer = ring.producer(), ring.consumer()
    put = []
    while producer.put(record := f"record {len(put)}".encode()):
        put.append(record)
    assert len(put) == 8  # a word of length and a word of text each
    assert not producer.put(record)
    assert consumer.drain() == put
    assert producer.put(record)
    assert consumer.drain() == [record]


def test_space_is_the_longest_record_that_fits(ring):
    producer, consumer = ring.producer(), ring.consumer()
    assert producer.space == 120
    assert producer.put(bytes(100))
    assert producer.space == 128 - 8 - 104 - 8
    assert not producer.put(bytes(producer.space + 1))
    assert producer.put(bytes(producer.space))
    assert producer.space == -8
    assert not producer.put(b"")
    consumer.drain()
    assert producer.space == 120


def test_a_record_that_could_never_fit_is_an_error(ring):
    producer, consumer = ring.producer(), ring.consumer()
    with pytest.raises(ValueError, match="121 bytes"):
        producer.put(bytes(121))
    assert producer.put(bytes(120))
    assert consumer.drain() == [bytes(120)]


@pytest.mark.parametrize("capacity", [-1, 0, 15])
def test_capacity_has_a_lower_bound(capacity):
    with pytest.raises(ValueError, match="capacity"):
        InputRing(capacity)


def test_capacity_is_rounded_up_to_words():
    ring = InputRing(17)
    assert ring.capacity == 24
    assert ring.producer().put(bytes(16))
    ring.close()


def test_random_traffic_keeps_everything():
    ring = InputRing(1024)
    producer, consumer = ring.producer(), ring.consumer()
    lengths = random.Random(7)  # noqa: S311
    put, drained, refused = [], [], 0
    for number in range(20_000):
        record = number.to_bytes(4, "little") + bytes(lengths.randrange(200))
        if producer.put(record):
            put.append(record)
        else:
            refused += 1
            drained += consumer.drain()
    assert drained + consumer.drain() == put
    assert 0 < refused < 10_000
    ring.close()


class Killed(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("fences", [1, 2])
def test_half_a_record_is_never_seen_and_the_successor_writes_over_it(ring, monkeypatch, fences):
    producer, consumer = ring.producer(), ring.consumer()
    assert producer.put(b"before")
    passed = []

    def fence():
        passed.append(1)
        if len(passed) == fences:
            raise Killed

    monkeypatch.setattr(module, "fence", fence)
    with pytest.raises(Killed):
        producer.put(b"half a record")
    monkeypatch.undo()
    assert consumer.drain() == [b"before"]
    assert ring.producer().put(b"after")
    assert consumer.drain() == [b"after"]


def test_what_a_dead_producer_put_is_still_there(ring):
    consumer = ring.consumer()
    assert ring.producer().put(b"before")
    assert ring.producer().put(b"after")
    assert consumer.drain() == [b"before", b"after"]


def test_positions_outlive_32_bits(ring):
    ring.memory.words[layout.HEAD] = ring.memory.words[layout.TAIL] = (1 << 40) - 64
    producer, consumer = ring.producer(), ring.consumer()
    for number in range(100):
        assert producer.put(str(number).encode())
        assert consumer.drain() == [str(number).encode()]


def test_close_is_idempotent(ring):
    producer = ring.producer()
    ring.close()
    ring.close()
    with pytest.raises(ValueError, match="released"):
        producer.put(b"x")


def test_is_picklable_only_while_spawning(ring):
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(ring)
