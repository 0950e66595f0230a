"""``vizstream doctor``: what would stop vizstream on this machine, and what to do about it.

Each check is a function that returns one or more `Check` values and never raises.  What may crash or hang, a
graphics driver or a hardware encoder, is tried in a process of its own, so this one imports neither VTK
nor av.
"""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

import click
import ifaddr

from .errors import VizstreamError
from .ipc.link import Link
from .listener import listen
from .media.probe import HARDWARE_ENCODERS, try_encoders
from .render.probe import REMEDY as GL_REMEDY
from .render.probe import gl_report
from .sharing.programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK, WARN, FAIL = "ok", "warn", "fail"

PACKAGES = ("vtk", "numpy", "av", "aiortc", "aiohttp", "click")

#: Any one of these serves a browser; Safari and old phones know only the first.
SOFTWARE_ENCODERS = ("libx264", "libvpx-vp9", "libvpx", "libsvtav1")


@dataclass(frozen=True)
class Check:
    """The outcome of looking at one thing.

    Parameters
    ----------
    name : str
        What was looked at.
    status : str
        ``"ok"``, ``"warn"`` (works, but less well) or ``"fail"`` (would stop vizstream).
    message : str
        What was found, in one line.
    remedy : str
        What to do about it, in one line; empty when nothing needs doing.
    """

    name: str
    status: str
    message: str
    remedy: str = ""


def doctor() -> list[Check]:
    """Look at everything that vizstream needs from this machine: about four seconds.

    Returns
    -------
    list of Check
        In the order in which vizstream would come upon them.
    """
    return [check for checks in CHECKS for check in checks()]


def main() -> int:
    """Print all checks to stdout.

    Returns
    -------
    int
        The exit status: 1 where something would stop vizstream, else 0.
    """
    status = 0
    for checks in CHECKS:
        for check in checks():
            click.echo(f"{check.status:<5} {check.name:<14} {check.message}")
            if check.remedy:
                click.echo(f"{'':<20} remedy: {check.remedy}")
            if check.status == FAIL:
                status = 1
    return status


def check_python() -> Iterator[Check]:
    """Look at the interpreter and the installed packages."""
    words = f"{platform.python_version()} ({sys.executable}) on {platform.system()} {platform.machine()}"
    yield Check("Python", OK, words)  # an older one could not have imported this module
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        words = " ".join(missing)
        yield Check("packages", FAIL, f"not installed: {words}", f"pip install {words}")
    else:
        yield Check("packages", OK, ", ".join(found))


def check_graphics() -> Iterator[Check]:
    """Let VTK draw one picture."""
    report = gl_report()
    if not report.ok:
        yield Check("OpenGL", FAIL, report.failure, GL_REMEDY if sys.platform.startswith("linux") else "")
        return
    backend = f"{report.backend}, OpenGL {report.version}"
    if report.software:
        message = f"{report.renderer} by {backend}: the CPU draws"
        yield Check("OpenGL", WARN, message, "a GPU draws volumes and scenes of a million triangles faster")
    else:
        yield Check("OpenGL", OK, f"{report.renderer} by {backend}")


def check_memory() -> Iterator[Check]:
    """Map the shared memory of a session."""
    try:
        Link.create().close()
    except (VizstreamError, OSError) as error:
        yield Check("shared memory", FAIL, str(error), "raise this process's limit on memory (ulimit -v)")
    else:
        yield Check("shared memory", OK, "4 frames of up to 3840x2160 fit")


def check_encoders() -> Iterator[Check]:
    """Encode one picture with every encoder that we could use."""
    failures = try_encoders((*SOFTWARE_ENCODERS, *HARDWARE_ENCODERS))
    software = [name for name in SOFTWARE_ENCODERS if not failures[name]]
    hardware = [name for name in HARDWARE_ENCODERS if not failures[name]]
    remedy = "pip install --force-reinstall av: PyPI's wheel brings them, builds from source may not"
    if not software and not hardware:
        reasons = sorted({reason for reason in failures.values() if reason})
        yield Check("encoders", FAIL, f"none works: {'; '.join(reasons)}", remedy)
        return
    lost = [name for name in SOFTWARE_ENCODERS if failures[name]]
    if lost:
        yield Check("encoders", WARN, f"{', '.join(software) or 'none'}; not {', '.join(lost)}", remedy)
    else:
        yield Check("encoders", OK, ", ".join(software))
    yield Check("on hardware", OK, ", ".join(hardware) or "no encoder; the CPU encodes")


def check_ports() -> Iterator[Check]:
    """Listen on the usual port."""
    try:
        listen("127.0.0.1", 8000).close()
    except VizstreamError as error:
        yield Check("port", WARN, str(error), "vizstream serve --port 0 picks a free one")
    else:
        yield Check("port", OK, "8000 is free")


def check_udp() -> Iterator[Check]:
    """Send a datagram to ourselves, and look for an address that WebRTC can offer."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(2)
            receiver.sendto(b"vizstream", receiver.getsockname())
            receiver.recv(16)
    except OSError as error:
        yield Check(
            "UDP", FAIL, f"not even within this machine: {error}", "allow UDP on the loopback interface"
        )
        return
    # As aioice gathers its host candidates (ice.py, get_host_addresses).
    addresses = [
        str(ip.ip)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4 and ip.ip != "127.0.0.1"
    ]
    if addresses:
        yield Check("UDP", OK, f"works; WebRTC offers {', '.join(addresses)}")
    else:
        remedy = "connect to a network, or: ip address add 10.255.255.254/32 dev lo"
        yield Check("UDP", WARN, "works, but WebRTC has no address to offer beside 127.0.0.1", remedy)


def check_tunnels() -> Iterator[Check]:
    """Look for the programs that carry a scene beyond this network."""
    found = [name for name in PROGRAMS if shutil.which(name)]
    if found:
        yield Check("tunnel", OK, f"{', '.join(found)}: vizstream serve --share {found[0]}")
    else:
        remedy = f"to share beyond this network, {PROGRAMS['cloudflared'].install}"
        yield Check("tunnel", WARN, f"no {' or '.join(PROGRAMS)} on PATH", remedy)


CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (
    check_python,
    check_graphics,
    check_memory,
    check_encoders,
    check_ports,
    check_udp,
    check_tunnels,
)
