"""What this machine can do: cores, hardware, and how fast it has been lately.

One instance is shared by all rungs.  Their threads write to it and the event loop reads; each value is
replaced as a whole, and one that is a moment old does no harm.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from .probe import plausible_encoders, try_encoders

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

#: How fast measurements are followed, and how far one may be off: a thread that lost the processor for a
#: while says nothing about the encoder.
GAIN = 0.05
#: What drawing is assumed to take before anything has been drawn: the first picture should come soon, and an
#: encoder with little to do can be replaced by a better one later.
DRAW_MS = 20.0
SLOWEST, FASTEST = 0.25, 8.0


class Machine:
    """Cores, hardware encoders, and measured speed.

    Parameters
    ----------
    cores : int, optional
        Processors that this process may use.
    """

    def __init__(self, cores: int | None = None) -> None:
        self.cores = cores or usable_cores()
        #: How much faster pictures are encoded than on the machine of `choice.EFFORTS`.
        self.speed = 1.0
        #: Milliseconds that drawing and reading back a picture takes; a guess until one has been drawn.
        self.draw_ms = DRAW_MS
        self._drawn = 0
        #: Encodings that run at the same time.
        self.encodings = 1
        #: Hardware encoders that work, best first.
        self.hardware: tuple[str, ...] = ()

    def encoded(self, expected_ms: float, took_ms: float) -> None:
        """Note how long an encoding took beside what `choice` would have expected of a machine of speed 1."""
        if expected_ms > 0 and took_ms > 0:
            speed = min(FASTEST, max(SLOWEST, expected_ms / took_ms))
            self.speed += GAIN * (speed - self.speed)

    def drew(self, took_ms: float) -> None:
        """Note how long a picture took until it was in shared memory."""
        self._drawn += 1
        # The mean of the first ones: a scene's very first takes five times as long as those after it.
        self.draw_ms += max(GAIN, 1 / self._drawn) * (took_ms - self.draw_ms)

    def look_for_hardware(self, names: Sequence[str] | None = None) -> threading.Thread:
        """Try hardware encoders, in processes of their own because drivers crash, and use those that work.

        Parameters
        ----------
        names : sequence of str, optional
            As libav calls them; those that the machine's devices let hope for where not given.

        Returns
        -------
        threading.Thread
            Looks in the background; ended at once where there is nothing to try.
        """
        names = tuple(plausible_encoders() if names is None else names)

        def look() -> None:
            failures = try_encoders(names)
            for name, reason in failures.items():
                logger.info("hardware encoder %s %s", name, f"does not work: {reason}" if reason else "works")
            self.hardware = tuple(name for name in names if not failures[name])

        thread = threading.Thread(target=look if names else lambda: None, name="hardware", daemon=True)
        thread.start()
        return thread

    def give_up(self, name: str) -> None:
        """Do without a hardware encoder that has failed."""
        self.hardware = tuple(other for other in self.hardware if other != name)


def usable_cores() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1
