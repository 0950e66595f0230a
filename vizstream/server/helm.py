"""Who steers: one at a time, without ceremony.

::

            acts                     acts, while the holder rests
    free ─────────► one has it ─────────────────────────────────► another has it
      ▲                 │
      └─────────────────┘ nothing heard of it for `IDLE_S`, or it has left

Whoever may steer takes the helm by acting: a press, a key, the wheel.  From a press until everything is up
again, and a moment longer, the holder is in the middle of a gesture, and what others do is refused.  Moving
an idle pointer takes nothing.  While the helm is locked nobody takes it by acting.

Pure: time is what callers say it is.
"""

from __future__ import annotations

from vizstream.events import Held, InputEvent
from vizstream.protocol import MODIFIERS

#: Seconds for which a gesture outlasts its last event: the second press of a double click comes within 0.4 s
#: (`vizstream.render.input.DOUBLE_CLICK`), the next notch of a wheel sooner.
TAIL_S = 0.4

#: Seconds without a word after which a gesture counts as ended, whatever is still held: longer than a hand
#: holds still, shorter than a browser that died in a drag is noticed (10 s).
STALE_S = 5.0

#: Seconds without a word after which nobody is said to steer any more, so that others' idle pointers reach
#: the scene again (a widget that lights up, a label that appears).
IDLE_S = 5.0

_UP = {"pointer_up", "key_up"}

NOBODY = 0


class Helm:
    """The helm of one window.

    Parameters
    ----------
    locked : bool
        Whether it is the owner who says who has it.
    """

    def __init__(self, *, locked: bool = False) -> None:
        #: Number of the viewer who has it, or `NOBODY`.
        self.viewer = NOBODY
        self.locked = locked
        self._held = Held()
        self._acted_at = self._heard_at = float("-inf")

    def admits(self, viewer: int, event: InputEvent, now: float, *, owner: bool = False) -> bool:
        """Say whether an event may pass, and let its viewer take the helm where that is how it goes.

        Parameters
        ----------
        viewer : int
            Whose event it is; somebody who may steer at all.
        event : InputEvent
            For the renderer.
        now : float
            Seconds, monotonic.
        owner : bool
            Whether the viewer owns the scene: may take a locked helm that nobody has.
        """
        if viewer != self.viewer:
            if event.type in _UP:
                # Of a press that passed, or it is refused elsewhere: only the helm's holder holds anything.
                return True
            acts = event.type in ("pointer_down", "wheel") or (
                event.type == "key_down" and event.key not in MODIFIERS
            )
            if self.locked:
                if self.viewer != NOBODY or not owner:
                    return False
            elif self.viewer != NOBODY and (not acts or self.busy(now)):
                return False
            if not acts:
                return True
            self.give(viewer, now)
        self._heard_at = now
        self._held.note(event)
        if not event.hovers:
            self._acted_at = now
        return True

    def busy(self, now: float) -> bool:
        """Say whether its holder is in the middle of a gesture."""
        if self._held:
            return now - self._heard_at < STALE_S
        return now - self._acted_at < TAIL_S

    def give(self, viewer: int, now: float) -> None:
        """Hand it over, whatever its holder is doing; `NOBODY` frees it.

        Whatever the old holder held down is for the caller to let go.
        """
        self.viewer = viewer
        self._held = Held()
        self._acted_at = float("-inf")
        self._heard_at = now

    def leave(self, viewer: int) -> None:
        """Free it, if a viewer who goes away has it."""
        if viewer == self.viewer:
            self.give(NOBODY, float("-inf"))

    def rest(self, now: float) -> bool:
        """Free it if nothing was heard of its holder for a while; say whether that was so."""
        if self.locked or self.viewer == NOBODY or self.busy(now) or now - self._heard_at < IDLE_S:
            return False
        self.leave(self.viewer)
        return True
