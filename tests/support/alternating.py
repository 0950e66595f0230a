"""A server process whose viewers move from one of their codecs to the next, every second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from vizstream.server import rungs
from vizstream.server.process import run_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vizstream.media.codecs import Codec

PERIOD_S = 1.0


def next_codec(codecs: Sequence[Codec], *_given: Any) -> Codec:
    """Stand in for `vizstream.media.choice.choose`: whose turn it is, whatever it costs."""
    return codecs[int(time.monotonic() / PERIOD_S) % len(codecs)]


def run_alternating_server(*given: Any) -> None:
    """Run the server; see `vizstream.server.process.run_server`."""
    rungs.choose = next_codec
    rungs.CODEC_DWELL_S = rungs.CODEC_LOOK_S = 0.0
    run_server(*given)
