"""Read transport-wide RTCP feedback: which packets arrived, and when.

The receiver reports on consecutive transport sequence numbers
(draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1)::

     0                   1                   2                   3
    |V=2|P|  FMT=15 |    PT=205     |           length              |
    |                     SSRC of packet sender                     |
    |                      SSRC of media source                     |
    |      base sequence number     |      packet status count      |
    |                 reference time                | fb pkt. count |
    |     packet chunk (16 bits)    |             ...               |
    |          recv delta (8 or 16 bits) ...      zero padding      |

Chunks say for each packet whether it arrived and how wide its delta is; deltas of 250 µs add up to arrival
times.  Two bytes can claim 8191 losses, therefore only arrivals are listed here and what is missing in
``base_seq … base_seq + span`` is lost: the work stays proportional to the bytes received.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import NamedTuple

RTPFB = 205
TRANSPORT_WIDE = 15

_REFERENCE_US = 64_000
_DELTA_US = 250
_FCI = struct.Struct("!HHHBB")
_LARGE = struct.Struct("!h")


class Feedback(NamedTuple):
    """One feedback message.

    Parameters
    ----------
    base_seq : int
        First transport sequence number reported on, unwrapped.
    span : int
        Packets reported on.
    arrivals : list of (int, int)
        Transport sequence number and arrival time in µs of each packet that arrived, by sequence number.
        The origin of the times is the receiver's own.
    reference : int
        The message's reference time in units of 64 ms, unwrapped.
    number : int
        Count of feedback messages modulo 256, by which a lost one shows.
    """

    base_seq: int
    span: int
    arrivals: list[tuple[int, int]]
    reference: int
    number: int

    @property
    def packets(self) -> list[tuple[int, int | None]]:
        """All packets reported on, in order: sequence number and arrival time in µs, or None when lost."""
        arrived = dict(self.arrivals)
        return [(seq, arrived.get(seq)) for seq in range(self.base_seq, self.base_seq + self.span)]


def unwrap(value: int, bits: int, near: int) -> int:
    """Return the integer closest to ``near`` whose low ``bits`` bits are ``value``."""
    half = 1 << (bits - 1)
    return near - half + ((value - near + half) & ((1 << bits) - 1))


def is_only_feedback(data: bytes) -> bool:
    """Say whether a compound RTCP packet is one transport-wide feedback message and nothing else."""
    return (
        len(data) >= 4
        and data[1] == RTPFB
        and data[0] & 0x1F == TRANSPORT_WIDE
        and 4 + 4 * int.from_bytes(data[2:4], "big") == len(data)
    )


def parse_feedback(data: bytes, newest_seq: int, near_reference: int | None = None) -> list[Feedback]:
    """Read all transport-wide feedback in a compound RTCP packet.

    Parameters
    ----------
    data : bytes
        The whole decrypted datagram; parts of other types are skipped.
    newest_seq : int
        Newest transport sequence number sent, unwrapped; -1 before the first.
    near_reference : int, optional
        ``reference`` of the message before; the 24 bits wrap every 12 days of the receiver's uptime.

    Returns
    -------
    list of Feedback
        Empty when there is none.

    Raises
    ------
    ValueError
        When anything in ``data`` is malformed, or reports on packets that were never sent.
    """
    found: list[Feedback] = []
    position, length = 0, len(data)
    while position < length:
        if length - position < 4:
            raise ValueError("RTCP: a part is shorter than its header")
        first, packet_type = data[position], data[position + 1]
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if first >> 6 != 2:
            raise ValueError("RTCP: wrong version")
        if end > length:
            raise ValueError("RTCP: a part is cut short")
        if packet_type == RTPFB and first & 0x1F == TRANSPORT_WIDE:
            begin, stop = position + 12, end
            if first & 0x20:
                # libwebrtc flags its zero padding to a multiple of four as RTCP padding: counts of 1 to 3
                # occur.
                padding = data[end - 1]
                if not 0 < padding <= end - position - 4:
                    raise ValueError("RTCP: wrong padding")
                stop -= padding
            one = parse_fci(data[begin:stop], newest_seq, near_reference)
            near_reference = one.reference
            found.append(one)
        position = end
    return found


def parse_fci(fci: bytes, newest_seq: int, near_reference: int | None = None) -> Feedback:
    """Read the feedback control information: what follows the two SSRCs, without RTCP padding.

    Parameters
    ----------
    fci : bytes
        From the base sequence number on.  Bytes after the last delta are padding.
    newest_seq, near_reference
        As in `parse_feedback`.

    Raises
    ------
    ValueError
        When it is malformed or reports on packets that were never sent.
    """
    size = len(fci)
    if size < 10:
        raise ValueError("transport feedback: too short")
    base, count, reference_high, reference_low, number = _FCI.unpack_from(fci)
    if not count:
        raise ValueError("transport feedback: reports on no packet")
    # Nobody can report on what was not sent: the newest number bounds the unwrapping from above.
    base_seq = newest_seq - ((newest_seq - base) & 0xFFFF)
    if base_seq < 0 or base_seq + count - 1 > newest_seq:
        raise ValueError("transport feedback: reports on packets that were never sent")
    received, wide, position = _read_chunks(fci, base_seq, count)
    reference = (reference_high << 8) | reference_low
    if near_reference is not None:
        reference = unwrap(reference, 24, near_reference)

    now_us = reference * _REFERENCE_US
    deltas = fci[position : position + len(received)]
    if not wide and len(deltas) == len(received):
        # Nothing came late or out of order, as nearly always.
        times = accumulate([_DELTA_US * delta for delta in deltas], initial=now_us)
        next(times)
        return Feedback(base_seq, count, list(zip(received, times, strict=True)), reference, number)
    arrivals: list[tuple[int, int]] = []
    try:
        for seq in received:
            if seq in wide:
                now_us += _DELTA_US * _LARGE.unpack_from(fci, position)[0]
                position += 2
            else:
                now_us += _DELTA_US * fci[position]
                position += 1
            arrivals.append((seq, now_us))
    except (IndexError, struct.error):
        raise ValueError("transport feedback: deltas are cut short") from None
    return Feedback(base_seq, count, arrivals, reference, number)


def _read_chunks(fci: bytes, base_seq: int, count: int) -> tuple[list[int], set[int], int]:
    """Return the packets received, those of them whose deltas are wide, and where the deltas begin."""
    received: list[int] = []
    wide: set[int] = set()
    size = len(fci)
    position = _FCI.size
    seq, end = base_seq, base_seq + count
    while seq < end:
        if position + 2 > size:
            raise ValueError("transport feedback: chunks are cut short")
        chunk = (fci[position] << 8) | fci[position + 1]
        position += 2
        if not chunk & 0x8000:
            # Run length: 2 bits of symbol, 13 bits of length.
            symbol = chunk >> 13
            run = min(chunk & 0x1FFF, end - seq)
            if not run:
                raise ValueError("transport feedback: an empty run")
            if symbol == 3:
                raise ValueError("transport feedback: a reserved symbol")
            if symbol:
                # Each needs a delta: refuse before listing more than the bytes can back.
                if len(received) + run > size - position:
                    raise ValueError("transport feedback: deltas are cut short")
                received += range(seq, seq + run)
                if symbol == 2:
                    wide.update(range(seq, seq + run))
            seq += run
        elif chunk & 0x4000:
            # Seven symbols of 2 bits.
            for shift in range(12, -1, -2):
                if seq == end:
                    break
                symbol = (chunk >> shift) & 3
                if symbol == 3:
                    raise ValueError("transport feedback: a reserved symbol")
                if symbol:
                    received.append(seq)
                if symbol == 2:
                    wide.add(seq)
                seq += 1
        else:
            # Fourteen symbols of 1 bit: lost, or received with a narrow delta.
            for shift in range(13, -1, -1):
                if seq == end:
                    break
                if (chunk >> shift) & 1:
                    received.append(seq)
                seq += 1
    return received, wide, position
