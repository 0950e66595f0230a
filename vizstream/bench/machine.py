"""Which machine this is, for whoever reads the figures later."""

from __future__ import annotations

import os
import platform
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from vizstream import __version__
from vizstream.errors import MachineError
from vizstream.media.machine import usable_cores
from vizstream.render.probe import REMEDY, gl_report

from .results import Machine

PACKAGES = ("vtk", "numpy", "av", "aiortc")


def describe() -> Machine:
    """Return what this machine is.

    Draws a picture in a process of its own to learn what draws: about a second.

    Raises
    ------
    MachineError
        If nothing here can draw.
    """
    report = gl_report()
    if not report.ok:
        raise MachineError(f"no OpenGL: {report.failure}", REMEDY if sys.platform.startswith("linux") else "")
    versions = {"vizstream": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        versions[package] = metadata.version(package)
    return Machine(
        when=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        processor=_processor(),
        cores=usable_cores(),
        memory_mib=_memory_mib(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        renderer=report.renderer,
        software=report.software,
        versions=versions,
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return " ".join(value.split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_mib() -> int:
    try:
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20)
    except (AttributeError, ValueError, OSError):
        return 0
