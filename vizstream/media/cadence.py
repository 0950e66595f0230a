"""When to encode: pure decisions, no clock.

A picture is encoded when it is new.  When nothing new comes it is encoded a few times more, because
rate control left the last moving picture coarser than the cap allows at rest; then only as a keepalive,
because browsers answer silence with a keyframe request every 3 s.
"""

from __future__ import annotations

#: Ages in seconds of an unchanged picture at which it is encoded again to sharpen it.
#: At crf 23 the fourth repeat of a 720p picture adds less than 3 kB: the rest is not worth its bytes.
REFINE_AT_S = (0.10, 0.25, 0.5, 1.0)

#: Seconds between encodings of an unchanged, sharp picture.  Chromium and Firefox send a picture loss
#: indication after 3 s without a frame; one every 2 s keeps both quiet (measured).
KEEPALIVE_S = 2.0

#: Seconds between keyframes that decoders ask for.  A lossy line asks for many, and each costs as much as
#: thirty other frames.
KEYFRAME_INTERVAL_S = 1.0

#: The same for a viewer who has just come and sees nothing yet.
JOIN_KEYFRAME_INTERVAL_S = 0.2


#: Rate in bit/s at which keepalives are encoded where the encoder can be told: it then leaves the picture
#: as it is (36-500 bytes) instead of going on to polish it (600-11000 bytes, flow scene at 720p).
KEEPALIVE_BPS = 100_000


def refined(changed_at: float, now: float) -> bool:
    """Say whether an unchanged picture has been sharpened enough."""
    return now - changed_at > REFINE_AT_S[-1] + 1e-3


def repeat_due(changed_at: float, encoded_at: float) -> float:
    """Say when an unchanged picture is encoded next.

    Parameters
    ----------
    changed_at : float
        When the picture was first encoded, in seconds.
    encoded_at : float
        When it was last encoded.

    Returns
    -------
    float
        Time in seconds on the same clock.
    """
    age = encoded_at - changed_at
    for step in REFINE_AT_S:
        if age < step - 1e-3:  # a millisecond early is on time
            return changed_at + step
    return encoded_at + KEEPALIVE_S


def keyframe_due(keyframe_at: float, *, joining: bool) -> float:
    """Say when a keyframe that was asked for may be encoded at the earliest."""
    return keyframe_at + (JOIN_KEYFRAME_INTERVAL_S if joining else KEYFRAME_INTERVAL_S)
