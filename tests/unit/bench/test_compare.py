from __future__ import annotations

from dataclasses import replace

import pytest
import samples

from vizstream.bench.compare import NOISE, compare, differences, figures
from vizstream.bench.table import changes


def changed(**fields):
    """Return the ratio and the judgement of one figure whose value was changed."""
    now = samples.report(samples.whole(**fields))
    return {change.name: change for change in compare(samples.report(), now)}


def test_a_report_beside_itself():
    found = compare(samples.report(), samples.report())
    assert len(found) == len([value for _name, value, _more in figures(samples.report()) if value > 0])
    assert {change.ratio for change in found} == {1.0}
    assert {change.better for change in found} == {0}


@pytest.mark.parametrize(("fps", "better"), [(60.0, 1), (20.0, -1), (42.0, 0), (38.5, 0)])
def test_more_frames_are_better(fps, better):
    change = changed(fps=fps)["1280x720, viewers 1: frames/s"]
    assert change.better == better
    assert change.ratio == pytest.approx(fps / 40, abs=0.001)


def test_less_time_is_better():
    now = samples.report()
    now.stages[0] = replace(now.stages[0], ms=4.0)
    now.encodings[0] = replace(now.encodings[0], ms=12.0)
    found = {change.name: change for change in compare(samples.report(), now)}
    assert found["1280x720 render, ms"].better == 1
    assert found["1280x720 h264 veryfast, ms"].better == -1
    assert found["1280x720 readback, ms"].better == 0


def test_noise_is_the_same_in_both_directions():
    edge = 40 * (1 + NOISE)
    assert changed(fps=edge * 1.001)["1280x720, viewers 1: frames/s"].better == 1
    assert changed(fps=40 / (1 + NOISE) / 1.001)["1280x720, viewers 1: frames/s"].better == -1


def test_only_what_both_have_is_compared():
    now = samples.report()
    now.stages.clear()
    now.wholes[0] = replace(now.wholes[0], viewers=2)
    names = {change.name for change in compare(samples.report(), now)}
    assert not any("render" in name and "viewers" not in name and "rest" not in name for name in names)
    assert "1280x720, viewers 2: frames/s" not in names


def test_another_machine_is_said():
    assert differences(samples.report(), samples.report()) == []
    machine = replace(samples.MACHINE, cores=8, versions={"vtk": "9.6"})
    found = differences(samples.report(), samples.report(machine=machine))
    assert found == [
        "cores: 2 before, 8 now",
        "vizstream: 0.1.0 before, none now",
        "vtk: 9.5 before, 9.6 now",
    ]


def test_the_table_says_what_is_better():
    now = samples.report(samples.whole(60.0))
    text = changes(compare(samples.report(), now), ["cores: 2 before, 8 now"])
    line = next(line for line in text.splitlines() if "viewers 1: frames/s" in line)
    assert line.split()[-4:] == ["40.0", "60.0", "1.50", "better"]
    assert "cores: 2 before, 8 now" in text
