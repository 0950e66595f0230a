"""A strip of black and white cells in the picture's corner that tells which picture it is.

::

    1 0 n n n n n n n n n n n n c c c c c c p      sync, number, clicks, parity

The number is in Gray code: from one picture to the next one of its cells changes, and the parity with it, so
that the strip costs the encoders next to nothing.
"""

from __future__ import annotations

#: As large as a macroblock, and aligned with them, so that coarse coding leaves each cell readable.
CELL_PX = 16
#: From the picture's left and upper edge.
MARGIN_PX = 16
NUMBER_BITS = 12
CLICK_BITS = 6
CELLS = 2 + NUMBER_BITS + CLICK_BITS + 1


def cells(number: int, clicks: int) -> list[bool]:
    """Return which cells are white, from the left.

    Parameters
    ----------
    number : int
        The picture's; its lower `NUMBER_BITS` are shown.
    clicks : int
        Presses that the scene has heard of; the lower `CLICK_BITS` are shown.
    """
    number %= 1 << NUMBER_BITS
    gray = number ^ (number >> 1)
    bits = [True, False]
    bits += [bool(gray >> place & 1) for place in reversed(range(NUMBER_BITS))]
    bits += [bool(clicks >> place & 1) for place in reversed(range(CLICK_BITS))]
    return [*bits, sum(bits) % 2 == 1]


def read(code: int) -> tuple[int, int] | None:
    """Return the number and the clicks that a strip tells.

    Parameters
    ----------
    code : int
        The cells as the bits of a number, the leftmost as the highest.

    Returns
    -------
    tuple of int or None
        None where that is no marker.
    """
    bits = [bool(code >> place & 1) for place in reversed(range(CELLS))]
    if bits[:2] != [True, False] or sum(bits) % 2:
        return None
    gray = code >> (CLICK_BITS + 1) & ((1 << NUMBER_BITS) - 1)
    number = 0
    while gray:
        number, gray = number ^ gray, gray >> 1
    return number, code >> 1 & ((1 << CLICK_BITS) - 1)
