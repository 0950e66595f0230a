"""Acknowledged frames over a line that is made of arithmetic: a rate, a delay, a queue without end."""

from __future__ import annotations

from collections import deque

import pytest

from vizstream.congestion.frames import GROWTH, TARGET_SHARE, FrameControl

MS = 1_000_000


class Line:
    """Send frames over a line as an encoder would that keeps to the target."""

    def __init__(self, rate_bps: float, delay_ms: float = 20.0, **options: int) -> None:
        self.control = FrameControl(**options)
        self.rate_bps, self.delay_ns = rate_bps, round(delay_ms * MS)
        #: Milliseconds by which the browser acknowledges late, for each frame in turn.
        self.late_ms: list[float] = [0.0]
        self.now_ns = 0
        self.sent = 0
        self.worst_queue_ms = 0.0
        self._free_ns = self._tick_ns = 0
        self._acks: deque[tuple[int, int]] = deque()

    def run(self, seconds: float, fps: float = 30.0, *, bits: float | None = None) -> None:
        end_ns = self.now_ns + round(seconds * 1e9)
        due_ns = self.now_ns
        while self.now_ns < end_ns:
            self.now_ns += MS
            while self._acks and self._acks[0][0] <= self.now_ns:
                at_ns, number = self._acks.popleft()
                assert self.control.on_acknowledged(number, at_ns)
            if self.now_ns - self._tick_ns > 100 * MS:
                self._tick_ns = self.now_ns
                self.control.on_tick(self.now_ns)
            if self.now_ns >= due_ns and self.control.may_encode(self.now_ns):
                if self.control.wants_ping(self.now_ns):
                    self.send(64)
                self.send(round((bits or self.control.target_bps / fps) / 8))
                due_ns = self.now_ns + round(1e9 / fps)

    def send(self, size: int) -> None:
        self.sent += 1
        self.control.on_sent(self.sent, size, self.now_ns)
        self.worst_queue_ms = max(self.worst_queue_ms, (self._free_ns - self.now_ns) / MS)
        self._free_ns = max(self._free_ns, self.now_ns) + round(size * 8e9 / self.rate_bps)
        late_ns = round(MS * self.late_ms[self.sent % len(self.late_ms)])
        last_ns = self._acks[-1][0] if self._acks else 0
        self._acks.append((max(last_ns, self._free_ns + 2 * self.delay_ns + late_ns), self.sent))


@pytest.mark.parametrize("rate_bps", [300_000, 1_000_000, 4_000_000])
@pytest.mark.parametrize("delay_ms", [0.5, 20, 100])
def test_the_rate_of_the_line_is_found_and_no_queue_stands(rate_bps: int, delay_ms: float) -> None:
    line = Line(rate_bps, delay_ms)
    line.run(4)
    assert 0.6 * rate_bps < line.control.target_bps <= rate_bps
    line.worst_queue_ms = 0
    line.run(6)
    assert 0.6 * rate_bps < line.control.target_bps <= rate_bps
    assert line.worst_queue_ms < 60
    assert line.control.rtt_ms == pytest.approx(2 * delay_ms, abs=50)


def test_a_wide_line_is_used_in_full_within_two_seconds() -> None:
    line = Line(50_000_000, 1, start_bps=400_000, max_bps=6_000_000)
    line.run(2)
    assert line.control.target_bps == 6_000_000
    assert line.control.wide


def test_growth_is_bounded() -> None:
    line = Line(50_000_000, 1, start_bps=400_000)
    line.run(0.5)
    assert line.control.target_bps <= 400_000 * GROWTH**0.5 * 1.01


def test_a_line_that_narrows_is_noticed_within_three_seconds() -> None:
    line = Line(4_000_000)
    line.run(4)
    line.rate_bps = 500_000
    line.run(3)
    assert line.control.target_bps <= 500_000
    line.worst_queue_ms = 0
    line.run(4)
    assert 0.5 * 500_000 < line.control.target_bps <= 500_000
    assert line.worst_queue_ms < 80


def test_a_browser_out_of_breath_does_not_pull_the_rate_down() -> None:
    line = Line(2_000_000)
    line.late_ms = [0, 40, 5, 0, 90, 0, 15, 3]
    line.run(8)
    assert line.control.target_bps > 0.6 * 2_000_000


def test_small_frames_tell_a_large_rate() -> None:
    line = Line(10_000_000, 10)
    line.run(5, bits=20_000)
    assert line.control.target_bps > 3_000_000


def test_a_line_that_stands_still_halves_the_rate_and_others_do_not_wait() -> None:
    line = Line(2_000_000)
    line.run(3)
    before = line.control.target_bps
    line.rate_bps = 1
    line.send(5000)
    assert not line.control.lags(line.now_ns)
    line.run(3)
    assert line.control.lags(line.now_ns)
    assert line.control.congested or not line.control.may_encode(line.now_ns)
    assert line.control.target_bps <= before / 4
    assert line.control.in_flight_bytes >= 5000


def test_a_keyframe_that_takes_its_time_is_no_lag() -> None:
    line = Line(300_000)
    line.run(4)
    line.send(30_000)
    line.run(0.6)
    assert not line.control.lags(line.now_ns)
    assert not line.control.may_encode(line.now_ns), "but nothing is queued behind it"


def test_acknowledgements_of_what_was_not_sent_are_refused() -> None:
    control = FrameControl()
    assert not control.on_acknowledged(1, 0)
    control.on_sent(5, 100, 0)
    assert not control.on_acknowledged(4, MS)
    assert not control.on_acknowledged(6, MS)
    assert control.on_acknowledged(5, MS)
    assert not control.on_acknowledged(5, MS)


def test_rest_changes_nothing() -> None:
    line = Line(4_000_000)
    line.run(3)
    before = line.control.target_bps
    line.run(30, fps=0.5, bits=800)
    assert line.control.target_bps == pytest.approx(before, rel=0.3)


def test_rates_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="0 < min_bps <= start_bps <= max_bps"):
        FrameControl(start_bps=10, min_bps=20)


def test_the_target_stays_within_its_bounds() -> None:
    line = Line(20_000_000, 1, max_bps=1_500_000)
    line.run(3)
    assert line.control.target_bps == 1_500_000
    line.control.max_bps = 900_000
    assert line.control.target_bps == 900_000
    assert TARGET_SHARE < 1


def test_a_ping_alone_says_nothing_of_the_rate() -> None:
    line = Line(20_000_000, 1, start_bps=1_000_000)
    line.send(64)
    line.run(0.02, bits=64 * 8)
    assert line.control.target_bps == 1_000_000


def test_a_queue_of_another_transfer_changes_nothing() -> None:
    line = Line(1_000_000)
    line.run(4)
    before = line.control.target_bps
    line.control.held = True
    line.late_ms = [150.0]
    line.run(2, bits=4000)
    assert line.control.target_bps == before
    assert line.control.queue_ms > 100
    line.control.held = False
    line.run(2)
    assert line.control.target_bps < before
