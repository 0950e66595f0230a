"""The input ring: byte records from one producer to one consumer, in order, none lost unnoticed.

::

    ────────┬──────────┬────────┬─────────────
     free   │ record   │ record │ free           positions count all bytes ever, modulo CAPACITY they
    ────────┴──────────┴────────┴─────────────   are places; a record may wrap around the end
            ▲ TAIL              ▲ HEAD

The producer copies a record behind ``HEAD`` and then moves ``HEAD`` over it; the consumer copies the
records out and then moves ``TAIL``.  A producer killed in between has moved nothing, so half a record is
never seen, and its successor writes over it.
"""

from __future__ import annotations

from . import layout
from .fence import fence
from .layout import WORD, round_up
from .memory import SharedMemory


class InputRing:
    """Shared memory for records on their way.

    It may be pickled only as an argument of a process that is being spawned.

    Parameters
    ----------
    capacity : int
        In bytes, rounded up to whole words; each record takes one word more than its length, rounded up.
        The default holds more than 250 of the longest input events.

    Raises
    ------
    ValueError
        If there is no room for a record of one byte.
    """

    capacity: int
    memory: SharedMemory

    def __init__(self, capacity: int = 65536) -> None:
        if capacity < 2 * WORD:
            raise ValueError(f"capacity must be at least {2 * WORD} bytes, not {capacity}")
        capacity = round_up(capacity, WORD)
        memory = SharedMemory(layout.RECORDS + capacity)
        layout.stamp(memory.words, layout.INPUT_RING_MAGIC, capacity)
        self._open(memory)

    def _open(self, memory: SharedMemory) -> None:
        layout.check(memory.words, layout.INPUT_RING_MAGIC)
        self.memory = memory
        self.capacity = memory.words[layout.INPUT_CAPACITY]

    def __getstate__(self) -> SharedMemory:
        return self.memory

    def __setstate__(self, memory: SharedMemory) -> None:
        self._open(memory)

    def producer(self) -> InputProducer:
        """Return the producer.  There may be one; a new one continues where a dead one stopped."""
        return InputProducer(self)

    def consumer(self) -> InputConsumer:
        """Return the consumer.  There may be one."""
        return InputConsumer(self)

    def close(self) -> None:
        """Unmap the memory in this process.  Idempotent."""
        self.memory.close()


class InputProducer:
    """The end that puts records in.  For one thread at a time; nothing here blocks."""

    def __init__(self, ring: InputRing) -> None:
        self._words = ring.memory.words
        self._buf = ring.memory.buf
        self._capacity = ring.capacity

    @property
    def awake_since_ns(self) -> int:
        """When the consumer last woke, by `time.monotonic_ns`; 0 while it sleeps, and at first."""
        since: int = self._words[layout.AWAKE_SINCE]
        return since

    @property
    def drawing_since_ns(self) -> int:
        """When the consumer began to draw, by the same clock; 0 while it does not."""
        since: int = self._words[layout.DRAWING_SINCE]
        return since

    @property
    def space(self) -> int:
        """The length in bytes of the longest record that fits now; negative if not even an empty one."""
        free: int = self._capacity - (self._words[layout.HEAD] - self._words[layout.TAIL])
        return free - WORD

    def put(self, record: bytes) -> bool:
        """Append a record.

        Returns
        -------
        bool
            False if the ring is too full; the record is not in it then.

        Raises
        ------
        ValueError
            If the record would not fit in an empty ring either.
        """
        length = len(record)
        size = WORD + round_up(length, WORD)
        capacity = self._capacity
        if size > capacity:
            raise ValueError(f"a record of {length} bytes does not fit in a ring of {capacity} bytes")
        words = self._words
        head = words[layout.HEAD]
        if head + size - words[layout.TAIL] > capacity:
            return False
        fence()  # the consumer is done with the bytes that TAIL has left behind
        place = head % capacity
        words[(layout.RECORDS + place) // WORD] = length
        place = (place + WORD) % capacity
        first = min(length, capacity - place)
        buf = self._buf
        start = layout.RECORDS + place
        buf[start : start + first] = record[:first]
        if first < length:
            buf[layout.RECORDS : layout.RECORDS + length - first] = record[first:]
        fence()
        words[layout.HEAD] = head + size
        return True


class InputConsumer:
    """The end that takes records out.  For one thread at a time; nothing here blocks."""

    def __init__(self, ring: InputRing) -> None:
        self._words = ring.memory.words
        self._buf = ring.memory.buf
        self._capacity = ring.capacity

    def note_awake(self, since_ns: int) -> None:
        """Tell the producer since when the consumer has been awake; 0 says that it goes to sleep.

        One store.  So whoever waits for the consumer can tell one that computes from one that has nothing to
        do, without asking it.
        """
        self._words[layout.AWAKE_SINCE] = since_ns

    def note_drawing(self, since_ns: int) -> None:
        """Tell the producer since when a picture is being drawn; 0 says that none is."""
        self._words[layout.DRAWING_SINCE] = since_ns

    def drain(self) -> list[bytes]:
        """Take all records out, oldest first."""
        words, buf, capacity = self._words, self._buf, self._capacity
        tail, head = words[layout.TAIL], words[layout.HEAD]
        records: list[bytes] = []
        if tail == head:
            return records
        fence()
        while tail < head:
            place = tail % capacity
            length = words[(layout.RECORDS + place) // WORD]
            place = (place + WORD) % capacity
            first = min(length, capacity - place)
            start = layout.RECORDS + place
            record = bytes(buf[start : start + first])
            if first < length:
                record += bytes(buf[layout.RECORDS : layout.RECORDS + length - first])
            records.append(record)
            tail += WORD + round_up(length, WORD)
        fence()
        words[layout.TAIL] = head
        return records
