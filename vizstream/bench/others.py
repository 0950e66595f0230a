"""How much of the cores other programs take while a run measures."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

#: Fields of the first line of /proc/stat (proc(5)) that are work: user, nice, system, irq, softirq, steal.
#: What a virtual machine is not given, steal, is somebody else's, too.
_WORK = (1, 2, 3, 6, 7, 8)

#: Share of all cores, in percent, from which on figures are not to be trusted: at rest a desktop takes 2-5.
LIMIT_PERCENT = 10.0


class Others:
    """Watch from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all, self._ours = _all_s(), _ours_s()

    def percent(self) -> float:
        """Return the share of all cores that others have taken since; 0 where the system does not tell.

        Call it when all processes of ours have ended: those that still run count as others.
        """
        passed = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        others = (_all_s() - self._all) - (_ours_s() - self._ours)
        return round(max(0.0, others / passed * 100), 1)


def _all_s() -> float:
    """Return the seconds that all cores have worked."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
        return sum(int(words[field]) for field in _WORK) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _ours_s() -> float:
    """Return the seconds that we, and processes of ours that have ended, have worked."""
    if sys.platform == "win32":
        return 0.0
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
