import math

import pytest
from peers.marker import cells
from peers.results import Counted, distinct, failed, figures, keep, load, merge, percentile, shown


def code(number, clicks=0):
    return int("".join("1" if cell else "0" for cell in cells(number, clicks)), 2)


def counted(**changes):
    given = {
        "seconds": 2.0,
        "bytes": 600_000,
        "cpu_s": 1.0,
        "codes": [[code(number) for number in range(100)], [code(number) for number in range(50)]],
        "presented": [120, 120],
        "latencies_ms": [40.0, 30.0, 90.0, 50.0],
        "lost": 1,
        "read": 90,
        "read_of": 100,
        "unreadable": 0,
        "moving_db": 33.0,
        "rest_db": 40.0,
    }
    return Counted(**{**given, **changes})


def test_a_picture_shown_twice_counts_once():
    assert distinct([code(1), code(1), code(2), code(2), code(3)]) == 3


def test_a_marker_that_cannot_be_read_counts_as_nothing():
    assert distinct([code(1), 0, code(1), code(2) ^ 1, code(2)]) == 2


def test_a_click_makes_a_picture_of_its_own():
    assert distinct([code(1), code(1, 1)]) == 2


def test_presented_pictures_count_only_where_no_marker_was_read():
    assert shown(counted()) == [100.0, 50.0]
    assert shown(counted(codes=[[], []])) == [108.0, 108.0]


def test_more_pictures_read_than_presented_are_no_more_than_presented():
    assert shown(counted(codes=[[], []], read=130)) == [120.0, 120.0]


def test_figures_are_of_seconds_and_of_pictures_at_all_viewers():
    found = figures("tool", "1280x720", 2, counted())
    assert found.fps == pytest.approx(37.5)
    assert (found.p50_ms, found.p95_ms, found.lost) == (40.0, 90.0, 1)
    assert found.kb_per_s == pytest.approx(300)
    assert found.kb_per_frame == pytest.approx(4)
    assert found.cpu_percent == pytest.approx(50)
    assert found.cpu_ms_per_frame == pytest.approx(1000 / 150)


def test_percentiles_are_values_that_were_seen():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95.0
    assert math.isnan(percentile([], 0.5))


def test_pieces_come_back_as_they_were_kept(tmp_path):
    cells_kept = [figures("tool", "1280x720", 2, counted(rest_db=math.inf)), failed("other", "1x1", 1, "no")]
    keep(tmp_path / "new" / "piece.json", cells_kept)
    assert load(tmp_path / "new" / "piece.json")[0] == cells_kept[0]
    assert load(tmp_path / "new" / "piece.json")[1].failure == "no"


def test_rounds_become_medians_and_failures_give_way():
    rounds = [figures("tool", "1280x720", 2, counted(cpu_s=cpu_s)) for cpu_s in (3.0, 1.0, 2.0)]
    [cell] = merge([failed("tool", "1280x720", 2, "once"), *rounds])
    assert cell.cpu_percent == pytest.approx(100)
    assert cell.lost == 3
    assert not cell.failure


def test_what_always_failed_stays_a_failure():
    [cell] = merge([failed("tool", "1280x720", 2, "first"), failed("tool", "1280x720", 2, "last")])
    assert cell.failure == "last"
