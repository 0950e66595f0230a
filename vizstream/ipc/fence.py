"""Memory fences: which stores the other process may see in which order.

`fence` keeps earlier loads and stores before later ones, except a store before a later load.
`full_fence` keeps that pair in order too.

x86 gives the first for nothing (TSO: only a store may be overtaken, by a later load; Intel SDM volume 3,
8.2.2), and CPython does not reorder what a bytecode does, so there `fence` does nothing.  It does not give
the second, and the interpreter is not slow enough to hide that: of 600 000 rounds in which two processes
on a 2-core Xeon each stored a word and then loaded the other's, 7 lost *both* stores; none did with
`full_fence` in between.  A locked instruction is such a fence and also drains non-temporal stores, and
taking a fresh lock executes one: ``lock cmpxchg`` in glibc's ``sem_trywait``, in ``PyMutex`` from Python
3.13 on, ``lock bts`` in Windows' ``AcquireSRWLockExclusive``.  It costs 0.1 µs, and as the lock is fresh,
no thread or signal handler can find it taken.

ARM and others reorder everything, so there both are one real fence, called through ctypes (0.3 µs).
"""

from __future__ import annotations

import platform
import sys
from _thread import allocate_lock
from collections.abc import Callable
from typing import cast

from vizstream.errors import MachineError

_X86 = frozenset({"x86_64", "amd64", "i386", "i486", "i586", "i686"})

#: ``memory_order_seq_cst`` in C11's stdatomic.h, the argument of ``atomic_thread_fence``.
_SEQ_CST = 5
#: The system call's number on 64-bit Linux: asm-generic (arm64, riscv64, loongarch64) and the others.
_NR_MEMBARRIER = {"x86_64": 324, "ppc64le": 365, "s390x": 356}
_NR_MEMBARRIER_GENERIC = 283
#: Fences the caller itself (``smp_mb()``) and then the processes that registered for it, of which there
#: are none.  ``PRIVATE_EXPEDITED`` would not do: it returns early in a process with one thread.
_MEMBARRIER_GLOBAL_EXPEDITED = 1 << 1


def nothing() -> None:
    """Order what x86 orders anyway."""


def locked_instruction() -> None:
    """Execute one x86 ``lock`` instruction, by taking a lock that nobody else knows."""
    allocate_lock().acquire()


def atomic_thread_fence() -> Callable[[], object]:
    """Return the fence of libatomic, GCC's run-time library (Debian package ``libatomic1``).

    Raises
    ------
    OSError, AttributeError
        If the library is missing or lacks it.
    """
    import ctypes

    function = ctypes.CDLL("libatomic.so.1").atomic_thread_fence
    function.argtypes = [ctypes.c_int]
    function.restype = None
    return lambda: function(_SEQ_CST)


def membarrier() -> Callable[[], object]:
    """Return the fence of the Linux kernel (4.16 and later).

    Raises
    ------
    OSError
        If the kernel refuses the call.
    """
    import ctypes

    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    number = ctypes.c_long(_NR_MEMBARRIER.get(platform.machine(), _NR_MEMBARRIER_GENERIC))
    command, flags, cpu = ctypes.c_int(_MEMBARRIER_GLOBAL_EXPEDITED), ctypes.c_uint(0), ctypes.c_int(0)
    if syscall(number, command, flags, cpu) != 0:
        raise OSError(ctypes.get_errno(), "membarrier")
    return lambda: syscall(number, command, flags, cpu)


def os_memory_barrier() -> Callable[[], object]:
    """Return the fence of macOS: ``dmb ish`` on Apple silicon, deprecated but in every libSystem."""
    import ctypes

    function = ctypes.CDLL(None).OSMemoryBarrier
    function.argtypes = []
    function.restype = None
    return cast("Callable[[], object]", function)


def flush_process_write_buffers() -> Callable[[], object]:
    """Return the fence of Windows; ``MemoryBarrier`` is a macro that no library exports."""
    import ctypes

    function = ctypes.CDLL("kernel32").FlushProcessWriteBuffers
    function.argtypes = []
    function.restype = None
    return cast("Callable[[], object]", function)


def choose(system: str, machine: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return ``(fence, full_fence)`` for a machine.

    Parameters
    ----------
    system : str
        As `sys.platform`.
    machine : str
        As `platform.machine`.

    Raises
    ------
    MachineError
        If the machine needs a fence and offers none.
    """
    if machine.lower() in _X86:
        return nothing, locked_instruction
    makers = {
        "darwin": (os_memory_barrier,),
        "win32": (flush_process_write_buffers,),
    }.get(system, (atomic_thread_fence, membarrier))
    for maker in makers:
        try:
            found = maker()
        except (OSError, AttributeError):
            continue
        return found, found
    raise MachineError(
        f"no memory fence found for {machine} on {system}",
        "Install libatomic (Debian: apt install libatomic1)",
    )


fence, full_fence = choose(sys.platform, platform.machine())
