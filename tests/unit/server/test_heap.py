"""The bound on heaps, asked of the C library itself."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: Large pieces of memory taken by 16 threads at once; each heap that these make is an ``<heap nr=…>``.
COUNT = """
import ctypes, tempfile, threading
from pathlib import Path
from vizstream.server.heap import bound_heaps
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
{bound}
gate = threading.Barrier(16)
def take():
    gate.wait()
    for _piece in range(100):
        libc.malloc(50_000)
    gate.wait()
threads = [threading.Thread(target=take) for _thread in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(Path(file.name).read_text().count("<heap nr="))
"""


def heaps(bound: str) -> int:
    command = [sys.executable, "-c", COUNT.format(bound=bound)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc",
    reason="device: a machine whose C library has several heaps, as glibc has",
)
def test_threads_share_few_heaps() -> None:
    assert heaps("") > 2
    assert heaps("assert bound_heaps()") == 2
