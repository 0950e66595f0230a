"""Fails in a function."""

from shapes import cone


def deeper():
    raise ValueError("the mesh is empty")


actor = cone()
deeper()
