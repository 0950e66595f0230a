"""When is what due: plain numbers in, plain numbers out."""

import math

import pytest

from vizstream.render.schedule import (
    CHECK_PERIOD,
    CHECK_SHARE,
    GIVE_UP_S,
    LATENESS,
    MAX_REST_S,
    MAX_SLEEP,
    REST_S,
    TAKE_LIMIT,
    TAKE_POLL,
    Schedule,
)

INTERVAL = 0.02


def live(**changes):
    """A scene that drew its first frame at 10 s, which was taken, and is watched by one."""
    values = {
        "viewers": 1,
        "begun": 10.0,
        "published": 10.005,
        "taken": True,
        "checked": 10.0,
        "moved": 10.005,
        "rested": True,
    }
    return Schedule(INTERVAL, **{**values, **changes})


def test_the_first_frame_is_drawn_although_nobody_watches():
    assert Schedule(INTERVAL).frame_due() == -math.inf


def test_nothing_is_drawn_when_nothing_changed():
    assert live().frame_due() is None


def test_nothing_is_drawn_for_nobody():
    assert live(viewers=0, changed=True).frame_due() is None


def test_frames_begin_an_interval_apart():
    assert live(changed=True).frame_due() == pytest.approx(10.02)


def test_a_frame_waits_for_the_reader_but_not_for_ever():
    assert live(changed=True, taken=False).frame_due() == pytest.approx(10.005 + TAKE_LIMIT)


def test_a_taken_frame_frees_the_next_one_at_once():
    schedule = live(changed=True, taken=False)
    schedule.taken = True
    assert schedule.frame_due() == pytest.approx(10.02)


def test_a_press_waits_neither_for_the_beat_nor_for_the_reader():
    schedule = live(changed=True, taken=False, pressed=True)
    assert schedule.frame_due() == 10.0
    assert schedule.wake_at(10.001, None) == 10.001
    schedule.begin(10.001)
    assert schedule.frame_due() == pytest.approx(10.005 + TAKE_LIMIT), "it is answered now"
    schedule.pressed = True
    assert schedule.frame_due() == pytest.approx(10.005 + TAKE_LIMIT), "the answer goes out first"
    assert live(pressed=True).frame_due() is None, "nothing has changed"


def test_pictures_are_given_up_seldom_and_never_the_first():
    schedule = live()
    assert schedule.may_give_up(11.0)
    schedule.gave_up = 11.0
    assert not schedule.may_give_up(11.0 + 0.9 * GIVE_UP_S)
    assert schedule.may_give_up(11.0 + 1.1 * GIVE_UP_S)
    assert not Schedule(INTERVAL).may_give_up(11.0)
    assert not live(answers=True).may_give_up(11.0)


def test_update_is_called_in_step_with_the_frames_and_only_while_watched():
    assert live().update_due() is None
    assert live(has_update=True).update_due() == pytest.approx(10.02)
    assert live(has_update=True, updated=10.015).update_due() == pytest.approx(10.035)
    assert live(has_update=True, viewers=0).update_due() is None
    assert Schedule(INTERVAL, has_update=True).update_due() == -math.inf


def test_unannounced_changes_are_looked_for_while_watched_and_still():
    assert live().check_due() == pytest.approx(10.0 + CHECK_PERIOD)
    assert live(viewers=0).check_due() is None
    assert live(changed=True).check_due() is None


def test_a_scene_that_is_costly_to_look_at_is_looked_at_less_often():
    cost = 0.01
    assert live(check_cost=cost).check_due() == pytest.approx(10.0 + cost / CHECK_SHARE)


def test_sleep_ends_with_what_is_due_first():
    assert live(changed=True).wake_at(10.01, None) == pytest.approx(10.02)
    assert live(changed=True).wake_at(10.01, 10.015) == pytest.approx(10.015)
    assert live(checked=10.5).wake_at(10.51, 10.53) == pytest.approx(10.53)


def test_sleep_is_bounded_when_nothing_is_due():
    assert live(viewers=0).wake_at(20.0, None) == pytest.approx(20.0 + MAX_SLEEP)


def test_what_is_overdue_wakes_now():
    assert live(changed=True).wake_at(11.0, None) == 11.0
    assert live().wake_at(11.0, 10.0) == 11.0


def test_while_a_change_waits_for_the_reader_it_is_looked_at_again_soon():
    waiting = live(changed=True, taken=False)
    assert waiting.wake_at(10.0, None) == pytest.approx(10.02), "not before a frame could begin"
    assert waiting.wake_at(10.05, None) == pytest.approx(10.05 + TAKE_POLL)


def test_an_idle_scene_is_not_polled_for_a_reader_that_takes_nothing():
    idle = live(taken=False, checked=30.0)
    assert idle.wake_at(30.0, None) == pytest.approx(30.0 + CHECK_PERIOD)


def test_a_little_lateness_keeps_the_beat_and_more_shifts_it():
    schedule = live()
    schedule.begin(10.021)
    assert schedule.begun == pytest.approx(10.02)
    schedule.begin(10.05)
    assert schedule.begun == pytest.approx(10.05)
    schedule.begin(10.07 + LATENESS * INTERVAL)
    assert schedule.begun == pytest.approx(10.07 + LATENESS * INTERVAL)


def test_sixty_frames_a_second_come_at_sixty_although_every_wakeup_is_late():
    schedule = Schedule(1 / 60, viewers=1)
    now, frames = 0.0, 0
    while now < 10.0:
        schedule.changed = True
        due = schedule.frame_due()
        if due <= now:
            schedule.begin(now)
            schedule.published, frames = now + 0.003, frames + 1
            now += 0.003
        now = max(now, schedule.wake_at(now, None)) + 0.0007
    assert frames == pytest.approx(600, abs=2)


def still(**changes):
    """A scene that has moved last at 10 s."""
    return live(**{"moved": 10.0, "rested": False, **changes})


def test_a_scene_comes_to_rest_once():
    schedule = still()
    assert schedule.rest_due() == pytest.approx(10.0 + REST_S)
    schedule.settle()
    assert schedule.rest_due() is None


def test_what_moves_is_hidden_or_held_has_no_rest():
    assert still(changed=True).rest_due() is None
    assert still(viewers=0).rest_due() is None
    assert still(steered=True).rest_due() is None
    assert Schedule(INTERVAL, viewers=1).rest_due() is None


def test_rest_begins_after_the_last_input_and_frame():
    schedule = still()
    schedule.touch(10.1, hovers=True)
    assert schedule.rest_due() == pytest.approx(10.1 + REST_S)
    schedule.move(10.2)
    assert schedule.rest_due() == pytest.approx(10.2 + REST_S)


def test_the_loop_wakes_for_rest_but_not_twice():
    schedule = still(checked=20.0)
    assert schedule.wake_at(10.01, None) == pytest.approx(10.0 + REST_S)
    schedule.settle()
    assert schedule.wake_at(10.2, None) > 11


def test_a_scene_that_moves_by_itself_is_given_up():
    """A clock that ticks each second gets a few stills, and then no more."""
    schedule, drawn = still(), 0
    for second in range(11, 300):
        due = schedule.rest_due()
        if due is not None and due < second:
            schedule.settle()
            drawn += 1
        schedule.move(float(second))
    assert drawn == 3
    schedule.rest = MAX_REST_S
    schedule.settle()
    schedule.move(301.0)
    assert schedule.rest == MAX_REST_S


def test_a_hand_makes_it_worthwhile_again():
    schedule = still()
    schedule.settle()
    schedule.move(11.0)
    assert schedule.rest > REST_S
    schedule.touch(12.0, hovers=True)
    assert schedule.rest > REST_S
    schedule.touch(13.0, hovers=False)
    assert schedule.rest == REST_S
    schedule.settle()
    schedule.touch(14.0, hovers=False)
    schedule.move(14.1)
    assert schedule.rest == REST_S, "it was moved, it did not move"
