"""Loss that the rate causes, and loss that it does not."""

from __future__ import annotations

import random

from results import result

from vizstream.congestion.loss import MAX_INHERENT, LossMonitor


def test_packets_in_one_result_count_as_many() -> None:
    monitor = LossMonitor()
    arrived = result(0, 0, 25)._replace(packets=18)
    monitor.update([arrived, result(18, 0, None), result(19, 0, None)], 2, 50_000_000)
    assert monitor.loss == 0.1
    monitor.update([result(18, 0, 30, late=True)._replace(packets=2)], 0, 60_000_000)
    assert monitor.loss == 0.0


class Line:
    """Feed a monitor every 100 ms with packets of which a share is lost."""

    def __init__(self, seed: int = 3) -> None:
        self.monitor = LossMonitor()
        self.ms = 0
        self.seq = 0
        self.rng = random.Random(seed)  # noqa: S311 - repeatable noise
        self.cuts = self.holds = self.rounds = 0

    def run(self, seconds: float, loss: float, *, packets: int = 10) -> None:
        for _round in range(round(seconds * 10)):
            results = []
            for index in range(packets):
                lost = self.rng.random() < loss
                results.append(
                    result(self.seq, self.ms + 10 * index, None if lost else self.ms + 10 * index + 25)
                )
                self.seq += 1
            self.ms += 100
            lost = sum(one.arrival_us is None for one in results)
            self.monitor.update(results, lost, round((self.ms + 50) * 1e6))
            self.rounds += 1
            self.holds += self.monitor.holds
            if self.monitor.cuts:
                self.cuts += 1
                self.decreased()

    def decreased(self) -> None:
        self.monitor.decreased(round((self.ms + 50) * 1e6))


def test_no_loss_does_nothing() -> None:
    line = Line()
    line.run(20, 0.0)
    assert (line.monitor.loss, line.cuts, line.holds) == (0.0, 0, 0)


def test_five_per_cent_at_random_never_cut() -> None:
    for seed in range(5):
        line = Line(seed)
        line.run(60, 0.05)
        assert line.cuts == 0
        assert 0.01 < line.monitor.loss < 0.12


def test_loss_that_does_not_answer_is_the_lines_own() -> None:
    line = Line()
    line.run(5, 0.05)
    assert line.monitor.inherent == 0
    # One experiment in three comes out wrong, with a hundred packets on each side of it.
    for _decrease in range(4):
        line.decreased()
        line.run(3, 0.05)
    assert line.monitor.inherent > 0.02
    line.holds = line.rounds = 0
    line.run(20, 0.05)
    assert line.holds < 0.3 * line.rounds


def test_heavy_loss_cuts_and_then_holds_its_peace() -> None:
    line = Line()
    line.run(3, 0.0)
    line.run(6, 0.2)
    assert line.cuts >= 1
    assert line.monitor.inherent > 0.1
    line.cuts = 0
    line.run(20, 0.2)
    assert line.cuts <= 2


def test_loss_that_answers_is_the_rates() -> None:
    line = Line()
    line.run(3, 0.3)
    assert line.cuts >= 1
    line.run(3, 0.0)
    assert line.monitor.inherent < 0.03
    assert not line.monitor.holds


def test_a_third_lost_is_congestion_whatever_it_answers() -> None:
    line = Line()
    line.run(20, 0.35)
    assert line.monitor.inherent <= MAX_INHERENT
    assert line.cuts > 5


def test_the_lines_own_loss_is_forgotten() -> None:
    line = Line()
    line.run(3, 0.12)
    line.decreased()
    line.run(3, 0.12)
    line.run(30, 0.0)
    assert line.monitor.inherent < 0.01


def test_what_is_late_was_not_lost() -> None:
    monitor = LossMonitor()
    lost = [result(seq, seq, None) for seq in range(0, 40, 4)]
    got = [result(seq, seq, seq + 25) for seq in range(40) if seq % 4]
    monitor.update(lost + got, 10, 100_000_000)
    assert monitor.loss == 0.25
    monitor.update([result(seq, seq, seq + 60, late=True) for seq in range(0, 40, 4)], 0, 200_000_000)
    assert monitor.loss == 0.0


def test_few_packets_are_no_verdict() -> None:
    monitor = LossMonitor()
    monitor.update([result(seq, seq, None) for seq in range(10)], 10, 100_000_000)
    assert not monitor.cuts


def test_loss_at_any_rate_is_told_from_loss_by_the_rate() -> None:
    line = Line()
    line.run(3, 0.05)
    assert not line.monitor.at_any_rate, "nobody knows before the rate was lowered"
    line.decreased()
    line.run(8, 0.05)
    assert line.monitor.at_any_rate
    cured = Line()
    cured.run(3, 0.2)
    cured.decreased()
    cured.run(8, 0.0)
    assert not cured.monitor.at_any_rate
