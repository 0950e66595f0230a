"""The whole controller on simulated lines: how much it uses, how long packets wait, how fast it follows.

Frames are shown as a browser would show them, retransmissions included.  Seeds are fixed, so that a figure
that moves was moved by a change; the bounds leave room for honest ones.
"""

from __future__ import annotations

import math
from functools import cache

import pytest
from simulator import Line, Simulation

K, M = 1e3, 1e6
SEEDS = (1, 2, 3)


def line(bps: float, **settings: object) -> Line:
    return Line([(0, bps)], **settings)


@cache
def narrowing(seed: int, queue_bytes: int) -> Simulation:
    changing = Line([(0, 3 * M), (20, 300 * K), (40, 3 * M)], queue_bytes=queue_bytes)
    return Simulation(changing, 60, seed=seed).run()


STEADY = {
    # name: (line, least use, longest wait in ms at p95)
    "150k": (line(150 * K, delay_ms=50, queue_bytes=30_000), 0.85, 200),
    "300k": (line(300 * K, delay_ms=50, queue_bytes=60_000), 0.85, 130),
    "1M": (line(1 * M), 0.85, 60),
    "1M, a queue of 100 ms": (line(1 * M, queue_bytes=12_000), 0.85, 60),
    "1M, 5 % lost both ways": (line(1 * M, loss=0.05, loss_back=0.05), 0.70, 60),
    "1M, token bucket of 20 kB": (line(1 * M, burst_bytes=20_000), 0.90, 100),
    "1M, policer of 15 kB": (line(1 * M, burst_bytes=15_000, queue_bytes=3000), 0.85, 30),
    "1M, jitter ±20 ms": (line(1 * M, jitter_ms=20), 0.75, 80),
    "1M, jitter ±20 ms, overtaking": (line(1 * M, jitter_ms=20, reorder=True), 0.75, 80),
    "1M, round trip of 300 ms": (line(1 * M, delay_ms=150), 0.80, 60),
    "1M, feedback every 250 ms": (line(1 * M, feedback_ms=(200, 250)), 0.80, 120),
    "3M, jitter ±20 ms": (line(3 * M, jitter_ms=20), 0.70, 80),
    "3M, a receiver that stalls": (line(3 * M, stall_ms=60), 0.80, 80),
    "3M, timers 8 ms late": (line(3 * M, late_ms=8), 0.80, 80),
}


@pytest.mark.parametrize("name", STEADY)
def test_a_steady_line_is_used_and_not_filled(name: str) -> None:
    steady, use, wait_ms = STEADY[name]
    runs = [Simulation(steady, 40, seed=seed).run() for seed in SEEDS[:2]]
    for run in runs:
        assert run.utilisation(5, 40) > use
        assert run.wait_ms(5, 40) < wait_ms
        assert run.freeze_s(1, 40) < 1
        # Padding is a probe's last resort.
        assert run.probe_bytes < 0.04 * run.sent_bytes


@pytest.mark.parametrize(
    ("bps", "delay_ms", "fps", "median_ms"),
    [(150 * K, 50, 8, 400), (300 * K, 50, 12, 300), (1 * M, 25, 24, 180)],
)
def test_frames_come_often_and_soon(bps: float, delay_ms: float, fps: float, median_ms: float) -> None:
    """The goals for slow lines, less what encoding, decoding and the scene take."""
    run = Simulation(line(bps, delay_ms=delay_ms, queue_bytes=60_000), 60).run()
    assert run.fps(3, 60) >= fps
    assert run.latency_ms(3, 60) < median_ms - 100
    assert run.freeze_s(1, 60) < 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_random_loss_is_borne(seed: int) -> None:
    run = Simulation(line(1 * M, loss=0.05, loss_back=0.05), 60, seed=seed).run()
    assert run.fps(3, 60) >= 25
    assert run.latency_ms(3, 60, 0.95) < 250
    assert run.freeze_s(1, 60) < 1
    assert min(sample.target_bps for sample in run.samples[50:]) > 450 * K


@pytest.mark.parametrize("queue_bytes", [60_000, 300_000])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_that_narrows_and_widens_is_followed(seed: int, queue_bytes: int) -> None:
    run = narrowing(seed, queue_bytes)
    before_bps = run.target(10, 20)
    assert before_bps > 0.75 * 3 * M
    assert run.reached_s(300 * K, 20, below=True) < 0.75
    assert run.freeze_s(19, 60) < 1.5
    # What was under way when the line narrowed, 30 to 70 kB, takes a second or two to drain.
    assert run.wait_ms(23, 40) < 200
    assert run.utilisation(23, 40) > 0.85
    assert run.reached_s(0.8 * before_bps, 40) < 6
    assert run.keyframes <= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wide_line_is_found_within_three_seconds(seed: int) -> None:
    run = Simulation(line(20 * M, queue_bytes=500_000), 15, seed=seed).run()
    assert run.reached_s(5 * M, 0) < 1.5
    assert run.utilisation(5, 15) > 0.70
    assert run.wait_ms(1, 15) < 80


def test_a_first_frame_on_a_fast_line_leaves_soon() -> None:
    run = Simulation(line(100 * M, delay_ms=0.3, queue_bytes=1_000_000), 2).run()
    _second, latency_ms = run.shown[0]
    assert latency_ms < 250


def test_motion_after_a_rest_starts_where_it_ended() -> None:
    run = Simulation(line(3 * M), 60, motion=lambda second: second < 10 or second > 40).run()
    before_bps = run.target(5, 10)
    resting = [sample.target_bps for sample in run.samples if 12 < sample.second < 40]
    assert max(resting) <= 1.01 * resting[0], "no growth without evidence"
    assert min(resting) > 0.6 * before_bps, "and no collapse"
    assert run.latency_ms(40, 41, 0.95) < 150
    assert run.reached_s(0.85 * before_bps, 40) < 1.5
    rested = [sample.delivered_bps for sample in run.samples if 12 < sample.second < 40]
    assert sum(rested) / len(rested) / 8 < 500, "bytes a second"


def test_a_line_that_narrowed_during_a_rest_is_noticed() -> None:
    changed = Line([(0, 3 * M), (20, 400 * K)])
    run = Simulation(changed, 60, motion=lambda second: second < 10 or second > 40).run()
    assert run.reached_s(400 * K, 40, below=True) < 1
    assert run.freeze_s(42, 60) < 0.5


def test_an_encoder_that_needs_less_learns_more_all_the_same() -> None:
    """A viewer on a low rung must find out that the next one would fit."""
    run = Simulation(line(3 * M), 30, fill=0.4).run()
    assert run.target(10, 30) > 2 * M
    assert run.probe_bytes < 0.05 * run.sent_bytes


@pytest.mark.parametrize("seed", SEEDS)
def test_an_encoder_that_needs_less_climbs_back_as_well(seed: int) -> None:
    widening = Line([(0, 300 * K), (20, 3 * M)], queue_bytes=60_000)
    run = Simulation(widening, 40, fill=0.35, seed=seed).run()
    assert run.target(10, 20) < 400 * K
    assert run.reached_s(2 * M, 20) < 7


def test_an_encoder_that_spends_too_much_is_held_back() -> None:
    run = Simulation(line(1 * M), 40, fill=1.15).run()
    assert run.wait_ms(5, 40) < 150
    assert run.fps(5, 40) > 25


def test_other_traffic_is_given_way_to_and_followed_back() -> None:
    shared = line(3 * M, cross=[(0, 0), (20, 1.5 * M), (40, 0)])
    for seed in SEEDS:
        run = Simulation(shared, 60, seed=seed).run()
        assert run.utilisation(25, 40) > 0.7
        assert run.wait_ms(23, 40) < 150
        assert run.reached_s(0.8 * run.target(10, 20), 40) < 6


@pytest.mark.parametrize("queue_bytes", [30_000, 100_000])
def test_a_download_does_not_starve_it(queue_bytes: int) -> None:
    run = Simulation(line(3 * M, queue_bytes=queue_bytes, download=(20, 40)), 60).run()
    assert run.fps(22, 40) > 8
    assert run.freeze_s(20, 60) < 1
    assert run.reached_s(0.8 * run.target(10, 20), 40) < 8


def test_an_outage_is_survived() -> None:
    run = Simulation(line(2 * M, outages=[(20, 22)]), 40).run()
    before_bps = run.target(15, 20)
    assert any(sample.state == "starved" for sample in run.samples if 20 < sample.second < 22.5)
    assert min(sample.target_bps for sample in run.samples if 20 < sample.second < 22.5) < before_bps / 3
    assert run.freeze_s(20, 40) < 2.5
    assert run.freeze_s(22.7, 40) < 0.5
    assert run.reached_s(0.8 * before_bps, 22) < 2


def test_reports_alone_carry_it_too() -> None:
    run = Simulation(line(1 * M), 60, transport_feedback=False).run()
    assert run.utilisation(20, 60) > 0.6
    assert run.wait_ms(5, 60) < 350
    assert run.fps(20, 60) > 20


@pytest.mark.parametrize("bps", [80 * K, 150 * K, 700 * K, 5 * M])
def test_no_line_is_overdriven_for_long(bps: float) -> None:
    run = Simulation(line(bps, queue_bytes=max(20_000, int(bps / 20))), 30).run()
    assert max(sample.target_bps for sample in run.samples if sample.second > 5) < 1.5 * bps
    assert not math.isnan(run.latency_ms(5, 30))
    assert run.fps(5, 30) > 4
