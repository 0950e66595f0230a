"""How fast to send: transport-wide congestion control as pure code.

Send and arrival times in, a target bitrate out; no clock, no socket, no thread::

    on_sent ─► history ─┐
                        ├─► PacketResults ─► delay ──── signal ───┐
    on_feedback ─► feedback                 ├─► throughput ─ bps ─┼─► rate ─► target_bps, pacing_bps
                                            ├─► loss ──── cut ────┤
                                            └─► probing ─ bps ────┘

After draft-ietf-rmcat-gcc-02 (delay- and loss-based control) and
draft-holmer-rmcat-transport-wide-cc-extensions-01 (the feedback).  Imports only the standard library.
"""

from __future__ import annotations

from .controller import CongestionController
from .feedback import Feedback, parse_feedback
from .probing import Probe
from .state import State

__all__ = ["CongestionController", "Feedback", "Probe", "State", "parse_feedback"]
