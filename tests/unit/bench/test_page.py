"""The page is well-formed, whole, and needs nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import samples

from vizstream.bench import svg
from vizstream.bench.compare import compare
from vizstream.bench.page import render
from vizstream.bench.results import Report

_VOID = {"meta", "br"}


class Checker(HTMLParser):
    """Fails where a tag is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not {name for name, _value in attrs} & {"src", "href", "onload", "onclick"}
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    return checker


def test_the_page_stands_alone_in_light_and_dark():
    text = render(samples.report(), compare(samples.report(), samples.report()))
    assert {"svg", "polyline", "rect", "pre", "style"} <= check(text).seen
    assert "script" not in check(text).seen
    assert not re.search(r"https?://|@import|url\(", text)
    assert "prefers-color-scheme: dark" in text
    assert "A &lt;fine&gt; processor" in text
    assert "Beside the earlier run" in text
    for plot in re.findall(r"<svg.*?</svg>", text):
        ET.fromstring(plot)  # noqa: S314 - ours


@pytest.mark.parametrize("part", ["copies", "stages", "encodings", "wholes", "rests", "bounds"])
def test_a_part_that_is_missing_is_left_out(part):
    check(render(replace(samples.report(), **{part: []}, complete=False)))


def test_nothing_but_the_machine():
    check(render(Report(samples.MACHINE, {})))


def test_a_size_that_was_interrupted_is_no_line():
    report = samples.report()
    report.wholes.append(replace(samples.WHOLE, width=1920, height=1080))
    text = render(replace(report, complete=False))
    check(text)
    assert "1920x1080 p50" not in text


def lengths(plot: str) -> list[float]:
    return [
        float(width) for width in re.findall(r'<rect class="c\d" x="[^"]*" y="[^"]*" width="([^"]*)"', plot)
    ]


def test_bars_are_as_long_as_their_values():
    one, two, none = lengths(svg.bars([("a", 1.0, ""), ("b", 2.0, ""), ("c", 0.0, "")]))
    assert two == pytest.approx(2 * one, abs=0.2)
    assert none == 0


def test_logarithmic_bars_grow_by_the_same_for_the_same_ratio():
    one, ten, hundred = lengths(
        svg.bars([("a", 1.0, ""), ("b", 10.0, ""), ("c", 100.0, "")], logarithmic=True)
    )
    assert 0 < one < ten < hundred
    assert hundred - ten == pytest.approx(ten - one, abs=0.2)


def test_names_are_escaped():
    ET.fromstring(svg.bars([("<&>", 1.0, "<&>")]))  # noqa: S314 - ours
    ET.fromstring(svg.stacked([("<&>", [1.0])], ["<&>"]))  # noqa: S314
    ET.fromstring(svg.lines([1], [("<&>", [1.0])], "<", "&"))  # noqa: S314


@pytest.mark.parametrize("values", [[], [0.0], [0.0, 0.0], [1e-9], [1e9], [9.999]])
def test_plots_of_odd_values(values):
    for plot in (
        svg.bars([("a", value, "") for value in values], logarithmic=True),
        svg.stacked([("a", values)], ["x"] * len(values)),
        svg.lines(values, [("a", values)], "x", "y"),
    ):
        assert "nan" not in plot
        assert "inf" not in plot
        ET.fromstring(plot)  # noqa: S314
