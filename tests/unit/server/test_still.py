"""Bodies that grow or die under their readers, and the pace at which they leave."""

from __future__ import annotations

import asyncio

import pytest

from vizstream.server.still import BURST_S, MIN_BURST_BYTES, Body, Pace


async def read(body: Body) -> bytes:
    return b"".join([part async for part in body.parts()])


def test_readers_get_the_same_whether_they_come_early_or_late() -> None:
    async def scenario() -> None:
        body = Body()
        body.add(b"one")
        early = [asyncio.create_task(read(body)) for _reader in range(3)]
        await asyncio.sleep(0)
        body.add(b"three")
        await asyncio.sleep(0)
        assert not any(reader.done() for reader in early)
        body.finish()
        whole = b"\0\0\0\3one\0\0\0\5three"
        assert [await reader for reader in early] == [whole] * 3
        assert await read(body) == whole
        assert body.size == len(whole)

    asyncio.run(scenario())


def test_a_body_that_is_dropped_ends_at_once_and_frees_its_bytes() -> None:
    async def scenario() -> None:
        body = Body()
        body.add(b"one")
        reader = asyncio.create_task(read(body))
        await asyncio.sleep(0)
        body.drop()
        await asyncio.wait_for(reader, 1)
        assert body.void
        body.add(b"late")
        assert await read(body) == b""

    asyncio.run(scenario())


@pytest.mark.parametrize("rate_bps", [100_000, 1_000_000, 50_000_000])
def test_the_pace_is_the_rate_without_bursts(rate_bps: float) -> None:
    pace, now, sent = Pace(0.0), 0.0, 0
    while now < 5.0:
        size = pace.allows(now, rate_bps)
        assert size <= max(MIN_BURST_BYTES, rate_bps * BURST_S / 8)
        pace.spend(size)
        sent += size
        if not size:
            now += pace.delay_s(rate_bps) + 0.0005  # event loops are late
    assert sent * 8 / 5 == pytest.approx(rate_bps, rel=0.05)


def test_a_pause_is_not_made_good_in_one_go() -> None:
    pace = Pace(0.0)
    pace.spend(pace.allows(0.0, 1e6))
    assert pace.allows(60.0, 1e6) <= 1e6 * BURST_S / 8 + MIN_BURST_BYTES


def test_a_head_start_leaves_at_once_and_does_not_come_back() -> None:
    pace, sent = Pace(0.0, 20_000), 0
    while size := pace.allows(0.0, 1e6):
        pace.spend(size)
        sent += size
    assert sent == pytest.approx(20_000, abs=MIN_BURST_BYTES)
    assert pace.allows(60.0, 1e6) <= 1e6 * BURST_S / 8 + MIN_BURST_BYTES


def test_nothing_leaves_at_no_rate() -> None:
    pace = Pace(0.0)
    pace.spend(MIN_BURST_BYTES)
    assert pace.allows(10.0, 0.0) == 0
    assert pace.delay_s(0.0) > 0
    early = Pace(0.0, 20_000)
    assert early.allows(1.0, 0.0) == 0
    assert early.allows(1.0, 1e6) > 0, "the head start is for when the pause has ended"
