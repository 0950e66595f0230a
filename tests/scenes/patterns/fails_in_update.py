"""Fails after a second of life, in update(t)."""

from shapes import cone

actor = cone()


def scene():
    return [actor]


def update(t):
    actor.RotateZ(1)
    if t > 0.3:
        raise RuntimeError("the data ran out")
