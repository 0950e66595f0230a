"""QR codes (ISO/IEC 18004): bytes in, a square of dark and light modules out.

As much of the standard as an address needs: byte mode, error correction levels L (7 % may be damaged) and M
(15 %), versions 1 to 10 (21 to 57 modules a side, 271 bytes at most).

::

    bytes ─► bits, padded ─► blocks, each with its Reed-Solomon remainder ─► interleaved ─► zigzag ─► mask
"""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: For versions 1 to 10, by level: bytes of error correction in each block, and blocks (table 9).
_BLOCKS = {
    "L": ((7, 1), (10, 1), (15, 1), (20, 1), (26, 1), (18, 2), (20, 2), (24, 2), (30, 2), (18, 4)),
    "M": ((10, 1), (16, 1), (26, 1), (18, 2), (24, 2), (16, 4), (18, 4), (22, 4), (22, 5), (26, 5)),
}
#: What the format information calls the levels (table 12).
_LEVEL_BITS = {"L": 1, "M": 0}

#: x^8 + x^4 + x^3 + x^2 + 1, over which the bytes of the error correction are a field (clause 7.5.2).
_FIELD = 0x11D
#: Generators of the codes that protect format and version (annexes C and D), and the former's mask.
_FORMAT_CODE, _FORMAT_MASK, _VERSION_CODE = 0x537, 0x5412, 0x1F25

#: Where a mask turns a module over (table 10), by row and column.
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, _column: row % 2 == 0,
    lambda _row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)

Square = list[list[bool]]


def encode(data: bytes, level: str = "M") -> Square:
    """Return the smallest QR code that holds some bytes.

    Parameters
    ----------
    data : bytes
        What a reader will find; an address in ASCII is opened as one.
    level : str
        ``"L"`` or ``"M"``.

    Returns
    -------
    list of list of bool
        Rows from the top, True for a dark module, without the quiet zone of four light ones around it.

    Raises
    ------
    ValueError
        Where it does not fit into version 10.
    """
    for version in range(1, len(_BLOCKS[level]) + 1):
        correction, blocks = _BLOCKS[level][version - 1]
        room = _codewords(version) - correction * blocks
        if 4 + _length_bits(version) + 8 * len(data) <= 8 * room:
            break
    else:
        raise ValueError(f"{len(data)} bytes do not fit into a QR code of version {version}")
    words = _interleave(_pad(data, version, room), correction, blocks)
    candidates = [_draw(words, version, level, mask) for mask in range(len(_MASKS))]
    return min(candidates, key=_penalty)


def _length_bits(version: int) -> int:
    return 8 if version < 10 else 16


def _centres(version: int) -> list[int]:
    """Return rows and columns of the alignment patterns' centres (annex E)."""
    last = 4 * version + 10
    if version == 1:
        return []
    return [6, last] if version < 7 else [6, (6 + last) // 2, last]


def _codewords(version: int) -> int:
    """Return how many bytes a version holds, those of the error correction among them."""
    side = 4 * version + 17
    return (side * side - sum(map(sum, _reserved(version)))) // 8


def _pad(data: bytes, version: int, room: int) -> bytes:
    """Return the data with its head, its end, and what fills the room."""
    bits = f"0100{len(data):0{_length_bits(version)}b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, 8 * room - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))
    return words + (b"\xec\x11" * room)[: room - len(words)]


def _interleave(words: bytes, correction: int, blocks: int) -> bytes:
    """Cut the words into blocks, the longer ones last; return their columns, then those of the remainders."""
    short, longer = divmod(len(words), blocks)
    cut, start = [], 0
    for number in range(blocks):
        end = start + short + (number >= blocks - longer)
        cut.append(words[start:end])
        start = end
    remainders = [_remainder(block, correction) for block in cut]
    mixed = [word for column in zip_longest(*cut) for word in column if word is not None]
    return bytes(mixed + [word for column in zip(*remainders, strict=True) for word in column])


def _times(a: int, b: int) -> int:
    """Multiply two bytes of the field."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _FIELD
        b >>= 1
    return product


def _remainder(block: bytes, count: int) -> list[int]:
    """Return the Reed-Solomon remainder of a block, over the roots 2^0 … 2^(count-1)."""
    generator, root = [1], 1
    for _step in range(count):
        generator = [a ^ _times(root, b) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _times(root, 2)
    rest = [0] * count
    for word in block:
        factor = word ^ rest[0]
        rest = [a ^ _times(factor, b) for a, b in zip([*rest[1:], 0], generator[1:], strict=True)]
    return rest


def _check(value: int, code: int, length: int) -> int:
    """Return a value with the `length` bits of its cyclic code behind it."""
    rest = value << length
    for bit in range(rest.bit_length() - 1, length - 1, -1):
        if rest >> bit & 1:
            rest ^= code << (bit - length)
    return value << length | rest


def _reserved(version: int) -> Square:
    """Return which modules hold no data."""
    side = 4 * version + 17
    taken = [[row == 6 or column == 6 for column in range(side)] for row in range(side)]
    corners = [(0, 9, 0, 9), (0, 9, side - 8, side), (side - 8, side, 0, 9)]
    if version >= 7:
        corners += [(0, 6, side - 11, side - 8), (side - 11, side - 8, 0, 6)]
    corners += [(row - 2, row + 3, column - 2, column + 3) for row, column in _alignments(version)]
    for top, bottom, left, right in corners:
        for row in range(top, bottom):
            taken[row][left:right] = [True] * (right - left)
    return taken


def _alignments(version: int) -> list[tuple[int, int]]:
    """Return the centres of the alignment patterns; where the finders are, there is none."""
    centres = _centres(version)
    finders = {(6, 6), (6, centres[-1]), (centres[-1], 6)} if centres else set()
    return [(row, column) for row in centres for column in centres if (row, column) not in finders]


def _draw(words: bytes, version: int, level: str, mask: int) -> Square:
    """Return the whole square with one mask."""
    side = 4 * version + 17
    square = [[(row + column) % 2 == 0 for column in range(side)] for row in range(side)]  # timing
    for row, column in ((3, 3), (3, side - 4), (side - 4, 3)):
        _rings(square, row, column, 4, light=(2, 4))
    for row, column in _alignments(version):
        _rings(square, row, column, 2, light=(1,))
    _draw_format(square, _LEVEL_BITS[level] << 3 | mask)
    if version >= 7:
        code = _check(version, _VERSION_CODE, 12)
        for bit in range(18):
            far, near = side - 11 + bit % 3, bit // 3
            square[near][far] = square[far][near] = bool(code >> bit & 1)
    bits = [bool(word >> bit & 1) for word in words for bit in range(7, -1, -1)]
    turns = _MASKS[mask]
    places = _zigzag(version)
    bits += [False] * (len(places) - len(bits))
    for (row, column), bit in zip(places, bits, strict=True):
        square[row][column] = bit ^ turns(row, column)
    return square


def _rings(square: Square, row: int, column: int, reach: int, light: tuple[int, ...]) -> None:
    """Draw concentric squares around a centre, as far as they lie within."""
    side = len(square)
    for y in range(max(0, row - reach), min(side, row + reach + 1)):
        for x in range(max(0, column - reach), min(side, column + reach + 1)):
            square[y][x] = max(abs(y - row), abs(x - column)) not in light


def _draw_format(square: Square, value: int) -> None:
    """Write level and mask, twice (figure 25), and the one module that is always dark."""
    code = _check(value, _FORMAT_CODE, 10) ^ _FORMAT_MASK
    side = len(square)
    around = [0, 1, 2, 3, 4, 5, 7, 8]
    for bit in range(15):
        dark = bool(code >> bit & 1)
        if bit < 8:
            square[around[bit]][8] = dark
            square[8][side - 1 - bit] = dark
        else:
            square[8][around[14 - bit]] = dark
            square[side - 15 + bit][8] = dark
    square[side - 8][8] = True


def _zigzag(version: int) -> list[tuple[int, int]]:
    """Return the modules that hold data, in the order of the bits."""
    side = 4 * version + 17
    taken = _reserved(version)
    order, upwards = [], True
    for right in [*range(side - 1, 6, -2), 5, 3, 1]:
        for row in range(side - 1, -1, -1) if upwards else range(side):
            order += [(row, column) for column in (right, right - 1) if not taken[row][column]]
        upwards = not upwards
    return order


def _penalty(square: Square) -> int:
    """Return how hard a square is to read (clause 7.8.3): the mask with the least wins."""
    side = len(square)
    lines = [*square, *map(list, zip(*square, strict=True))]
    score = 0
    for line in lines:
        score += sum(run - 2 for run in (len(list(same)) for _dark, same in groupby(line)) if run >= 5)
        text = "".join("1" if dark else "0" for dark in line)
        for finder in ("10111010000", "00001011101"):
            score += 40 * sum(text.startswith(finder, start) for start in range(side - 10))
    for row in range(side - 1):
        for column in range(side - 1):
            four = square[row][column : column + 2] + square[row + 1][column : column + 2]
            score += 3 * (all(four) or not any(four))
    dark = sum(map(sum, square))
    return score + 10 * (abs(20 * dark - 10 * side * side) // (side * side))


def draw(square: Square) -> str:
    """Return a QR code as text for a terminal: two modules a character, in colours of its own.

    Black on white whatever the terminal's colours are; many readers do not know the negative.
    """
    side = len(square)
    light = [False] * (side + 8)
    framed = [light] * 4 + [[*light[:4], *row, *light[:4]] for row in square] + [light] * 5
    shapes = {(False, False): " ", (True, False): "\u2580", (False, True): "\u2584", (True, True): "\u2588"}
    lines = []
    for upper, lower in zip(framed[::2], framed[1::2], strict=False):
        text = "".join(shapes[pair] for pair in zip(upper, lower, strict=True))
        lines.append(f"\x1b[30;107m{text}\x1b[0m")
    return "\n".join(lines)
