"""When a viewer changes its level of the ladder, by its line and by what became of going up: pure."""

from __future__ import annotations

from .ladder import UP_AFTER_S, next_level, wants_up

#: An estimate goes up and down around what the line carries, every four seconds or so, and takes a second to
#: be back: who is below its level's floor, but above this share of it, waits so long before it goes down.
SLIGHT_SHARE = 0.8
DOWN_AFTER_S = 1.5

#: Who has to go down so soon after it went up hesitates before it goes up again, the longer the more often;
#: but not where the line carries far more than that takes.  At 1 Mbit/s with 5 % of loss a viewer went up and
#: down ten times a minute, at a keyframe each; with the two it goes up once, and at 300 kbit/s as well.
REGRET_S = 15.0
HESITATION_S, MAX_HESITATION_S = 4.0, 16.0
CLEAR_MARGIN = 1.4


class Climb:
    """Decide about one viewer's level.

    Parameters
    ----------
    now : float
        By ``time.monotonic()``.
    up_after_s : float
        Seconds from now until it may go up for the first time.
    """

    def __init__(self, now: float, up_after_s: float) -> None:
        self._above_since = now - (UP_AFTER_S - up_after_s)
        self._rose_at = float("-inf")
        self._enough_at = float("-inf")
        self._hesitation_s = 0.0

    def next(self, level: int, line_bps: float, pixels: int, quality: str, now: float) -> int:
        """Return the level on which the viewer should be; to be asked again and again.

        Parameters
        ----------
        level : int
            Where it is, or where it goes to.
        line_bps : float
            What its line is believed to carry.
        pixels : int
            Of the picture at full scale.
        quality : str
            What the viewer prefers, of `ladder.LADDERS`.
        now : float
            By ``time.monotonic()``.
        """
        if not wants_up(level, line_bps, pixels, quality):
            self._above_since = now
        above_for_s = now - self._above_since
        if not wants_up(level, line_bps / CLEAR_MARGIN, pixels, quality):
            above_for_s -= self._hesitation_s
        goal = next_level(level, line_bps, pixels, above_for_s, quality)
        if goal <= level:
            self._enough_at = now
        elif now - self._enough_at < DOWN_AFTER_S:
            more_bps = line_bps / SLIGHT_SHARE
            if next_level(level, more_bps, pixels, 0.0, quality) == level:
                return level
        return goal

    def moved(self, former: int, level: int, now: float) -> None:
        """Note that the viewer goes from one level to another, or to another codec on the same."""
        self._above_since = now
        if level < former:
            self._rose_at = now
        elif level > former:
            longer_s = min(max(HESITATION_S, 2 * self._hesitation_s), MAX_HESITATION_S)
            self._hesitation_s = longer_s if now - self._rose_at < REGRET_S else 0.0
