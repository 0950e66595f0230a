"""The model of TCP over a shaped line, under a clock that the test turns."""

from __future__ import annotations

import heapq
import itertools

import pytest
from shaper_link import Link, LinkSettings
from shaper_tcp import HIGH_WATER_BYTES, TcpFlow
from shaper_wire import Wire


class FakeLoop:
    """The few methods of an event loop that the shaper uses."""

    def __init__(self) -> None:
        self.now = 100.0
        self._calls = []
        self._count = itertools.count()

    def time(self):
        return self.now

    def call_at(self, when, callback, *args):
        handle = FakeHandle(when)
        heapq.heappush(self._calls, (when, next(self._count), handle, callback, args))
        return handle

    def call_later(self, delay, callback, *args):
        return self.call_at(self.now + delay, callback, *args)

    def run(self, seconds):
        end = self.now + seconds
        while self._calls and self._calls[0][0] <= end:
            when, _count, handle, callback, args = heapq.heappop(self._calls)
            self.now = max(self.now, when)
            if not handle.cancelled:
                callback(*args)
        self.now = end


class FakeHandle:
    def __init__(self, when) -> None:
        self._when, self.cancelled = when, False

    def when(self):
        return self._when

    def cancel(self):
        self.cancelled = True


class Transfer:
    """A flow whose source always has more until `total` bytes are in."""

    def __init__(self, there, back=None, total=10**9) -> None:
        self.loop = FakeLoop()
        self.link = Link(there)
        self.received = bytearray()
        self.ended_at = None
        self.rooms = []
        self._left = total
        self._source = (b"%09d," % number for number in itertools.count())
        self.flow = TcpFlow(
            self.loop,
            Wire(self.loop, self.link),
            Wire(self.loop, Link(back or there)),
            self.received.__iadd__,
            self._end,
            self._room,
        )

    def start(self):
        self._room(True)
        self.flow.open()
        return self

    def _end(self):
        self.ended_at = self.loop.now

    def _room(self, room):
        self.rooms.append(room)
        while self.rooms[-1] and self._left > 0:
            piece = b"".join(itertools.islice(self._source, 1000))[: self._left]
            self._left -= len(piece)
            self.flow.feed(piece)
            if not self._left:
                self.flow.end()

    def assert_intact(self):
        expected = b"".join(b"%09d," % number for number in range(len(self.received) // 10 + 1))
        assert self.received == expected[: len(self.received)]


@pytest.mark.parametrize("rate_bps", [300_000, 10_000_000])
def test_a_transfer_fills_the_line(rate_bps) -> None:
    transfer = Transfer(LinkSettings(rate_bps=rate_bps, delay_ms=25)).start()
    transfer.loop.run(6)
    transfer.assert_intact()
    # 1448 of 1500 bytes are payload.
    assert len(transfer.received) * 8 / 6 == pytest.approx(rate_bps * 0.965, rel=0.05)


def test_a_short_transfer_takes_slow_start_round_trips() -> None:
    transfer = Transfer(LinkSettings(delay_ms=50), total=1448 * 60).start()
    transfer.loop.run(5)
    # Windows of 10, 20 and up to 40 segments: the end leaves after two round trips and takes half of one.
    assert transfer.ended_at - 100 == pytest.approx(0.25, abs=0.002)
    assert len(transfer.received) == 1448 * 60


def test_losses_cost_speed_but_no_bytes() -> None:
    speeds = []
    for loss in (0.0, 0.01, 0.05):
        transfer = Transfer(LinkSettings(rate_bps=5e6, delay_ms=25, loss=loss)).start()
        transfer.loop.run(12)
        transfer.assert_intact()
        speeds.append(len(transfer.received) * 8 / 12)
    assert speeds[0] > 4.5e6
    # Mathis et al. 1997: about MSS / RTT * sqrt(1.5 / loss), 2.8 and 1.3 Mbit/s.
    assert 1.4e6 < speeds[1] < 4.2e6
    assert 0.6e6 < speeds[2] < 1.9e6


def test_the_end_arrives_last_and_once_even_when_lost() -> None:
    transfer = Transfer(LinkSettings(delay_ms=10, loss=0.3), total=50_000).start()
    transfer.loop.run(30)
    assert len(transfer.received) == 50_000
    assert transfer.ended_at is not None
    transfer.assert_intact()


def test_the_source_is_told_to_wait() -> None:
    transfer = Transfer(LinkSettings(rate_bps=100_000, delay_ms=20)).start()
    transfer.loop.run(3)
    assert {True, False} <= set(transfer.rooms)
    taken = 10**9 - transfer._left - len(transfer.received)
    assert taken < HIGH_WATER_BYTES + 10_000 + 64_000, "what is held is bounded"


def test_a_held_flow_sends_nothing_new() -> None:
    transfer = Transfer(LinkSettings(rate_bps=2e6, delay_ms=10)).start()
    transfer.loop.run(0.5)
    transfer.flow.open(False)
    transfer.loop.run(1)
    held = len(transfer.received)
    transfer.loop.run(1)
    assert len(transfer.received) == held
    transfer.flow.open()
    transfer.loop.run(1)
    assert len(transfer.received) > held


def test_a_closed_flow_writes_nothing_more() -> None:
    transfer = Transfer(LinkSettings(rate_bps=2e6, delay_ms=10)).start()
    transfer.loop.run(0.5)
    transfer.flow.close()
    held = len(transfer.received)
    transfer.loop.run(1)
    assert len(transfer.received) == held


def test_a_transfer_shares_the_line_with_a_video() -> None:
    transfer = Transfer(LinkSettings(rate_bps=1e6, delay_ms=25, queue_ms=200)).start()
    passed = []
    for _packet in range(600):
        # 400 kbit/s of video in packets of 1000 bytes.
        passed.append(transfer.link.send(transfer.loop.now, 1000) is not None)
        transfer.loop.run(0.02)
    assert sum(passed[100:]) / 500 > 0.8, "it yields to the video where the queue overflows"
    assert len(transfer.received) * 8 / 12 > 0.4e6
