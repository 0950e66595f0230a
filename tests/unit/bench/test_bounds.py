from __future__ import annotations

from dataclasses import replace

import pytest
import samples

from vizstream.bench.bounds import (
    ENCODE,
    LIMIT,
    READBACK,
    RENDER,
    UNKNOWN,
    VIEWER,
    WAIT,
    judge,
    reachable_fps,
)

SOFTWARE = f"{RENDER}: software GL"


@pytest.mark.parametrize(
    ("fps", "usage", "stages", "name"),
    [
        (59.0, (60, 40, 30), {}, LIMIT),
        (40.0, (90, 60, 40), {}, SOFTWARE),
        (40.0, (50, 100, 40), {}, ENCODE),
        (40.0, (50, 60, 90), {}, VIEWER),
        (40.0, (50, 30, 20), {"render": 15.0, "encode": 7.0}, SOFTWARE),
        (40.0, (50, 30, 20), {"render": 6.0, "encode": 14.0}, ENCODE),
        (40.0, (50, 30, 20), {"render": 3.0, "readback": 12.0, "encode": 7.0}, READBACK),
        (20.0, (50, 30, 20), {"render": 6.0, "encode": 5.0}, WAIT),
    ],
)
def test_verdicts(fps, usage, stages, name):
    bound = judge(samples.report(samples.whole(fps, usage=usage, **stages)), samples.SIZE)
    assert bound.name == name
    assert bound.reason
    assert bound.remedy


def test_a_gpu_is_not_told_to_buy_a_gpu():
    machine = replace(samples.MACHINE, software=False, renderer="NVIDIA H100")
    whole = samples.whole(40.0, usage=(90, 60, 40))
    bound = judge(samples.report(whole, machine=machine), samples.SIZE)
    assert bound.name == RENDER
    assert "NVIDIA H100" in bound.reason
    assert "GPU" not in bound.remedy


def test_nothing_delivered_is_no_division_by_zero():
    assert judge(samples.report(samples.whole(0.0)), samples.SIZE).name == UNKNOWN
    assert judge(samples.report(), (640, 480)).name == UNKNOWN


def test_what_could_be_reached_is_the_smallest_of_three():
    # Each frame: 14.51 ms CPU for drawing alone, and of server and viewers (40 + 30 %) at 40 frames/s 17.5.
    whole = samples.whole(40.0)
    assert reachable_fps(samples.report(whole), whole) == pytest.approx(60.0)
    busy = samples.whole(40.0, usage=(60, 80, 60))
    assert reachable_fps(samples.report(busy), busy) == pytest.approx(2000 / (14.51 + 35), rel=0.001)
    slow = samples.report(whole)
    slow.stages[0] = replace(slow.stages[0], ms=40.0)
    assert reachable_fps(slow, whole) == pytest.approx(1000 / 40.51, rel=0.001)
    assert judge(slow, samples.SIZE).share == pytest.approx(40.51 / 25, rel=0.001)
