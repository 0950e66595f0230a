"""What a run is asked to measure."""

from __future__ import annotations

from dataclasses import dataclass

from vizstream.config import CODEC_CHOICES
from vizstream.errors import UsageError

#: The scene that is measured where none is named: a module of this package, which a wheel holds.
DEFAULT_SCENE = "vizstream.bench.scene"

#: The two sizes that people ask for.  With both, and the other defaults, a run takes some 80 s on 2 cores.
DEFAULT_RESOLUTIONS = ((1280, 720), (1920, 1080))

#: Sizes of the table of ways into shared memory, from VGA to UHD-1.
COPY_SIZES = ((640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))

MAX_VIEWERS, MAX_SECONDS = 64, 600.0


@dataclass(frozen=True)
class Plan:
    """What a run is asked to measure.

    Parameters
    ----------
    resolutions : tuple of (int, int)
        Sizes of the window in pixels.
    scene : str
        As ``vizstream serve`` takes it.
    viewers : int
        Most viewers at once; fewer are measured on the way.
    seconds : float
        That each measurement of the whole takes.
    codec : str
        As ``vizstream serve`` takes it; limits which encoders are measured, too.
    """

    resolutions: tuple[tuple[int, int], ...] = DEFAULT_RESOLUTIONS
    scene: str = DEFAULT_SCENE
    viewers: int = 4
    seconds: float = 3.0
    codec: str = "auto"

    def __post_init__(self) -> None:
        if not self.resolutions:
            raise UsageError("no resolution to measure")
        if not 1 <= self.viewers <= MAX_VIEWERS:
            raise UsageError(f"viewers must lie between 1 and {MAX_VIEWERS}, not {self.viewers}")
        if not 0.2 <= self.seconds <= MAX_SECONDS:
            raise UsageError(f"seconds must lie between 0.2 and {MAX_SECONDS:g}, not {self.seconds:g}")
        if self.codec not in CODEC_CHOICES:
            raise UsageError(f"codec must be one of {', '.join(CODEC_CHOICES)}, not {self.codec}")

    @property
    def crowds(self) -> tuple[int, ...]:
        """How many viewers are measured at once, one after the other: 1, 2, 4 … and the most."""
        counts = []
        count = 1
        while count < self.viewers:
            counts.append(count)
            count *= 2
        return (*counts, self.viewers)
