"""The exceptions that vizstream raises, and the exit status of each.

::

    VizstreamError                  exit 1
    ├── UsageError                  exit 2   the command line is wrong
    ├── SceneError                  exit 1   the user's script failed; carries its own traceback
    ├── MachineError                exit 3   this machine cannot; carries the remedy
    └── ProtocolError               –        a viewer sent something we refuse (never ends the program)

Each is raised with one clear line.  ``MachineError`` adds a second line: what to do about it.
"""

from __future__ import annotations


class VizstreamError(Exception):
    """Base of all errors that vizstream raises on purpose."""

    exit_status = 1

    def report(self) -> str:
        """Return what to print on stderr: a traceback if there is one, the message, the remedy."""
        trace, remedy = getattr(self, "trace", ""), getattr(self, "remedy", "")
        lines = [trace.rstrip("\n"), f"vizstream: {self}", f"vizstream: {remedy}" if remedy else ""]
        return "\n".join(line for line in lines if line)


class UsageError(VizstreamError):
    """The command line, or an argument of the Python API, is wrong."""

    exit_status = 2


class SceneError(VizstreamError):
    """The user's scene could not be loaded or failed while it ran.

    Parameters
    ----------
    message : str
        One line that says what happened.
    trace : str, optional
        The script's own traceback, without vizstream's frames, ready to print.
    """

    exit_status = 1

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


class MachineError(VizstreamError):
    """This machine lacks something that vizstream needs.

    Parameters
    ----------
    message : str
        One line that says what is missing.
    remedy : str, optional
        One line that says what to do about it.
    """

    exit_status = 3

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class ProtocolError(VizstreamError):
    """A viewer sent a message that is malformed, out of range, or too large.

    Parameters
    ----------
    reason : str
        A short word for the metrics, such as ``"json"``, ``"type"`` or ``"range"``.
    message : str
        One line for the log.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
