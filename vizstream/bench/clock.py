"""Time calls: wall clock, and the CPU time of all threads of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .figures import percentile

Result = TypeVar("Result")


class Stopwatch:
    """Collect what one stage takes.

    Attributes
    ----------
    ms : list of float
        Wall clock of each call.
    """

    def __init__(self) -> None:
        self.ms: list[float] = []
        self._cpu_ns = 0

    def time(self, call: Callable[[], Result]) -> Result:
        """Call, take the time, and return what the call returns."""
        cpu_ns, began_ns = time.process_time_ns(), time.perf_counter_ns()
        result = call()
        ended_ns = time.perf_counter_ns()
        self._cpu_ns += time.process_time_ns() - cpu_ns
        self.ms.append((ended_ns - began_ns) / 1e6)
        return result

    @property
    def median_ms(self) -> float:
        """The median."""
        return round(percentile(self.ms, 50), 4)

    @property
    def p95_ms(self) -> float:
        """The 95th percentile."""
        return round(percentile(self.ms, 95), 4)

    @property
    def cpu_ms(self) -> float:
        """Mean CPU time of a call."""
        return round(self._cpu_ns / 1e6 / max(1, len(self.ms)), 4)
