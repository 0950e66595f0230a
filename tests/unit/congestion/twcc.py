"""Build transport-wide RTCP feedback as a receiver does."""

from __future__ import annotations

import struct

LOST, SMALL, LARGE = 0, 1, 2


def build_fci(base_seq: int, arrivals_us: list[int | None], number: int = 0) -> bytes:
    """Return the feedback control information for consecutive packets; arrivals in µs, None for lost."""
    first_us = next((arrival for arrival in arrivals_us if arrival is not None), 0)
    reference = first_us // 64_000
    now = reference * 256  # in 250 µs
    symbols, deltas = [], b""
    for arrival_us in arrivals_us:
        if arrival_us is None:
            symbols.append(LOST)
            continue
        delta = round(arrival_us / 250) - now
        now += delta
        if 0 <= delta < 256:
            symbols.append(SMALL)
            deltas += bytes([delta])
        else:
            symbols.append(LARGE)
            deltas += struct.pack("!h", delta)
    header = struct.pack("!HH", base_seq & 0xFFFF, len(arrivals_us))
    header += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes([number & 0xFF])
    return header + build_chunks(symbols) + deltas


def build_chunks(symbols: list[int]) -> bytes:
    """Encode symbols greedily: a run where it is longer than a vector would be, else the densest vector."""
    chunks = b""
    position = 0
    while position < len(symbols):
        run = 1
        while position + run < len(symbols) and symbols[position + run] == symbols[position] and run < 8191:
            run += 1
        if run >= 14 or position + run == len(symbols):
            chunks += struct.pack("!H", (symbols[position] << 13) | run)
            position += run
            continue
        ones = symbols[position : position + 14]
        if LARGE not in ones:
            chunk = 0x8000
            for index, symbol in enumerate(ones):
                chunk |= symbol << (13 - index)
            position += len(ones)
        else:
            twos = symbols[position : position + 7]
            chunk = 0xC000
            for index, symbol in enumerate(twos):
                chunk |= symbol << (12 - 2 * index)
            position += len(twos)
        chunks += struct.pack("!H", chunk)
    return chunks


def build_rtcp(fci: bytes, *, sender_ssrc: int = 1, media_ssrc: int = 2) -> bytes:
    """Wrap feedback control information as an RTCP packet, padded as libwebrtc does."""
    payload = struct.pack("!LL", sender_ssrc, media_ssrc) + fci
    padding = -len(payload) % 4
    if padding:
        payload += bytes(padding - 1) + bytes([padding])
    first = 0x80 | (0x20 if padding else 0) | 15
    return struct.pack("!BBH", first, 205, len(payload) // 4) + payload


def build_feedback(base_seq: int, arrivals_us: list[int | None], number: int = 0) -> bytes:
    """Return a whole RTCP packet."""
    return build_rtcp(build_fci(base_seq, arrivals_us, number))
