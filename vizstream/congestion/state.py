"""What a controller does, in a word."""

from __future__ import annotations

import enum


class State(enum.Enum):
    """What the controller does, for the metrics."""

    STARTING = "starting"
    PROBING = "probing"
    INCREASE = "increase"
    HOLD = "hold"
    DECREASE = "decrease"
    IDLE = "idle"
    STARVED = "starved"
    FALLBACK = "fallback"
