import math
from dataclasses import replace

from peers.results import Figures, failed
from peers.table import heading, markdown
from peers.tools import TOOLS

NAMES = {"vizstream": "vizstream", "other": "Other"}
OURS = Figures("vizstream", "1280x720", 1, 40.0, 50.0, 70.0, 0, 500.0, 12.5, 120.0, 30.0, 38.0, math.inf)
OTHER = Figures("other", "1280x720", 1, 30.0, 60.0, 80.0, 0, 600.0, 20.0, 130.0, 43.0, 33.0, 40.0)


def rows(*cells):
    return [line for line in markdown(cells, NAMES).splitlines() if line.startswith("| ")]


def test_a_row_where_nobody_is_better_has_no_mark():
    assert rows(OURS, OTHER)[1:] == [
        "| vizstream | 40.0 | 50 | 70 | 500 | 12.5 | 120 | 30.0 | 38.0 | exact |",
        "| Other | 30.0 | 60 | 80 | 600 | 20.0 | 130 | 43.0 | 33.0 | 40.0 |",
    ]


def test_each_cell_that_is_lost_is_marked_and_only_ours():
    better = replace(OTHER, fps=41.0, p50_ms=49.0, kb_per_s=499.0)
    assert rows(OURS, better)[1:] == [
        "| vizstream | 40.0 ✘ | 50 ✘ | 70 | 500 ✘ | 12.5 | 120 | 30.0 | 38.0 | exact |",
        "| Other | 41.0 | 49 | 80 | 499 | 20.0 | 130 | 43.0 | 33.0 | 40.0 |",
    ]


def test_what_reads_the_same_is_no_loss():
    assert "✘" not in markdown([OURS, replace(OTHER, p50_ms=49.9, rest_db=math.inf)], NAMES)


def test_a_tool_that_cannot_be_run_says_why_in_its_row():
    broken = failed("other", "1280x720", 1, "Traceback:\n  …\nImportError: no module")
    assert rows(OURS, broken)[2].startswith("| Other | cannot be run: ImportError: no module |")


def test_no_figure_of_ours_is_a_loss():
    assert rows(replace(OURS, p50_ms=math.nan), OTHER)[1].startswith("| vizstream | 40.0 | – ✘ |")


def test_sizes_come_by_pixels_and_viewers():
    cells = [
        replace(OURS, size=size, viewers=n) for size, n in (("1920x1080", 1), ("800x600", 4), ("800x600", 1))
    ]
    heads = [line for line in markdown(cells, NAMES).splitlines() if line.endswith(":")]
    assert heads == ["800x600, 1 viewer:", "800x600, 4 viewers:", "1920x1080, 1 viewer:"]


def test_the_heading_names_each_tool_with_its_versions():
    words = heading("2030-01-02", "a machine", {"vtk": "1.2"}, TOOLS)
    assert words.startswith("2030-01-02: a machine.\n")
    assert "- vizstream: `vizstream serve`, no options. vtk 1.2.\n" in words
    assert all(f"- {tool.name}: {tool.settings}." in words for tool in TOOLS)
    assert "fury 0.12.0" in words
