"""The ladder of rungs, and which one fits a line: pure decisions.

A rung is one encoding, shared by all viewers whose lines are alike.  Each has a scale and a band of rates;
within the band its rate follows its slowest viewer and its frame rate follows the rate, below the band a
viewer moves down, so that nobody slows those who can do better.  What is given up first, and when, was
measured (720p, H.264, flow-like scenes): at 300 kbit/s 30, 10 and 5 frames/s read 23.6, 26.0 and 28.0 dB, so
frames go first; at 100 kbit/s 360p at 15 frames/s wins, so then pixels go.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Level:
    """One level of the ladder.

    Parameters
    ----------
    scale : float
        Of the picture's sides.
    frame_bits : int
        What a frame of a 1280x720 picture, scaled, needs to be worth showing in motion: at low rates there
        are as many frames as this allows.
    floor_bps : int
        Target below which a viewer is better off one level further down; for a 1280x720 picture.
    patience : float
        How much more of the time between two pictures than usual encoding may take.
    """

    scale: float
    frame_bits: int
    floor_bps: int
    patience: float = 1.0


#: Best first.  1 Mbit/s gives 42 frames/s at full size, 300 kbit/s 19 at three quarters, 150 kbit/s 16 at
#: half.  The last one is for those who would rather have pixels than frames: at 1 Mbit/s 17 frames/s, at 300
#: kbit/s 5.
LEVELS: tuple[Level, ...] = (
    Level(1.0, 24_000, 550_000),
    Level(0.75, 16_000, 220_000),
    Level(0.5, 9_500, 0),
    Level(1.0, 60_000, 0, 2.0),
)

#: What a viewer may prefer: the levels that there are for it, best first, each with its floor as in `Level`.
#: A smooth picture has 30 frames/s on every level but the lowest; a sharp one is never scaled down, and has
#: fewer frames where more could not be: 17 of 32.0 dB instead of 30 of 30.2 at 1 Mbit/s (flow, 2 cores).
LADDERS: dict[str, tuple[tuple[int, float], ...]] = {
    "auto": ((0, 550_000), (1, 220_000), (2, 0)),
    "smooth": ((0, 720_000), (1, 540_000), (2, 0)),
    "sharp": ((0, 2_400_000), (3, 0)),
    "save": ((2, 0),),
}

#: Most that is sent to a viewer who saves data, in bit/s: 90 MB an hour, while the scene moves.
SAVE_BPS = 200_000

#: Frames per second below which a moving scene cannot be steered, and above which nobody gains.
MIN_FPS, MAX_FPS = 5.0, 60.0

#: Seconds for which a line must have carried more before a viewer moves up; moving down is at once.
UP_AFTER_S = 2.0
#: How much more than the upper level's floor the line must carry for that.
UP_MARGIN = 1.15
#: How far below its level's floor a viewer's target may dip before it moves down, and the share of the target
#: that has to be enough for the level that it moves to: the line is full of what was too much for it, and the
#: lower level's keyframe comes the sooner the smaller it is.
DOWN_MARGIN = 0.9
DOWN_SHARE = 0.75


def floor_bps(level: int, pixels: int, quality: str = "auto") -> float:
    """Return the rate below which a level is left, for a picture of so many pixels at full scale.

    Detail grows more slowly than pixels, so the floors scale with the square root of the area.
    """
    return float(dict(LADDERS[quality])[level] * (pixels / (1280 * 720)) ** 0.5)


def frame_rate(level: Level, rate_bps: float, pixels: int) -> float:
    """Return the frames per second that a rate is worth, for a picture of so many pixels at full scale."""
    frame_bits = level.frame_bits * (pixels / (1280 * 720)) ** 0.5
    return float(min(MAX_FPS, max(MIN_FPS, rate_bps / frame_bits)))


def payload_bps(rate_bps: float, fps: float, payload_bytes: int, overhead_bytes: int) -> int:
    """Return what of a line's rate is left for frames, headers taken off.

    Parameters
    ----------
    rate_bps : float
        On the wire.
    fps : float
        Frames per second, each of which fills whole packets but for the last.
    payload_bytes, overhead_bytes : int
        Largest payload of a packet, and the bytes around it.
    """
    frame_bytes = rate_bps / 8 / fps
    # On average the last packet is half full.
    packets = frame_bytes / (payload_bytes + overhead_bytes) + 0.5
    return round(8 * fps * max(frame_bytes - packets * overhead_bytes, 0.5 * frame_bytes))


def first_level(target_bps: float, pixels: int, quality: str = "auto") -> int:
    """Return the best level whose floor a target reaches."""
    return next(
        level for level, _floor in LADDERS[quality] if target_bps >= floor_bps(level, pixels, quality)
    )


def next_level(level: int, target_bps: float, pixels: int, above_for_s: float, quality: str = "auto") -> int:
    """Return the level on which a viewer should be.

    Parameters
    ----------
    level : int
        Where it is.
    target_bps : float
        What its line is believed to carry.
    pixels : int
        Of the picture at full scale.
    above_for_s : float
        Seconds for which the target has been above what moving up takes; see `wants_up`.
    quality : str
        What the viewer prefers, of `LADDERS`.
    """
    ladder = [step for step, _floor in LADDERS[quality]]
    if level not in ladder:
        return first_level(target_bps, pixels, quality)
    place = ladder.index(level)
    if target_bps < DOWN_MARGIN * floor_bps(level, pixels, quality):
        return ladder[max(place, ladder.index(first_level(DOWN_SHARE * target_bps, pixels, quality)))]
    if above_for_s < UP_AFTER_S:
        return level
    # All the way at once: every step costs a keyframe.
    ups = (up for up, below in pairwise(ladder[: place + 1]) if wants_up(below, target_bps, pixels, quality))
    return next(ups, level)


def wants_up(level: int, target_bps: float, pixels: int, quality: str = "auto") -> bool:
    """Say whether a target would be enough for the next better level, with a margin."""
    ladder = [step for step, _floor in LADDERS[quality]]
    place = ladder.index(level) if level in ladder else 0
    return place > 0 and target_bps >= UP_MARGIN * floor_bps(ladder[place - 1], pixels, quality)


def scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    """Scale a size to even sides of at least 64 pixels, or its own where it is smaller."""
    if scale == 1:
        return width, height
    return max(min(64, width), round(width * scale / 2) * 2), max(
        min(64, height), round(height * scale / 2) * 2
    )


def fitted(width: int, height: int, max_pixels: int | None) -> tuple[int, int]:
    """Scale a size down until its macroblocks hold so many pixels at most; None admits any."""

    def used(size: tuple[int, int]) -> int:
        return -(-size[0] // 16) * -(-size[1] // 16) * 256

    size, factor = (width, height), 1.0
    while max_pixels is not None and used(size) > max_pixels:
        factor *= min(0.99, (max_pixels / used(size)) ** 0.5)
        size = (int(width * factor / 2) * 2, int(height * factor / 2) * 2)
    return size
