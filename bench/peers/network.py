"""A network of the measurement's own, so that its loopback counts nobody else's bytes."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from pathlib import Path

CLONE_NEWNET = 0x4000_0000
#: Of the block for documentation (RFC 5737): WebRTC offers no 127.0.0.1.
ADDRESS = "192.0.2.1/24"
COMMANDS = (
    "link set lo up",
    "link add peers0 type veth peer name peers1",
    f"address add {ADDRESS} dev peers0",
    "link set peers0 up",
    "link set peers1 up",
    # Browsers ask the routing table which address is theirs. Nobody is there.
    "route add default via 192.0.2.2 dev peers0",
)


def nameservers(text: str) -> list[str]:
    """Return the commands after which questions for names are refused at once, of the text of resolv.conf.

    Some pages name things on the Internet; each would wait for some ten seconds.
    """
    found = re.findall(r"^nameserver\s+(\S+)", text, re.MULTILINE)
    return [f"address add {each} dev lo" for each in found if not each.startswith("127.")]


def isolate() -> bool:
    """Move this process and all that it will start into a network namespace of its own.

    Returns
    -------
    bool
        False where this process has not the rights or the system for that; nothing has happened then.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or not hasattr(libc, "unshare"):
        return False
    namespaces = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            return False
        resolver = Path("/etc/resolv.conf")
        known = resolver.read_text(encoding="utf-8") if resolver.exists() else ""
        for command in (*COMMANDS, *nameservers(known)):
            done = subprocess.run(["ip", *command.split()], check=False, capture_output=True)
            if done.returncode != 0:
                libc.setns(namespaces, CLONE_NEWNET)
                return False
    except FileNotFoundError:
        libc.setns(namespaces, CLONE_NEWNET)
        return False
    finally:
        os.close(namespaces)
    return True
