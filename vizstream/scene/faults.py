"""Exceptions in a script's callbacks: VTK prints them and goes on; the flood is ours to stop."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from vizstream.render.messages import Repeats
from vizstream.render.stop import Stopped

from .trace import format_trace, summarize


class CountedFaults:
    """A ``sys.excepthook`` that shows each fault whole once, without our frames, then counts it."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._before = sys.excepthook

    def install(self) -> None:
        """Become the hook; a script may put its own in our place."""
        self._before = sys.excepthook
        sys.excepthook = self

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Report an exception that nobody caught."""
        if issubclass(kind, Stopped):
            return
        if not issubclass(kind, Exception):
            self._before(kind, error, trace)
            return
        frames = traceback.extract_tb(trace)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        count = self._repeats.note((kind.__name__, place))
        if count == 1:
            sys.stderr.write(format_trace(kind, error, trace))
        elif count:
            sys.stderr.write(f"{count} times now, in {place}: {summarize(error)}\n")
