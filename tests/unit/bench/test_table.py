from __future__ import annotations

from dataclasses import replace

import samples

from vizstream.bench.results import Report
from vizstream.bench.table import ms, render, table


def test_columns_line_up():
    text = table("Title", ["name", "ms"], [["a", "1.0"], ["longer", "100.0"]])
    assert text == "Title\n\n  name       ms\n  a         1.0\n  longer  100.0\n"


def test_digits():
    assert [ms(value) for value in (0.0123, 1.234, 12.34, 1234.5)] == ["0.012", "1.23", "12.3", "1234.5"]


def test_everything_that_was_measured_is_in_it():
    text = render(samples.report())
    for words in (
        "A <fine> processor", "llvmpipe", "vtk 9.5", "flow.py", "render bound: software GL", "73 % of the 55",
        "RawArray[:] = data", "200.0 (500.00x)", "h264 veryfast", "21.0", "1.16 times memcpy",
        "copies of a frame: 1", "readback", "deliver", "5200", "180",
    ):  # fmt: skip
        assert words in text, words
    assert "Not complete" not in text


def test_an_interrupted_run_says_so():
    assert "Not complete" in render(replace(samples.report(), complete=False))
    assert "Not complete" in render(Report(samples.MACHINE, {}))


def test_a_busy_machine_is_warned_of():
    assert "Other programs" not in render(replace(samples.report(), others_percent=3.0))
    text = render(replace(samples.report(), others_percent=42.0))
    assert "Other programs took 42 % of the cores" in text
