"""What the render side needs from the rest of the program, as a protocol that a test can fake.

The render loop lives in the main thread of the main process.  It hands finished frames out, takes input
events in, and sleeps; who is at the other end, a server process behind shared memory or a list in a
test, it does not know.  ``serve`` fills `MainEnd` in over ``ipc.Link``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from vizstream.events import InputEvent

    Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Want:
    """What the viewers of one window, taken together, want at this moment.

    Parameters
    ----------
    viewers : int
        How many watch.  With none, nothing is drawn.
    first : int
        The number of the viewer whose size it is; 0 for none.
    width, height : float
        Size in logical pixels that the picture should have; 0 means that nobody asked.
    pixel_ratio : float
        Physical pixels for each logical pixel.
    """

    viewers: int = 0
    first: int = 0
    width: float = 0.0
    height: float = 0.0
    pixel_ratio: float = 1.0


@dataclass(frozen=True)
class Wants:
    """What all viewers want.

    Parameters
    ----------
    windows : dict of int to Want
        By the window's number.  0 stands for the window that the script shows, whichever that is; who chose
        a window by its number may be watching the same.
    """

    windows: dict[int, Want] = field(default_factory=dict)

    @classmethod
    def read(cls, board: dict[str, Any]) -> Wants:
        """Make sense of the board of that name; see `server.windows.Windows.wants`."""
        return cls({number: Want(*row) for number, *row in board.get("windows", ())})

    def of(self, number: int, *, shown: bool) -> Want:
        """Return what is wanted of a window.

        Parameters
        ----------
        number : int
            The window's.
        shown : bool
            Whether it is the one that the script shows.
        """
        chosen, default = self.windows.get(number), self.windows.get(0) if shown else None
        if chosen is None or default is None:
            return chosen or default or Want()
        # Of both crowds, the viewer who came first sets the size, as within one.
        size = min((chosen, default), key=lambda want: want.first or math.inf)
        return replace(size, viewers=chosen.viewers + default.viewers)


class WriteSlot(Protocol):
    """Memory for one frame, ours until it is published or abandoned."""

    @property
    def pixels(self) -> Pixels:
        """The memory: uint8, shape (height, width, 4), C-contiguous, rows bottom-up as GL has them."""
        ...


SlotT = TypeVar("SlotT", bound=WriteSlot)


class FrameWriter(Protocol[SlotT]):
    """The writing end of the frame ring.  No call blocks."""

    @property
    def seq(self) -> int:
        """Number of the newest published frame; 0 before the first."""
        ...

    @property
    def taken_seq(self) -> int:
        """Number of the newest frame that the reader has taken."""
        ...

    def acquire(self, width: int, height: int) -> SlotT:
        """Return a slot for a frame of this size, at most 3840x2160."""
        ...

    def publish(
        self,
        slot: SlotT,
        *,
        window_id: int = 0,
        input_id: int = 0,
        render_begin_ns: int = 0,
        render_end_ns: int = 0,
        readback_end_ns: int = 0,
        still: bool = False,
    ) -> int:
        """Make the slot the newest frame; return its number."""
        ...

    def abandon(self, slot: SlotT) -> None:
        """Give the slot back unpublished."""
        ...


class MainEnd(Protocol):
    """The main process's end of the connection to the server process."""

    @property
    def writers(self) -> Sequence[FrameWriter[Any]]:
        """Where finished frames go: one window's into one of these."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether the program was asked to end (Ctrl-C, SIGTERM)."""
        ...

    def drain_inputs(self) -> list[InputEvent]:
        """Return the input events that came since the last call, oldest first."""
        ...

    def wants(self) -> Wants:
        """Return what the viewers want now.  Called every turn of the loop, so it must be cheap."""
        ...

    def post_scene(self, **fields: Any) -> None:
        """Tell the viewers about the scene: phase, title, message, window, windows (see `views.Views`)."""
        ...

    def ring(self) -> None:
        """Wake the other end: a frame is there."""
        ...

    def note_drawing(self, *, drawing: bool) -> None:
        """Note that a picture is being drawn from now on, or is drawn: that may take long."""
        ...

    def wait(self, timeout: float | None) -> bool:
        """Sleep until the other end rings, a stop is asked for, or `timeout` seconds have passed.

        Returns
        -------
        bool
            False when the time has passed and nothing else.
        """
        ...
