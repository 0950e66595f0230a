"""Receiver reports and REMB, where there is nothing better."""

from __future__ import annotations

import pytest

from vizstream.congestion.fallback import ReportControl
from vizstream.congestion.rate import RateControl

S = 1_000_000_000


def control(bps: int = 1_000_000) -> tuple[RateControl, ReportControl]:
    rate = RateControl(bps, 60_000, 20_000_000)
    reports = ReportControl(rate)
    reports.report(0.0, 0.0, 0.0, 0)
    return rate, reports


def test_it_grows_slowly_while_nothing_is_lost() -> None:
    rate, reports = control()
    reports.report(0.01, 0.0, 900_000, S)
    assert rate.bps == pytest.approx(1_080_000)


@pytest.mark.parametrize(("loss", "sent_bps"), [(0.05, 900_000), (0.0, 100_000)])
def test_it_stands_with_some_loss_or_without_evidence(loss: float, sent_bps: float) -> None:
    rate, reports = control()
    reports.report(loss, 0.0, sent_bps, S)
    assert rate.bps == 1_000_000


def test_it_falls_with_heavy_loss_and_with_a_queue() -> None:
    rate, reports = control()
    reports.report(0.2, 0.0, 900_000, S)
    assert rate.bps == 900_000
    reports.report(0.0, 150.0, 900_000, 2 * S)
    assert rate.bps == 765_000


def test_the_receivers_estimate_is_followed_below_what_is_sent() -> None:
    rate, reports = control()
    reports.remb(600_000, 900_000, S)
    assert rate.bps == 600_000


def test_the_receivers_estimate_is_ignored_while_little_is_sent() -> None:
    rate, reports = control()
    reports.remb(50_000, 20_000, S)
    assert rate.bps == 1_000_000


def test_the_receivers_estimate_quickens_growth_and_bounds_it() -> None:
    rate, reports = control()
    reports.remb(5_000_000, 900_000, S)
    reports.report(0.0, 0.0, 900_000, S)
    assert rate.bps == 1_350_000, "one and a half times what was sent"
    reports.remb(1_400_000, 1_300_000, 2 * S)
    reports.report(0.0, 0.0, 1_300_000, 2 * S)
    assert rate.bps == 1_400_000


def test_an_old_estimate_is_not_believed() -> None:
    rate, reports = control()
    reports.remb(1_010_000, 900_000, S)
    reports.report(0.0, 0.0, 900_000, 10 * S)
    assert rate.bps > 1_080_000
