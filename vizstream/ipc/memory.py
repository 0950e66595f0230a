"""Shared memory without a name: it dies with the processes that map it, whatever kills them.

A file descriptor stands for the memory and is handed to the child when it is spawned.  There is nothing
to unlink, so there is nothing to forget.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import sys
import tempfile
import weakref
from multiprocessing import context
from typing import Any

from vizstream.errors import MachineError

if sys.platform != "win32":
    from multiprocessing import reduction

from .layout import WORD, round_up


def _memfd(size: int) -> int:
    # Not tempfile in /dev/shm: containers give that 64 MB by default, and a store beyond it is a SIGBUS.
    fd = os.memfd_create("vizstream")
    try:
        os.ftruncate(fd, size)  # a hole: pages come into being when they are first written
    except BaseException:
        os.close(fd)
        raise
    return fd


def _unlinked_file(size: int) -> int:
    with tempfile.TemporaryFile() as file:
        fd = os.dup(file.fileno())
    try:
        os.ftruncate(fd, size)
        if hasattr(os, "posix_fallocate"):
            # Reserved now, or a full disk becomes a SIGBUS, without a traceback, in the user's script.
            os.posix_fallocate(fd, 0, size)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _open_fd(size: int) -> int:
    # Some Pythons for Linux are built against a C library that lacks it (glibc before 2.27).
    create = _memfd if hasattr(os, "memfd_create") else _unlinked_file
    try:
        return create(size)
    except OSError as error:
        raise MachineError(
            f"no shared memory of {size >> 20} MiB: {error.strerror}",
            "Free memory, or raise the limits of the container (file size, memory, temporary files)",
        ) from error


class SharedMemory:
    """A zeroed piece of memory that a spawned child process may share.

    It may be pickled only as an argument of a process that is being spawned.

    Parameters
    ----------
    size : int
        In bytes; rounded up to whole words.

    Attributes
    ----------
    size : int
        In bytes.
    buf : memoryview
        The bytes.  Views on it, such as arrays, keep the memory mapped after `close`.
    words : memoryview
        The same as 64-bit words (format ``Q``).  Released by `close`: using it then is a ``ValueError``.

    Raises
    ------
    MachineError
        If there is not that much memory.
    """

    size: int
    buf: memoryview
    words: memoryview

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"size must be positive, not {size}")
        size = round_up(size, WORD)
        if sys.platform == "win32":
            # Windows has no descriptor for this; the tag is a name, but one that dies with its last handle.
            self._map(size, f"vizstream-{secrets.token_hex(16)}")
        else:
            self._map(size, _open_fd(size))

    def _map(self, size: int, handle: Any) -> None:
        self._handle = handle
        # Also closes the descriptor of memory that is forgotten, or could not be mapped.
        if sys.platform == "win32":
            self._close_handle = weakref.finalize(self, lambda: None)
            self._mmap = mmap.mmap(-1, size, tagname=handle)
        else:
            self._close_handle = weakref.finalize(self, os.close, handle)
            self._mmap = mmap.mmap(handle, size)
        self._close_handle.atexit = False
        self.size = size
        self.buf = memoryview(self._mmap)
        self.words = self.buf.cast("Q")

    def __getstate__(self) -> tuple[int, Any]:
        context.assert_spawning(self)
        if not self._close_handle.alive:
            raise ValueError("shared memory is closed")
        if sys.platform == "win32":
            return self.size, self._handle
        return self.size, reduction.DupFd(self._handle)

    def __setstate__(self, state: tuple[int, Any]) -> None:
        size, handle = state
        if sys.platform != "win32":
            handle = handle.detach()
            os.set_inheritable(handle, False)  # it was made inheritable to reach us; our children get none
        self._map(size, handle)

    def close(self) -> None:
        """Unmap the memory in this process.

        Idempotent.  Where views on `buf` still exist, the memory stays mapped until the last one is gone.
        """
        if not self._close_handle.alive:
            return
        self._close_handle()
        words, buf, mapping = self.words, self.buf, self._mmap
        self.buf = memoryview(b"")
        del self._mmap
        for close in (words.release, buf.release, mapping.close):
            # Refused while a view exists; that view holds the mapping, which ends with it.
            with contextlib.suppress(BufferError):
                close()
