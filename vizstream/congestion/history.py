"""What was sent and not yet reported on.

A ring indexed by transport sequence number, so that memory is bounded whatever the receiver does.  Each
packet is matched once.  A packet counts as in flight until feedback covers its number or a later one: what
a lost feedback message would have said is never learnt, but those packets have left the network all the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .feedback import Feedback

#: Packets remembered; a power of two.  At 20 Mbit/s of 1200-byte packets this is 3.9 s, several times the
#: longest round trip that can still be called interactive.
CAPACITY = 8192


class PacketResult(NamedTuple):
    """What became of one packet, or of some that left together and arrived together.

    Parameters
    ----------
    seq : int
        Transport sequence number, of the first.
    send_ns : int
        When it was sent, on the sender's clock.
    arrival_us : int or None
        When it arrived, on the receiver's clock; None when it was lost.
    size : int
        Bytes on the wire, of all.
    probe : int or None
        Probe cluster that it belongs to.
    late : bool
        It was reported as lost before, and has arrived after all.
    packets : int
        How many they are: one of a probe, and one that was lost, stands alone.
    """

    seq: int
    send_ns: int
    arrival_us: int | None
    size: int
    probe: int | None
    late: bool
    packets: int = 1


#: (seq, send_ns, size, probe, lost): a plain tuple, because a named one costs 0.2 µs more on every packet.
_Sent = tuple[int, int, int, int | None, bool]


class SentHistory:
    """Remember sent packets and match feedback with them.

    Parameters
    ----------
    capacity : int
        Packets remembered; a power of two.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 1 or capacity & (capacity - 1):
            raise ValueError("capacity must be a power of two")
        self._capacity = capacity
        self._mask = capacity - 1
        self._ring: list[_Sent | None] = [None] * capacity
        self._covered = -1
        self.newest_seq = -1
        self.in_flight_bytes = 0
        self.in_flight_packets = 0

    def add(self, seq: int, size: int, now_ns: int, probe: int | None = None) -> None:
        """Remember a packet; ``seq`` is unwrapped and grows.

        Raises
        ------
        ValueError
            When ``seq`` does not grow.
        """
        self.add_run(seq, (size,), now_ns, probe)

    def add_run(self, seq: int, sizes: Sequence[int], now_ns: int, probe: int | None = None) -> None:
        """Remember packets that were sent together: the first one's number, and the bytes of each.

        Raises
        ------
        ValueError
            When ``seq`` does not grow.
        """
        newest = self.newest_seq
        if seq != newest + 1:
            if seq <= newest:
                raise ValueError("transport sequence numbers must grow")
            if newest < 0:
                self._covered = seq - 1
        ring, mask, covered = self._ring, self._mask, self._covered
        for number, size in enumerate(sizes, seq):
            index = number & mask
            old = ring[index]
            if old is not None and old[0] > covered:
                # Overrun: a receiver that is silent for so long is dealt with by the feedback timeout.
                self.in_flight_bytes -= old[2]
                self.in_flight_packets -= 1
            ring[index] = (number, now_ns, size, probe, False)
        self.newest_seq = seq + len(sizes) - 1
        self.in_flight_bytes += sum(sizes)
        self.in_flight_packets += len(sizes)

    @property
    def oldest_in_flight_ns(self) -> int | None:
        """When the oldest packet in flight was sent; None when nothing is in flight."""
        if not self.in_flight_packets:
            return None
        for seq in range(max(self._covered + 1, self.newest_seq - self._mask), self.newest_seq + 1):
            entry = self._ring[seq & self._mask]
            if entry is not None and entry[0] == seq:
                return entry[1]
        return None

    def in_flight(self) -> Iterator[tuple[int, int]]:
        """Yield when each packet in flight was sent, in ns, and its bytes; oldest first."""
        for seq in range(max(self._covered + 1, self.newest_seq - self._mask), self.newest_seq + 1):
            entry = self._ring[seq & self._mask]
            if entry is not None and entry[0] == seq:
                yield entry[1], entry[2]

    def match(self, feedback: Feedback) -> list[PacketResult]:
        """Return what became of the packets that a feedback message covers, each at most once.

        A packet is reported as lost only the first time that feedback covers its number, and once more as
        arrived when it was merely late: receivers report on a packet that was overtaken twice.

        On a wide line a frame of a dozen packets, sent in one go, arrives within one or two of the 250 µs
        that receivers tell apart, and is that many results: a quarter less work for a report on two frames.
        """
        ring, mask, covered = self._ring, self._mask, self._covered
        base_seq, count, arrivals = feedback[0], feedback[1], feedback[2]
        end = base_seq + count
        results: list[PacketResult] = []
        acknowledged_bytes = acknowledged = 0
        # The result that is being put together.
        first = sent_ns = came_us = total = packets = 0
        train: int | None = None
        late = False
        for seq, arrival_us in arrivals:
            index = seq & mask
            entry = ring[index]
            if entry is None or entry[0] != seq:
                continue
            ring[index] = None
            _seq, send_ns, size, probe, lost = entry
            if seq > covered:
                acknowledged_bytes += size
                acknowledged += 1
            if packets:
                if arrival_us == came_us and send_ns == sent_ns and probe is train is None and lost is late:
                    total += size
                    packets += 1
                    continue
                results.append(PacketResult(first, sent_ns, came_us, total, train, late, packets))
            first, sent_ns, came_us, total, packets = seq, send_ns, arrival_us, size, 1
            train, late = probe, lost
        if packets:
            results.append(PacketResult(first, sent_ns, came_us, total, train, late, packets))
        if end - 1 > covered:
            if acknowledged < end - 1 - covered:
                # Something before the end did not arrive, or an earlier feedback message did not.
                for seq in range(max(covered + 1, self.newest_seq - mask), end):
                    entry = ring[seq & mask]
                    if entry is None or entry[0] != seq:
                        continue
                    _seq, send_ns, size, probe, _lost = entry
                    acknowledged_bytes += size
                    acknowledged += 1
                    if seq >= base_seq:
                        ring[seq & mask] = (seq, send_ns, size, probe, True)
                        results.append(PacketResult(seq, send_ns, None, size, probe, False))
            self._covered = end - 1
        self.in_flight_bytes -= acknowledged_bytes
        self.in_flight_packets -= acknowledged
        return results

    def give_up(self) -> None:
        """Count nothing as in flight any more: no feedback has come for so long that none will.

        Feedback that does come is still matched.
        """
        self._covered = self.newest_seq
        self.in_flight_bytes = 0
        self.in_flight_packets = 0
