"""What is sent where: the cost model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vizstream.media.choice import (
    EFFORTS,
    HARDWARE,
    LEAN_BITS,
    RICH_BITS,
    Demand,
    affordable,
    best_effort,
    choose,
    gain_db,
    wall_ms,
)
from vizstream.media.codecs import CODECS, Codec
from vizstream.media.machine import Machine

PIXELS = 1280 * 720
#: What the ladder asks for at these rates.
FAST = Demand(PIXELS, 6_000_000, 60)
MEGABIT = Demand(PIXELS, 1_000_000, 33)
NARROW = Demand(PIXELS, 500_000, 16.7)
BAD = Demand(640 * 360, 150_000, 15)
#: The same megabit for who prefers pixels to frames.
SHARP = Demand(PIXELS, 1_000_000, 16.7)


def _codecs(*names: str) -> list[Codec]:
    return [codec for codec in CODECS if codec.name in names]


def _machine(cores: int = 2, draw_ms: float = 18.0, speed: float = 1.0) -> Machine:
    machine = Machine(cores)
    machine.draw_ms, machine.speed = draw_ms, speed
    return machine


CHROMIUM = _codecs("h264-high", "av1", "vp9", "vp8")


@pytest.mark.parametrize(
    ("demand", "machine", "expected"),
    [
        (FAST, _machine(), "h264-high"),
        (MEGABIT, _machine(), "h264-high"),
        (NARROW, _machine(), "av1"),
        (NARROW, _machine(speed=0.5), "vp9"),
        (NARROW, _machine(8, 2, speed=2), "av1"),
        (BAD, _machine(), "h264-high"),
        (NARROW, _machine(draw_ms=55), "h264-high"),
        (NARROW, _machine(speed=0.2), "h264-high"),
        (MEGABIT, _machine(8, 2, speed=3), "av1"),
        (FAST, _machine(8, 2, speed=3), "h264-high"),
    ],
)
def test_what_chromium_gets(demand: Demand, machine: Machine, expected: str) -> None:
    assert choose(CHROMIUM, demand, machine).name == expected


def test_vp9_is_for_narrow_lines_where_h264_can_be_had() -> None:
    codecs, machine = _codecs("h264-high", "vp9"), _machine()
    assert choose(codecs, MEGABIT, machine).name == "h264-high"
    assert choose(codecs[1:], MEGABIT, machine).name == "vp9"
    edge = Demand(PIXELS, 900_000, 33)
    assert choose(codecs, edge, machine, codecs[1:]).name == "vp9", "kept a little above the rate"
    assert choose(codecs, edge, machine).name == "h264-high"


def test_firefox_without_h264_gets_av1_where_it_can_be_afforded() -> None:
    codecs = _codecs("av1", "vp9", "vp8")
    assert choose(codecs, NARROW, _machine(speed=0.5)).name == "vp9"
    assert choose(codecs, NARROW, _machine()).name == "av1"
    assert choose(codecs, FAST, _machine()).name == "vp9"
    assert choose(codecs, BAD, _machine(8, 2, speed=2)).name == "vp9", "below what AV1 is chosen for"


@pytest.mark.parametrize("speed", [0.5, 1, 2, 4, 16])
def test_av1_is_for_nobody_whose_line_its_keyframes_would_fill(speed: float) -> None:
    """At 150 kbit/s gaps of 0.6 s come of them, where H.264 has 0.2."""
    av1 = _codecs("av1")
    for cores, draw_ms in ((2, 18), (8, 2)):
        machine = _machine(cores, draw_ms, speed)
        assert choose(CHROMIUM, BAD, machine).name != "av1"
        assert choose(CHROMIUM, BAD, machine, av1).name != "av1"


def test_av1_is_kept_a_little_below_the_rate_from_which_it_is_chosen() -> None:
    machine, demand = _machine(8, 2, speed=2), Demand(640 * 360, 200_000, 15)
    assert choose(CHROMIUM, demand, machine).name != "av1"
    assert choose(CHROMIUM, demand, machine, _codecs("av1")).name == "av1"


@pytest.mark.parametrize(
    ("machine", "usual", "patient"),
    [
        (_machine(), ("h264", "medium"), ("av1", "8")),
        (_machine(speed=0.6), ("h264", "faster"), ("h264", "medium")),
        (_machine(speed=0.3), ("h264", "veryfast"), ("h264", "faster")),
        (_machine(16, 3, speed=2.5), ("av1", "8"), ("av1", "8")),
    ],
)
def test_who_prefers_pixels_waits_for_a_better_encoder(
    machine: Machine, usual: tuple[str, str], patient: tuple[str, str]
) -> None:
    for demand, expected in ((SHARP, usual), (replace(SHARP, patience=2.0), patient)):
        effort = best_effort(choose(CHROMIUM, demand, machine), demand, machine)
        assert (effort.family, effort.preset) == expected


@pytest.mark.parametrize("demand", [FAST, MEGABIT, NARROW, BAD])
def test_vp8_comes_last(demand: Demand) -> None:
    for codec in CODECS[:5]:
        assert choose([codec, CODECS[-1]], demand, _machine(8, 2, 4)) == codec
    assert choose(CODECS[-1:], demand, _machine()).name == "vp8"


def test_full_chroma_where_there_are_bits_for_it() -> None:
    codecs, machine = _codecs("vp9", "vp9-444"), _machine(8, 2, speed=2)
    assert choose(codecs, Demand(PIXELS, 3_000_000, 30), machine).name == "vp9-444"
    assert choose(codecs, NARROW, machine).name == "vp9"


def test_the_preset_follows_the_time_between_pictures() -> None:
    presets = [best_effort(CODECS[0], Demand(PIXELS, 1e6, fps), _machine()).preset for fps in (60, 30, 18, 8)]
    assert presets == ["superfast", "veryfast", "faster", "medium"]


def test_a_machine_that_is_too_slow_for_all_gets_the_cheapest() -> None:
    assert best_effort(CODECS[0], FAST, _machine(1, 100, 0.25)).preset == "superfast"
    assert choose(CHROMIUM, FAST, _machine(1, 100, 0.25)).name == "h264-high"


def test_hardware_is_used_when_it_is_there() -> None:
    machine = _machine()
    machine.hardware = ("h264_nvenc",)
    assert best_effort(CODECS[0], FAST, machine) is HARDWARE
    assert best_effort(CODECS[3], FAST, machine) is not HARDWARE


def test_what_runs_already_is_not_left_for_a_trifle() -> None:
    codecs = _codecs("h264-high", "vp9")
    edge = next(
        Demand(PIXELS, bps, 10)
        for bps in range(300_000, 3_000_000, 10_000)
        if choose(codecs, Demand(PIXELS, bps, 10), _machine()).name == "h264-high"
    )
    assert choose(codecs, edge, _machine(), [codecs[1]]).name == "vp9"
    assert choose(codecs, Demand(PIXELS, 3_000_000, 10), _machine(), [codecs[1]]).name == "h264-high"


def test_many_encodings_share_the_machine() -> None:
    machine = _machine()
    effort = next(effort for effort in EFFORTS if (effort.family, effort.preset) == ("av1", "12"))
    assert affordable(effort, CODECS[3], NARROW, machine)
    machine.encodings = 3
    assert not affordable(effort, CODECS[3], NARROW, machine)
    assert affordable(effort, CODECS[3], NARROW, machine, slack=3)


def test_smaller_pictures_cost_less_and_gains_lie_between_lean_and_rich() -> None:
    effort = EFFORTS[1]
    assert wall_ms(effort, CODECS[0], BAD) == pytest.approx(wall_ms(effort, CODECS[0], NARROW) / 4)
    gains = [gain_db(effort, Demand(PIXELS, bits, 1)) for bits in (1, LEAN_BITS, 60_000, RICH_BITS, 1e9)]
    assert gains[0] == gains[1] == effort.lean_db
    assert effort.lean_db < gains[2] < effort.rich_db
    assert gains[3] == pytest.approx(gains[4]) == pytest.approx(effort.rich_db)
