"""How a running scene is told to end.

VTK prints and swallows whatever an observer raises, except for two: on ``KeyboardInterrupt`` it ends the
process on the spot with status 1 (vtkPythonCommand::Execute), and ``SystemExit`` ends it too.  So a stop is
an exception of its own: where it meets an observer it is swallowed and the loop sees the request a moment
later; everywhere else it unwinds the script, whose ``finally`` blocks run.
"""

from __future__ import annotations


class Stopped(BaseException):
    """Unwinds the user's script because the program is to end.  Not an error."""
