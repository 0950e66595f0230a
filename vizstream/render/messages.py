"""VTK's own warnings and errors: each kind shown once, then counted.

A scene that draws 60 times a second says whatever it has to say 60 times a second.  While a scene is live,
VTK's log goes to a file without a name, and each turn of the loop copies what is new to stderr.

Why not an observer of ``vtkOutputWindow``?  It would need Python's global lock in whichever thread VTK warns,
and a filter's worker thread that warns while the main thread waits for it, holding the lock, would wait for
ever.  VTK's log file is written under VTK's own lock.  While a script loads, its messages go to stderr
directly, because the last one before a crash is the one that matters.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TextIO

# loguru's line: date, time, uptime, thread, file:line, verbosity, text.
_RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \([^)]*\) \[[^\]]*\]\s*"
    r"(?P<place>\S+:\d+)\s+(?P<level>[A-Z]+|-?\d+)\| ?(?P<text>.*)$"
)
_ADDRESS = re.compile(r"\(?0x[0-9a-fA-F]+\)?")
_LEVELS = {"ERR": "error", "WARN": "warning", "INFO": "note", "FATL": "fatal"}

#: Kinds of messages that are told apart; more than that count as one, so that memory stays bounded.
_MOST_KINDS = 1000

#: The file is emptied when it has grown to this many bytes.
_MOST_BYTES = 1 << 20


class Repeats:
    """Says which occurrence of a thing is worth a line: the first, 10th, 100th, 1000th and so on."""

    def __init__(self) -> None:
        self.counts: dict[object, int] = {}

    def note(self, kind: object) -> int:
        """Count an occurrence; return how many there were if that is worth saying, else 0."""
        if kind not in self.counts and len(self.counts) >= _MOST_KINDS:
            kind = None
        count = self.counts[kind] = self.counts.get(kind, 0) + 1
        return count if str(count).strip("0") == "1" else 0


class MessageFilter:
    """Turns the text of VTK's log into lines for the user.  Pure: text in, lines out."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._silent = True

    @property
    def counts(self) -> dict[object, int]:
        """How often each kind of message came."""
        return self._repeats.counts

    def feed(self, text: str) -> list[str]:
        """Take whole lines of the log; return the lines to show."""
        lines: list[str] = []
        for line in text.splitlines():
            record = _RECORD.match(line)
            if record is None:
                # A further line of the message before; loguru's own header comes before any message.
                if not self._silent and line.strip():
                    lines.append(f"  {line}")
                continue
            message = _ADDRESS.sub("", record["text"]).strip()
            count = self._repeats.note((record["place"], message))
            self._silent = count != 1 or record["place"].startswith("loguru.cpp")
            if count == 1 and not self._silent:
                level = _LEVELS.get(record["level"], "message")
                lines.append(f"vtk {level} ({record['place']}): {record['text']}")
            elif count > 1:
                lines.append(f"vtk said {count} times ({record['place']}): {message}")
        return lines


class Messages:
    """Collects VTK's log and shows it, filtered, whenever asked to.

    Parameters
    ----------
    stream : text file, optional
        Where the lines go; stderr by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.filter = MessageFilter()
        self._stream = stream
        self._file = -1
        self._read = 0

    def start(self) -> None:
        """Send VTK's messages to the file instead of stderr.  Does nothing the second time."""
        if self._file >= 0:
            return
        from vtkmodules.vtkCommonCore import vtkLogger

        self._file, name = tempfile.mkstemp(prefix="vizstream-", suffix=".log")
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
        vtkLogger.LogToFile(name, vtkLogger.APPEND, vtkLogger.VERBOSITY_INFO)
        if os.name == "posix":
            Path(name).unlink()  # both ends hold it open; so it goes with the process, whatever kills that

    def show(self) -> None:
        """Copy what is new to the stream.  Costs a microsecond when there is nothing."""
        if self._file < 0:
            return
        size = os.fstat(self._file).st_size
        if size <= self._read:
            return
        data = (
            os.pread(self._file, size - self._read, self._read) if hasattr(os, "pread") else self._seek_read()
        )
        whole = data.rfind(b"\n") + 1
        self._read += whole
        lines = self.filter.feed(data[:whole].decode(errors="replace"))
        if lines:
            print("\n".join(lines), file=self._stream or sys.stderr, flush=True)
        if self._read == size and size > _MOST_BYTES:
            # VTK appends, so what it writes next goes to the beginning.
            os.ftruncate(self._file, 0)
            self._read = 0

    def _seek_read(self) -> bytes:
        os.lseek(self._file, self._read, os.SEEK_SET)
        return os.read(self._file, _MOST_BYTES)
