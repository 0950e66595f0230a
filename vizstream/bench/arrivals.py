"""Tell the sender which packets arrived when: transport-wide feedback, as browsers send it.  Pure.

draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1; `vizstream.congestion.feedback` reads it.
"""

from __future__ import annotations

import struct

#: Units of the reference time and of the deltas, in microseconds.
_REFERENCE_US, _DELTA_US = 64_000, 250

_LOST, _SMALL, _LARGE = 0, 1, 2

#: Symbols of two bits in one chunk.
_IN_CHUNK = 7

#: Packets in one message at most: it fits into a datagram.
MOST = 400


class Arrivals:
    """Collect the arrivals of one connection's packets."""

    def __init__(self) -> None:
        self._arrived_us: dict[int, int] = {}
        self._next: int | None = None
        self._messages = 0

    def note(self, number: int, now_ns: int) -> None:
        """Note that the packet with a transport-wide sequence number, modulo 65536, has arrived."""
        if self._next is None:
            self._next = number
        # Unwrapped: nearest to the next one that is to be reported.
        ahead = (number - self._next + 0x8000) % 0x10000 - 0x8000
        if ahead >= 0:
            self._arrived_us.setdefault(self._next + ahead, now_ns // 1000)

    def take(self, sender_ssrc: int, media_ssrc: int) -> bytes:
        """Return a message about what came since the last one; empty where nothing did."""
        if not self._arrived_us or self._next is None:
            return b""
        base = self._next
        count = min(max(self._arrived_us) - base + 1, MOST)
        first_us = next(self._arrived_us[n] for n in range(base, base + count) if n in self._arrived_us)
        reference = first_us // _REFERENCE_US
        now = reference * _REFERENCE_US // _DELTA_US
        symbols, deltas = [], b""
        for number in range(base, base + count):
            arrived_us = self._arrived_us.pop(number, None)
            if arrived_us is None:
                symbols.append(_LOST)
                continue
            delta = arrived_us // _DELTA_US - now
            now += delta
            small = 0 <= delta < 256
            symbols.append(_SMALL if small else _LARGE)
            deltas += bytes([delta]) if small else struct.pack("!h", max(-32768, min(32767, delta)))
        self._next = base + count
        body = struct.pack("!LLHH", sender_ssrc, media_ssrc, base & 0xFFFF, count)
        body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes([self._messages & 0xFF])
        body += _chunks(symbols) + deltas
        self._messages += 1
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes([padding])
        return struct.pack("!BBH", 0x8F | (0x20 if padding else 0), 205, len(body) // 4) + body


def _chunks(symbols: list[int]) -> bytes:
    """Write symbols as vectors of two bits each, seven to a chunk."""
    chunks = b""
    for start in range(0, len(symbols), _IN_CHUNK):
        chunk = 0xC000
        for index, symbol in enumerate(symbols[start : start + _IN_CHUNK]):
            chunk |= symbol << (12 - 2 * index)
        chunks += struct.pack("!H", chunk)
    return chunks
