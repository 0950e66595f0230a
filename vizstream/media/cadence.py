"""When to encode: pure decisions, no clock.

A picture is encoded when it is new.  When nothing new comes it is encoded a few times more, because
rate control left the last moving picture coarser than the cap allows at rest; then only as a keepalive,
because browsers answer silence with a keyframe request every 3 s.
"""

from __future__ import annotations

#: Ages in seconds of an unchanged picture at which it is encoded again to sharpen it.  The line is idle from
#: the last picture that moved until the still of it comes after 0.25 s: with three times in it instead of one
#: the picture is 1 to 2 dB better when the still begins, and as sharp after 0.35 s as it was after 1.3 (flow
#: scene at 720p, 950 kbit/s, H.264 superfast and medium).
REFINE_AT_S = (0.10, 0.15, 0.20, 0.35, 0.6, 1.0, 1.5, 2.0)

#: The same for AV1.  Encoding takes so long that with two steps more the still was drawn 0.07 s later (two
#: cores, no GPU).
REFINE_SLOWLY_AT_S = (0.10, 0.35, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0)

#: The same for JPEG, which has to begin anew each time: 25 to 150 kB.
REFINE_WHOLE_AT_S = (0.10, 0.25, 0.5, 1.0)

#: Age with which the still of a scene at rest comes into this: it shows what was sharpened already.
STILL_AGE_S = 0.25

#: Age above which a picture is left as it is where a still of it is on its way, or has come: what was
#: sharpened later took 7 kB of H.264, and 12 to 45 of AV1, off the line of a still.
REFINE_BESIDE_STILL_S = 0.35

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


def refine_steps(steps: tuple[float, ...], *, beside_still: bool) -> tuple[float, ...]:
    """Return those of the ages that count where a still is on its way, or has come."""
    return tuple(age for age in steps if age <= REFINE_BESIDE_STILL_S) if beside_still else steps


def refined(changed_at: float, encoded_at: float, steps: tuple[float, ...] = REFINE_AT_S) -> bool:
    """Say whether an unchanged picture was sharpened enough when it was last encoded; see `repeat_due`."""
    return encoded_at - changed_at >= steps[-1] - 1e-3


def repeat_due(changed_at: float, encoded_at: float, steps: tuple[float, ...] = REFINE_AT_S) -> float:
    """Say when an unchanged picture is encoded next.

    Parameters
    ----------
    changed_at : float
        When the picture was first encoded, in seconds.
    encoded_at : float
        When it was last encoded.
    steps : tuple of float
        Ages at which it is sharpened.

    Returns
    -------
    float
        Time in seconds on the same clock.
    """
    age = encoded_at - changed_at
    for step in steps:
        if age < step - 1e-3:  # a millisecond early is on time
            return changed_at + step
    return encoded_at + KEEPALIVE_S


def keyframe_due(keyframe_at: float, *, joining: bool) -> float:
    """Say when a keyframe that was asked for may be encoded at the earliest."""
    return keyframe_at + (JOIN_KEYFRAME_INTERVAL_S if joining else KEYFRAME_INTERVAL_S)
