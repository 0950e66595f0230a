"""What programs use: CPU of processes, bytes on the loopback interface."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it, whichever thread has started them."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def cpu_ticks(stat: str) -> int:
    """Return user and system time, in ticks, of a line of /proc/PID/stat (fields 14 and 15)."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def process_seconds(pid: int) -> float:
    """Return the CPU time that a process by itself has used.

    Raises
    ------
    OSError
        If it has ended.
    """
    return cpu_ticks(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")) / TICKS


def spent_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time that processes have used, those that have ended left out."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += process_seconds(pid)
    return total


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its living descendants have used."""
    return spent_seconds(family(pid))


def received_bytes(table: str, interface: str) -> int:
    """Return what an interface has received, of the text of /proc/net/dev.

    Raises
    ------
    LookupError
        If it has no such interface.
    """
    for line in table.splitlines():
        name, _colon, counts = line.partition(":")
        if name.strip() == interface:
            return int(counts.split()[0])
    raise LookupError(f"no interface {interface}")


def loopback_bytes() -> int:
    """Return all bytes that have passed between programs of this machine, headers included."""
    return received_bytes(Path("/proc/net/dev").read_text(encoding="ascii"), "lo")
