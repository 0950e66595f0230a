from __future__ import annotations

import pytest

from vizstream.bench.figures import Spread, percentile, spread


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [
        ([5.0], 99, 5.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([1.0, 2.0], 50, 1.5),
        ([float(n) for n in range(101)], 95, 95.0),
        ([0.0, 10.0, 20.0], 0, 0.0),
        ([0.0, 10.0, 20.0], 100, 20.0),
        ([0.0, 10.0, 20.0], 75, 15.0),
    ],
)
def test_percentile(values, percent, found):
    assert percentile(values, percent) == pytest.approx(found)


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_no_percentile(values, percent):
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_spread_of_something_and_of_nothing():
    assert spread([float(n) for n in range(1, 102)]) == Spread(51.0, 96.0, 100.0, 101)
    assert spread([]) == Spread(0.0, 0.0, 0.0, 0)
