"""``vizstream serve``, as users run it, in a process that ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from vizstream.config import Config
from vizstream.errors import VizstreamError
from vizstream.serve import serve


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve what the task says, until stdin is closed."""
    task = json.loads(sys.argv[1])
    del sys.argv[1:]
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        serve(Config(**task))
    except VizstreamError as error:
        sys.stderr.write(f"{error.report()}\n")
        sys.exit(error.exit_status)
