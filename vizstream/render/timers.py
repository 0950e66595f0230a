"""The timers of a script's interactors, as a desktop's event loop keeps them.  Owns no clock.

A timer that could not fire in time fires once, late; it does not catch up.  A callback that takes longer
than its own period must not starve input and drawing.

On a desktop a callback that draws takes as long as that, so "every millisecond" means "as often as can be
drawn": VTK's camera orientation widget plays its 20 pictures so.  Here drawing is put off, and such a timer
is held back instead; otherwise those 20 would pass in one picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

OwnerT = TypeVar("OwnerT")

#: Timers of a shorter period, in seconds, do not mean what they say: VTK's own default (TimerDuration).
SHORTEST_PERIOD = 0.01

#: Seconds between two firings of such a timer if its callback draws: one picture of a common screen.
DRAWN_PERIOD = 1 / 60


@dataclass
class _Timer(Generic[OwnerT]):
    owner: OwnerT
    period: float
    repeats: bool
    due: float


class TimerTable(Generic[OwnerT]):
    """Timers by number.  Numbers come from VTK and are unique in the process."""

    def __init__(self) -> None:
        self._timers: dict[int, _Timer[OwnerT]] = {}

    def __contains__(self, timer_id: int) -> bool:
        return timer_id in self._timers

    def add(self, timer_id: int, owner: OwnerT, period: float, *, repeats: bool, now: float) -> None:
        """Start a timer that is due `period` seconds from `now`; one of the same number is replaced."""
        self._timers[timer_id] = _Timer(owner, period, repeats, now + period)

    def remove(self, timer_id: int) -> None:
        """Stop a timer; an unknown number is ignored, as VTK does."""
        self._timers.pop(timer_id, None)

    def drew(self, timer_id: int, now: float) -> None:
        """Note that the callback of a timer that fired at `now` has asked for a picture."""
        timer = self._timers.get(timer_id)
        if timer is not None and timer.period < SHORTEST_PERIOD:
            timer.due = max(timer.due, now + DRAWN_PERIOD)

    def next_due(self) -> float | None:
        """Return when the next timer is due, None without any."""
        return min((timer.due for timer in self._timers.values()), default=None)

    def take_due(self, now: float) -> list[tuple[int, OwnerT, bool]]:
        """Return ``(number, owner, repeats)`` of each timer due at `now`, the longest due first.

        A repeating timer is due again one period after it *was* due, so that its rate is kept on
        average, but not before `now`: there is no backlog.  A one-shot timer is gone.
        """
        due = sorted(
            (item for item in self._timers.items() if item[1].due <= now), key=lambda item: item[1].due
        )
        for timer_id, timer in due:
            if timer.repeats:
                timer.due = max(timer.due + timer.period, now)
            else:
                del self._timers[timer_id]
        return [(timer_id, timer.owner, timer.repeats) for timer_id, timer in due]
