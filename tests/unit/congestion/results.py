"""Make packet results in milliseconds."""

from __future__ import annotations

from vizstream.congestion.history import PacketResult


def result(
    seq: int,
    send_ms: float,
    arrival_ms: float | None,
    size: int = 1200,
    *,
    probe: int | None = None,
    late: bool = False,
) -> PacketResult:
    arrival_us = None if arrival_ms is None else round(arrival_ms * 1000)
    return PacketResult(seq, round(send_ms * 1e6), arrival_us, size, probe, late)


def paced(
    count: int,
    *,
    bps: float,
    capacity_bps: float = 1e9,
    begin_ms: float = 0.0,
    delay_ms: float = 25.0,
    size: int = 1200,
    first_seq: int = 0,
) -> list[PacketResult]:
    """Packets sent evenly at one rate through an empty bottleneck of another."""
    results = []
    free_ms = 0.0
    for index in range(count):
        send_ms = begin_ms + index * size * 8000 / bps
        free_ms = max(free_ms, send_ms) + size * 8000 / capacity_bps
        results.append(result(first_seq + index, send_ms, free_ms + delay_ms, size))
    return results
