import pytest

from vizstream.render.timers import TimerTable


@pytest.fixture
def table():
    return TimerTable()


def fired(table, now):
    return [(timer_id, owner) for timer_id, owner, _ in table.take_due(now)]


def test_a_repeating_timer_keeps_its_rate(table):
    table.add(7, "owner", 0.1, repeats=True, now=0.0)
    times = [tick / 1000 for tick in range(0, 1010, 3) if fired(table, tick / 1000)]
    assert len(times) == 10
    assert times[-1] == pytest.approx(1.0, abs=0.005)


def test_a_one_shot_timer_fires_once_and_is_gone(table):
    table.add(1, "owner", 0.1, repeats=False, now=0.0)
    assert fired(table, 0.05) == []
    assert fired(table, 0.1) == [(1, "owner")]
    assert 1 not in table
    assert fired(table, 5.0) == []
    assert table.next_due() is None


def test_a_late_timer_fires_once_and_does_not_catch_up(table):
    table.add(1, "owner", 0.01, repeats=True, now=0.0)
    assert len(fired(table, 1.0)) == 1
    assert fired(table, 1.0) == [(1, "owner")], "due again at once, since its period is over"
    assert table.next_due() == pytest.approx(1.01)


def test_the_longest_due_fires_first(table):
    table.add(1, "late", 0.3, repeats=False, now=0.0)
    table.add(2, "early", 0.1, repeats=False, now=0.0)
    assert fired(table, 1.0) == [(2, "early"), (1, "late")]


def test_removed_and_replaced(table):
    table.add(1, "old", 0.1, repeats=True, now=0.0)
    table.add(1, "new", 0.5, repeats=True, now=0.0)
    assert table.next_due() == pytest.approx(0.5)
    table.remove(1)
    table.remove(1)
    assert table.next_due() is None


def test_a_timer_too_fast_to_draw_for_is_held_back_and_others_are_not(table):
    for timer_id, period in ((1, 0.001), (2, 0.01)):
        table.add(timer_id, "owner", period, repeats=True, now=0.0)
    counts = {1: 0, 2: 0}
    for tick in range(1001):
        for timer_id, _owner in fired(table, tick / 1000):
            counts[timer_id] += 1
            table.drew(timer_id, tick / 1000)
    assert counts[1] == pytest.approx(60, abs=2)
    assert counts[2] == pytest.approx(100, abs=2)
    table.drew(3, 1.0)  # one that its own callback has destroyed
