"""The board: one JSON object that one process posts and the other reads; only the newest counts.

There are two banks.  Version v is written into bank ``v & 1`` and then named in ``POSTED``, so the
value before it stays readable meanwhile, also for ever, should the writer be killed half-way.  A reader
copies the text and then looks whether the bank still holds that version; it can be overtaken only by
two posts during one copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import layout
from .fence import fence
from .layout import WORD
from .memory import SharedMemory

#: Rounds in which a reader that was overtaken tries again before it makes do with what it read last time.
_ATTEMPTS = 64


class Board:
    """Shared memory for the newest value of a small JSON object.

    It may be pickled only as an argument of a process that is being spawned.  One thread of one process
    may post, one thread of each process may read.

    Parameters
    ----------
    capacity : int
        Length in bytes of the longest JSON text.
    """

    capacity: int
    memory: SharedMemory

    def __init__(self, capacity: int = 65536) -> None:
        if capacity < len("{}"):
            raise ValueError(f"capacity must be at least 2 bytes, not {capacity}")
        memory = SharedMemory(layout.bank_header(capacity, 2) * WORD)
        layout.stamp(memory.words, layout.BOARD_MAGIC, capacity)
        self._open(memory)

    def _open(self, memory: SharedMemory) -> None:
        layout.check(memory.words, layout.BOARD_MAGIC)
        self.memory = memory
        self.capacity = memory.words[layout.BOARD_CAPACITY]
        self._headers = (layout.bank_header(self.capacity, 0), layout.bank_header(self.capacity, 1))
        self._read_version = 0
        self._read_value: dict[str, Any] = {}

    def __getstate__(self) -> SharedMemory:
        return self.memory

    def __setstate__(self, memory: SharedMemory) -> None:
        self._open(memory)

    @property
    def version(self) -> int:
        """The version of the newest value: 0 before the first post, then 1, 2, 3 and so on."""
        version: int = self.memory.words[layout.POSTED]
        return version

    def post(self, value: Mapping[str, Any]) -> None:
        """Replace the value.  Never blocks; a value equal to the last one is a new version all the same.

        Raises
        ------
        ValueError
            If it is longer than the board, or holds NaN or infinity.
        TypeError
            If it cannot be written as JSON.
        """
        text = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
        if len(text) > self.capacity:
            raise ValueError(f"a value of {len(text)} bytes does not fit on a board of {self.capacity} bytes")
        words = self.memory.words
        version = words[layout.POSTED] + 1
        header = self._headers[version & 1]
        words[header + layout.BANK_VERSION] = 0
        fence()
        words[header + layout.BANK_LENGTH] = len(text)
        start = (header + layout.BANK_TEXT) * WORD
        self.memory.buf[start : start + len(text)] = text
        fence()
        words[header + layout.BANK_VERSION] = version
        fence()
        words[layout.POSTED] = version

    def read(self) -> tuple[int, dict[str, Any]]:
        """Return the newest value.

        Returns
        -------
        version : int
            0 before the first post.
        value : dict
            Empty before the first post.  What it contains is shared between calls: do not change it.
        """
        for _ in range(_ATTEMPTS):
            version = self.version
            if version == self._read_version:
                break
            text = self._copy(version)
            if text is not None:
                self._read_version, self._read_value = version, json.loads(text)
                break
        return self._read_version, dict(self._read_value)

    def _copy(self, version: int) -> bytes | None:
        """Return the text of a version, or None if the writer has moved on."""
        words = self.memory.words
        header = self._headers[version & 1]
        fence()
        if words[header + layout.BANK_VERSION] != version:
            return None
        fence()
        length = words[header + layout.BANK_LENGTH]
        start = (header + layout.BANK_TEXT) * WORD
        text = bytes(self.memory.buf[start : start + length])
        fence()
        return text if words[header + layout.BANK_VERSION] == version else None

    def close(self) -> None:
        """Unmap the memory in this process.  Idempotent."""
        self.memory.close()
