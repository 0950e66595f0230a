"""When to draw, when to look for changes, and how long to sleep: pure decisions about plain numbers.

The loop keeps one `Schedule` and tells it what happened; the functions here answer "when is X due" with a
time on the loop's clock: at or before *now* means now, None means not until something happens.

A frame may begin when all of this holds:

- something changed, or nothing was ever drawn;
- somebody watches (the very first frame is drawn for nobody, so that whoever comes sees a picture at once);
- the last frame began at least ``1 / max_fps`` ago;
- the reader has taken the last frame.  A renderer that runs ahead draws pictures which nobody sees and
  applies input to them that then shows one frame late.  A reader that hangs holds us up for `TAKE_LIMIT`
  only.

A press or a release waits for neither of the last two, unless the last frame answers another one: whoever
clicks waits for the answer, and a release comes right after its press.

A scene that has not changed for `REST_S`, without any input, is at rest, and gets one picture as good as it
can be drawn.  One that moves again by itself, such as a clock, was not: the wait doubles each time, until
input tells that somebody is there for whom it may be worth it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Seconds to wait for the reader to take a frame.  An encoder that needs longer than this for one frame
#: is broken or being restarted; ten frames a second are enough for it.
TAKE_LIMIT = 0.1

#: Seconds between looks at whether the reader took the frame, only while a changed picture waits.  The reader
#: rings when it does; this is for a ring that came a moment too early.
TAKE_POLL = 0.02

#: The part of an interval by which a frame may be late without shifting the beat: 60 frames/s asked for gave
#: 58 before, because each wake-up comes 0.5 ms late.
LATENESS = 0.25

#: Seconds between looks for changes that came from nowhere: a script's own thread that moves an actor.
CHECK_PERIOD = 0.2

#: The share of one core that those looks may use; a scene of many actors is looked at less often.
CHECK_SHARE = 0.01

#: Seconds between frames that a script's own ``Render`` draws while nobody watches.
UNWATCHED_PERIOD = 1.0

#: Seconds without a change and without input after which a scene is at rest.  A hand that pauses in the
#: middle of a movement pauses for less.
REST_S = 0.15

#: Longest wait for rest in seconds, for scenes that move by themselves now and then.
MAX_REST_S = 60.0

#: Longest sleep in seconds.  The doorbell wakes us for all that matters, a stop included; this bounds how
#: late we are should a ring ever be lost.
MAX_SLEEP = 1.0


#: Seconds in which at most one finished picture is given up because a press has come that it does not show.
#: It saves the encoder's time, 7 ms at 720p, for the picture that does; the animation misses one frame.
GIVE_UP_S = 0.1


@dataclass
class Schedule:
    """What the loop knows.  Times are seconds on one monotonic clock.

    Parameters
    ----------
    interval : float
        Seconds from the beginning of one frame to that of the next, at least.
    has_update : bool
        Whether the scene has an ``update`` function that wants to be called before each frame.
    viewers : int
        How many watch.
    changed : bool
        Whether the picture differs from the last published one.
    begun : float
        When the last frame was begun.
    published : float
        When the last frame was published; ``-inf`` before the first.
    seq : int
        The last frame's seq.
    taken : bool
        Whether the reader has taken it.
    updated : float
        When ``update`` was last called.
    checked : float
        When the scene was last looked at for changes.
    check_cost : float
        Seconds that the look took.
    steered : bool
        Whether a button is held.
    pressed : bool
        Whether a press or a release was delivered that no picture shows yet.
    answers : bool
        Whether the last picture that was begun shows a press or a release for the first time.
    gave_up : float
        When a finished picture was last given up.
    moved : float
        When a changed picture was published, or input came, last.
    rested : bool
        Whether the picture of the scene at rest was published, and nothing has moved since.
    rest : float
        Seconds without movement after which the scene is at rest.
    """

    interval: float
    has_update: bool = False
    viewers: int = 0
    changed: bool = False
    begun: float = -math.inf
    published: float = -math.inf
    seq: int = 0
    taken: bool = True
    updated: float = -math.inf
    checked: float = -math.inf
    check_cost: float = 0.0
    steered: bool = False
    pressed: bool = False
    answers: bool = False
    gave_up: float = -math.inf
    moved: float = -math.inf
    rested: bool = False
    rest: float = REST_S
    _alone: bool = False

    @property
    def first(self) -> bool:
        """Whether no frame was published yet."""
        return self.published == -math.inf

    def forget_frame(self) -> None:
        """Note that the last frame can be seen by nobody any more: the next one is a first one."""
        self.published, self.taken = -math.inf, True

    def slot_due(self) -> float:
        """Return when the next frame may begin, if the reader takes nothing more before that."""
        if self.pressed and (self.taken or not self.answers):
            return self.begun
        paced = self.begun + self.interval
        return paced if self.taken else max(paced, self.published + TAKE_LIMIT)

    def begin(self, now: float) -> None:
        """Note that a frame begins.  One that is a little late does not delay those after it."""
        paced = self.begun + self.interval
        self.begun = paced if paced <= now < paced + LATENESS * self.interval else now
        self.answers, self.pressed = self.pressed, False

    def may_give_up(self, now: float) -> bool:
        """Say whether a finished picture may be given up for the next one."""
        return not (self.first or self.answers) and now - self.gave_up > GIVE_UP_S

    def frame_due(self) -> float | None:
        """Return when a frame is to be drawn, None when there is no need."""
        if self.first:
            return self.slot_due()
        if self.changed and self.viewers:
            return self.slot_due()
        return None

    def update_due(self) -> float | None:
        """Return when ``update`` is to be called, None when there is none or nobody watches."""
        if not self.has_update or not (self.viewers or self.first):
            return None
        return max(self.slot_due(), self.updated + self.interval)

    def check_due(self) -> float | None:
        """Return when the scene is to be looked at for changes that nobody announced."""
        if not self.viewers or self.changed or self.first:
            return None
        return self.checked + max(CHECK_PERIOD, self.check_cost / CHECK_SHARE)

    def move(self, now: float) -> None:
        """Note that a changed picture was published."""
        if self.rested and self._alone:
            self.rest = min(2 * self.rest, MAX_REST_S)
        self.rested = False
        self.moved = now

    def touch(self, now: float, *, hovers: bool) -> None:
        """Note that input came.  A pointer that only hovers may go on to press, but is no sign of will."""
        self.moved = now
        if not hovers:
            self.rest = REST_S
            self._alone = False

    def settle(self) -> None:
        """Note that the picture of the scene at rest was published."""
        self.rested = self._alone = True

    def rest_due(self) -> float | None:
        """Return when the picture of the scene at rest is to be drawn, None when there is no need."""
        if self.rested or self.steered or not self.viewers or self.changed or self.first:
            return None
        return self.moved + self.rest

    def wake_at(self, now: float, timer_due: float | None) -> float:
        """Return when the loop must wake even if nobody rings.

        Parameters
        ----------
        now : float
            The time now.
        timer_due : float or None
            When the next timer of the script is due.
        """
        due = [timer_due, self.frame_due(), self.update_due(), self.check_due(), self.rest_due()]
        wake = min((time for time in due if time is not None), default=math.inf)
        wants_a_frame = self.frame_due() is not None or self.update_due() is not None
        if wants_a_frame and not self.taken:
            wake = min(wake, max(self.begun + self.interval, now + TAKE_POLL))
        return max(now, min(wake, now + MAX_SLEEP))
