"""What the render side needs from the rest of the program, as a protocol that a test can fake.

The render loop lives in the main thread of the main process.  It hands finished frames out, takes input
events in, and sleeps; who is at the other end, a server process behind shared memory or a list in a
test, it does not know.  ``serve`` fills `MainEnd` in over ``ipc.Link``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vizstream.events import InputEvent

    Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Wants:
    """What the viewers, taken together, want at this moment.

    Parameters
    ----------
    viewers : int
        How many watch.  With none, nothing is drawn.
    width, height : float
        Size in logical pixels that the picture should have; 0 means that nobody asked.
    pixel_ratio : float
        Physical pixels for each logical pixel.
    """

    viewers: int = 0
    width: float = 0.0
    height: float = 0.0
    pixel_ratio: float = 1.0


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
    ) -> int:
        """Make the slot the newest frame; return its number."""
        ...

    def abandon(self, slot: SlotT) -> None:
        """Give the slot back unpublished."""
        ...


class MainEnd(Protocol):
    """The main process's end of the connection to the server process."""

    @property
    def frames(self) -> FrameWriter[Any]:
        """Where finished frames go."""
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
        """Tell the viewers about the scene: phase, title, message, width, height, pixel_ratio, cursor."""
        ...

    def ring(self) -> None:
        """Wake the other end: a frame is there."""
        ...

    def wait(self, timeout: float | None) -> bool:
        """Sleep until the other end rings, a stop is asked for, or `timeout` seconds have passed.

        Returns
        -------
        bool
            False when the time has passed and nothing else.
        """
        ...
