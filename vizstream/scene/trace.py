"""The script's own traceback: what Python would have printed had the user run the script without us."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

_OURS = str(Path(__file__).resolve().parent.parent)


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OURS, "<frozen importlib", "<frozen runpy"))


def _clean(report: traceback.TracebackException, seen: set[int]) -> None:
    if id(report) in seen:
        return
    seen.add(id(report))
    report.stack = traceback.StackSummary.from_list(
        [frame for frame in report.stack if not _is_ours(frame.filename)]
    )
    inner = [report.__cause__, report.__context__, *(getattr(report, "exceptions", None) or [])]
    for other in inner:
        if other is not None:
            _clean(other, seen)


def format_trace(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """Format an exception as Python does, without the frames of vizstream and of the import system.

    Returns
    -------
    str
        Ends with a newline.  For a syntax error in the script itself: only its place and what is wrong.
    """
    report = traceback.TracebackException(kind, error, trace, compact=True)
    _clean(report, set())
    lines = list(report.format())
    if not report.stack and lines and lines[0].startswith("Traceback"):
        del lines[0]
    return "".join(lines)


def summarize(error: BaseException) -> str:
    """Say in one line what happened: the last line of the traceback, cut to a length that a page shows."""
    lines = traceback.format_exception_only(type(error), error)
    line = lines[-1].strip() if lines else type(error).__name__
    first = next((text.strip() for text in line.splitlines() if text.strip()), type(error).__name__)
    return first if len(first) <= 300 else first[:299] + "…"
