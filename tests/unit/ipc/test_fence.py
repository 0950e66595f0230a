"""Each machine gets a fence that exists there."""

import ctypes.util
import sys

import pytest

from vizstream.errors import MachineError
from vizstream.ipc import fence


def raises(error):
    def maker():
        raise error

    return maker


def test_this_machine_has_fences():
    assert fence.fence() is None
    fence.full_fence()


@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "i686"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_x86_pays_only_for_the_full_fence(system, machine):
    assert fence.choose(system, machine) == (fence.nothing, fence.locked_instruction)


@pytest.mark.parametrize(
    ("system", "maker"),
    [
        ("linux", "atomic_thread_fence"),
        ("freebsd14", "atomic_thread_fence"),
        ("darwin", "os_memory_barrier"),
        ("win32", "flush_process_write_buffers"),
    ],
)
def test_arm_gets_a_real_fence_for_both(monkeypatch, system, maker):
    real = object()
    monkeypatch.setattr(fence, maker, lambda: real)
    assert fence.choose(system, "arm64") == (real, real)


@pytest.mark.parametrize("error", [OSError("no such library"), AttributeError("no such symbol")])
def test_linux_without_libatomic_asks_the_kernel(monkeypatch, error):
    real = object()
    monkeypatch.setattr(fence, "atomic_thread_fence", raises(error))
    monkeypatch.setattr(fence, "membarrier", lambda: real)
    assert fence.choose("linux", "aarch64") == (real, real)


def test_no_fence_at_all_names_the_remedy(monkeypatch):
    monkeypatch.setattr(fence, "atomic_thread_fence", raises(OSError()))
    monkeypatch.setattr(fence, "membarrier", raises(OSError()))
    with pytest.raises(MachineError) as caught:
        fence.choose("linux", "aarch64")
    assert "libatomic" in caught.value.remedy


# The calls themselves, on the machines that have them, whatever CPU they have.


def test_atomic_thread_fence_can_be_called():
    if ctypes.util.find_library("atomic") is None:
        with pytest.raises(OSError, match="libatomic"):
            fence.atomic_thread_fence()
    else:
        assert fence.atomic_thread_fence()() is None


def test_membarrier_can_be_called():
    if sys.platform != "linux":
        return
    try:
        call = fence.membarrier()
    except OSError:
        return  # a sandbox forbids the system call; choose() says so where it is needed
    assert call() == 0


def test_os_memory_barrier_can_be_called():
    if sys.platform == "darwin":
        assert fence.os_memory_barrier()() is None
    else:
        with pytest.raises(AttributeError):
            fence.os_memory_barrier()
