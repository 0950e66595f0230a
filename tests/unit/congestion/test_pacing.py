"""Congestion slows packets down whatever else holds; a wide line lets them go."""

from __future__ import annotations

from vizstream.congestion.pacing import is_wide, line_bps, pacing_factor


def test_factors() -> None:
    assert pacing_factor(congested=True, lossy=True, wide=True) < 1
    assert 1 < pacing_factor(congested=False, lossy=True, wide=True) < 1.2
    usual = pacing_factor(congested=False, lossy=False, wide=False)
    assert usual == 1.5
    assert pacing_factor(congested=False, lossy=False, wide=True) > 4 * usual


def test_a_wide_line_carries_more_than_is_asked_of_it() -> None:
    assert is_wide(9e6, 10e6)
    assert not is_wide(7e6, 10e6)
    assert line_bps(1e6, wide=False) == 1e6
    assert line_bps(1e6, wide=True) > 4e6
