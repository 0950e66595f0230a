"""Memory without a name: sparse, closed once, and mapped for as long as somebody looks at it."""

import errno
import gc
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from vizstream.errors import MachineError
from vizstream.ipc import memory
from vizstream.ipc.memory import SharedMemory

linux = sys.platform == "linux"


def open_fds():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())) if linux else 0


def resident_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def mapped():
    return Path("/proc/self/maps").read_text().count("memfd:vizstream")


def test_is_zeroed_and_holds_what_is_written():
    shared = SharedMemory(1000)
    assert bytes(shared.buf) == bytes(1000)
    shared.words[3] = 0x0102030405060708
    assert int.from_bytes(shared.buf[24:32], sys.byteorder) == 0x0102030405060708
    shared.close()


def test_size_is_rounded_up_to_words():
    shared = SharedMemory(1001)
    assert shared.size == len(shared.buf) == 1008
    assert len(shared.words) == 126
    shared.close()


@pytest.mark.parametrize("size", [0, -1])
def test_empty_is_refused(size):
    with pytest.raises(ValueError, match="positive"):
        SharedMemory(size)


def test_pages_never_used_take_no_memory():
    if not linux:
        return
    before = resident_kib()
    shared = SharedMemory(200 << 20)
    np.frombuffer(shared.buf, np.uint8)[100 << 20] = 1
    assert resident_kib() - before < 2048
    assert os.fstat(shared._handle).st_blocks * 512 <= 2 << 20  # one page, or one huge page
    shared.close()


def test_close_is_idempotent_and_leaks_no_descriptor():
    before = open_fds()
    for _ in range(20):
        shared = SharedMemory(4096)
        shared.close()
        shared.close()
    assert open_fds() == before


def test_forgotten_memory_leaks_no_descriptor():
    before = open_fds()
    for _ in range(20):
        SharedMemory(4096)
    assert open_fds() == before


def test_use_after_close_is_an_error_and_no_crash():
    shared = SharedMemory(4096)
    words = shared.words
    shared.close()
    with pytest.raises(ValueError, match="released"):
        words[0] = 1
    assert len(shared.buf) == 0


def test_close_with_views_keeps_them_readable_until_they_are_gone():
    if not linux:
        return
    before, fds = mapped(), open_fds()
    shared = SharedMemory(4096)
    array = np.frombuffer(shared.buf, np.uint8, 16, 8)
    array[:] = 7
    shared.close()
    shared.close()
    assert array.tolist() == [7] * 16
    assert mapped() == before + 1
    del array
    assert mapped() == before
    assert open_fds() == fds


def test_is_picklable_only_while_spawning():
    shared = SharedMemory(4096)
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(shared)
    shared.close()


@pytest.mark.skipif(sys.platform == "win32", reason="device: POSIX shared memory, which Windows lacks")
def test_without_memfd_an_unlinked_file_serves(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(memory.tempfile, "tempdir", str(tmp_path))
    shared = SharedMemory(8192)
    assert list(tmp_path.iterdir()) == []
    shared.words[1023] = 42
    assert shared.buf[8184:] == (42).to_bytes(8, sys.byteorder)
    assert os.fstat(shared._handle).st_blocks * 512 >= 8192  # reserved, so a full disk is no SIGBUS
    shared.close()


@pytest.mark.skipif(sys.platform == "win32", reason="device: POSIX shared memory, which Windows lacks")
@pytest.mark.parametrize("way", ["_memfd", "_unlinked_file"])
def test_no_room_is_a_machine_error_with_a_remedy(monkeypatch, way):
    def no_room(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "ftruncate", no_room)
    if way == "_unlinked_file":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    before = open_fds()
    with pytest.raises(MachineError, match="No space left") as caught:
        SharedMemory(64 << 20)
    assert "64 MiB" in str(caught.value)
    assert caught.value.remedy
    assert open_fds() == before
