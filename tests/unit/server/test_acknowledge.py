"""Acknowledgements of what comes through the data channels."""

from __future__ import annotations

import asyncio
import time

from vizstream.server.acknowledge import DELAY_S, PACKETS, delay_acknowledgements


class Sctp:
    """What the delay reads of aiortc's transport; counts what it would send."""

    def __init__(self) -> None:
        self.state = "connected"
        self.sent: list[float] = []
        self._sack_needed = False
        self._sack_misordered: set[int] = set()
        self._sack_duplicates: list[int] = []

    async def _send_sack(self) -> None:
        self.sent.append(time.monotonic())
        self._sack_needed = False

    async def receive(self) -> None:
        self._sack_needed = True
        await self._send_sack()
        assert not self._sack_needed


async def _until(sctp: Sctp, count: int) -> None:
    deadline = time.monotonic() + 5
    while len(sctp.sent) < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def test_one_acknowledgement_answers_all_that_came_meanwhile() -> None:
    async def scenario() -> None:
        sctp = Sctp()
        delay_acknowledgements(sctp)  # type: ignore[arg-type]
        began = time.monotonic()
        for _packet in range(PACKETS - 1):
            await sctp.receive()
        assert sctp.sent == []
        await _until(sctp, 1)
        assert sctp.sent[0] - began >= 0.9 * DELAY_S
        await sctp.receive()
        await _until(sctp, 2)

    asyncio.run(scenario())


def test_many_packets_and_losses_are_answered_at_once() -> None:
    async def scenario() -> None:
        sctp = Sctp()
        delay_acknowledgements(sctp)  # type: ignore[arg-type]
        for _packet in range(PACKETS):
            await sctp.receive()
        assert len(sctp.sent) == 1
        await sctp.receive()
        sctp._sack_misordered = {7}
        await sctp.receive()
        assert len(sctp.sent) == 2
        sctp._sack_misordered = set()
        # The timer of the first went with that.
        await asyncio.sleep(1.5 * DELAY_S)
        assert len(sctp.sent) == 2

    asyncio.run(scenario())


def test_nothing_is_sent_once_the_channels_are_closed() -> None:
    async def scenario() -> None:
        sctp = Sctp()
        delay_acknowledgements(sctp)  # type: ignore[arg-type]
        await sctp.receive()
        sctp.state = "closed"
        await asyncio.sleep(1.5 * DELAY_S)
        assert sctp.sent == []

    asyncio.run(scenario())
