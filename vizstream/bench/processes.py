"""What processes use: CPU time and memory, as the system counts them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .results import Usage


@dataclass(frozen=True)
class Sample:
    """What some processes had used at a moment: CPU in seconds, memory in MiB, of that shared."""

    cpu_s: float = 0.0
    memory_mib: float = 0.0
    shared_mib: float = 0.0


def sample(pids: list[int]) -> Sample:
    """Return what processes have used together; zeros on systems that do not tell."""
    samples = [_from_proc(pid) if Path("/proc/self/stat").exists() else _from_ps(pid) for pid in pids]
    return Sample(
        sum(one.cpu_s for one in samples),
        sum(one.memory_mib for one in samples),
        sum(one.shared_mib for one in samples),
    )


def children(pid: int) -> list[int]:
    """Return the children of a process, oldest first."""
    with contextlib.suppress(OSError):
        listing = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in listing.split()]
    with contextlib.suppress(OSError, ValueError):
        output = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
        return [int(child) for child in output.split()]
    return []


def usage(before: Sample, after: Sample, seconds: float) -> Usage:
    """Return what was used between two moments."""
    return Usage(
        cpu_percent=round((after.cpu_s - before.cpu_s) / seconds * 100, 1),
        memory_mib=round(after.memory_mib, 1),
        shared_mib=round(after.shared_mib, 1),
    )


def _from_proc(pid: int) -> Sample:
    """Read proc(5): CPU time from stat, memory from status."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        sizes = {}
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "RssShmem"):
                sizes[key] = int(value.split()[0]) / 1024
        return Sample(cpu_s, sizes.get("VmRSS", 0.0), sizes.get("RssShmem", 0.0))
    return Sample()


def _from_ps(pid: int) -> Sample:
    """Ask ps(1), which macOS has; it tells CPU time to the hundredth of a second."""
    with contextlib.suppress(OSError, ValueError):
        command = ["ps", "-o", "time=,rss=", "-p", str(pid)]
        words = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        if len(words) == 2:
            cpu_s = 0.0
            for part in words[0].split(":"):
                cpu_s = cpu_s * 60 + float(part)
            return Sample(cpu_s, int(words[1]) / 1024)
    return Sample()
