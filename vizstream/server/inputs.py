"""From viewers' messages to the input ring: checked, counted, merged, never lost.

The ring to the renderer is bounded, and the renderer may be busy for seconds.  What does not fit waits
here, merged: a hand that keeps moving costs one entry.  Presses, releases and keys are kept in order; when
too many wait, new *presses* are refused, never the release of a press that was taken.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vizstream.errors import ProtocolError
from vizstream.events import Held, InputEvent, merge
from vizstream.protocol import VIEW_INPUT, Wish, encode_event, parse_input

if TYPE_CHECKING:
    from collections.abc import Callable

#: Events that may wait for the renderer.  A hand makes about ten presses and releases a second.
MAX_PENDING = 1024

#: Messages a second that one viewer may send, and the burst above it.  A 1000 Hz mouse, merged per display
#: frame by the page, sends up to 240.
MAX_RATE_HZ = 500.0
RATE_BURST = 500.0

#: Messages above the rate after which a viewer is taken for a flood and dropped: four seconds at twice the
#: rate.  Reading what is refused costs as much as reading what is not.
MAX_EXCESS = 2000

#: Inputs whose effect has not been seen in a frame yet, remembered for each viewer.
MAX_IN_FLIGHT = 4096

_UP = {"pointer_up", "key_up"}

#: What is not for the renderer.
_FOR_THE_SERVER = {"resize", "window"}


@dataclass
class _Hand:
    """What one viewer holds down, how fast it sends, and which inputs it waits to see."""

    held: Held = field(default_factory=Held)
    tokens: float = RATE_BURST
    refilled_at: float = 0.0
    excess: int = 0
    in_flight: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MAX_IN_FLIGHT))
    shown: int = 0


class InputGate:
    """Take messages of all viewers and pass them to the renderer in one order.

    Parameters
    ----------
    put : callable
        Writes one record into the input ring; False when it is full.
    ring : callable
        Wakes the renderer.
    clock : callable
        Seconds, monotonic.

    Attributes
    ----------
    admits : callable
        Says whether a viewer who may steer may do so now; told of its every event for the renderer.
    """

    admits: Callable[[int, InputEvent], bool]

    def __init__(
        self,
        put: Callable[[bytes], bool],
        ring: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._put = put
        self._ring = ring
        self._clock = clock
        self.admits = lambda _viewer, _event: True
        self._pending: list[InputEvent] = []
        self._hands: dict[int, _Hand] = {}
        # Starts at the clock, so that numbers go on growing when the server process is replaced.
        self._number = time.monotonic_ns() // 1000
        #: Messages accepted, and refused by reason.
        self.accepted = 0
        self.refused: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many events the ring had no room for yet."""
        return len(self._pending)

    def submit(
        self, viewer: int, data: str | bytes, *, window: int = 0, steers: bool = True
    ) -> InputEvent | Wish | None:
        """Take one message.

        Parameters
        ----------
        viewer : int
            Whose it is.
        data : str or bytes
            As it came.
        window : int
            The window that the viewer sees.
        steers : bool
            Whether it may do more than look.

        Returns
        -------
        InputEvent, Wish or None
            The checked message, or None where it was refused (and counted).  A wish, a ``resize`` or a
            ``window`` is returned but not passed on: what follows from it is not for this class to say.
        """
        hand = self._hands.setdefault(viewer, _Hand(refilled_at=self._clock()))
        if not self._within_rate(hand):
            self.refused["rate"] += 1
            hand.excess += 1
            return None
        try:
            event = parse_input(data)
        except ProtocolError as error:
            self.refused[error.reason] += 1
            return None
        if isinstance(event, Wish):
            return event
        if not steers and event.type not in VIEW_INPUT:
            self.refused["role"] += 1
            return None
        if event.type not in _FOR_THE_SERVER:
            event = replace(event, window=window)
            if not self.admits(viewer, event):
                self.refused["helm"] += 1
                return None
            if len(self._pending) >= MAX_PENDING and event.type not in _UP:
                self.refused["overflow"] += 1
                return None
            if not hand.held.note(event):
                # Its press was refused, or never was; a desktop would not see it either.
                self.refused["unpaired"] += 1
                return None
            self._enqueue(viewer, event)
            self.flush()
        self.accepted += 1
        return event

    def floods(self, viewer: int) -> bool:
        """Say whether a viewer has sent too much for too long."""
        hand = self._hands.get(viewer)
        return hand is not None and hand.excess > MAX_EXCESS

    def let_go(self, viewer: int) -> None:
        """Release whatever the viewer holds, as it turns to another window or has gone away."""
        hand = self._hands.get(viewer)
        if hand is not None:
            for release in hand.held.let_go():
                self._enqueue(viewer, release)
            hand.in_flight.clear()
            self.flush()

    def leave(self, viewer: int) -> None:
        """Release whatever the viewer held, and forget it."""
        self.let_go(viewer)
        self._hands.pop(viewer, None)

    def flush(self) -> None:
        """Pass on what waits; what does not fit into the ring goes on waiting."""
        sent = 0
        for event in self._pending:
            if not self._put(encode_event(event)):
                break
            sent += 1
        if sent:
            del self._pending[:sent]
            self._ring()

    def shown(self, viewer: int, number: int) -> int:
        """Return the viewer's own id of its newest input that a frame shows.

        Parameters
        ----------
        viewer : int
            Whose.
        number : int
            The frame's ``input_id``.

        Returns
        -------
        int
            0 where the frame shows none of this viewer's inputs yet.
        """
        hand = self._hands.get(viewer)
        if hand is None:
            return 0
        while hand.in_flight and hand.in_flight[0][0] <= number:
            hand.shown = hand.in_flight.popleft()[1]
        return hand.shown

    def _within_rate(self, hand: _Hand) -> bool:
        now = self._clock()
        hand.tokens = min(RATE_BURST, hand.tokens + (now - hand.refilled_at) * MAX_RATE_HZ)
        hand.refilled_at = now
        if hand.tokens < 1:
            return False
        hand.tokens -= 1
        return True

    def _enqueue(self, viewer: int, event: InputEvent) -> None:
        self._number += 1
        numbered = replace(event, id=self._number, viewer=viewer)
        hand = self._hands.get(viewer)
        if hand is not None:
            hand.in_flight.append((self._number, event.id))
        self._pending[-1:] = merge([*self._pending[-1:], numbered])
