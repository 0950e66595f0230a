"""QR codes, read by a reader that knows nothing of ours (zbar)."""

from __future__ import annotations

import random
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from vizstream.sharing.qr import Square, draw, encode

if TYPE_CHECKING:
    from pathlib import Path

MODULE_PX = 4


def picture(square: Square) -> bytes:
    """Return a QR code with its quiet zone as a PGM file."""
    side = len(square) + 8
    rows = []
    for y in range(side):
        row = b""
        for x in range(side):
            inside = 4 <= y < side - 4 and 4 <= x < side - 4
            row += (b"\0" if inside and square[y - 4][x - 4] else b"\xff") * MODULE_PX
        rows += [row] * MODULE_PX
    return b"P5 %d %d 255\n" % (side * MODULE_PX, side * MODULE_PX) + b"".join(rows)


def read(paths: list[Path]) -> list[str]:
    """Return what zbar reads in each of some pictures."""
    found = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.splitlines()


@pytest.mark.parametrize("level", ["L", "M"])
def test_another_program_reads_every_version(level: str, tmp_path: Path) -> None:
    texts, paths, sides = [], [], set()
    choose = random.Random(level)  # noqa: S311 - no secret
    for length in [*range(1, 213, 9), 213]:
        texts.append("".join(choose.choices("abcdefghijklmnopqrstuvwxyz0123456789-_/#=:.", k=length)))
        square = encode(texts[-1].encode(), level)
        sides.add(len(square))
        paths.append(tmp_path / f"{length:03}.pgm")
        paths[-1].write_bytes(picture(square))
    assert sides >= {17 + 4 * version for version in range(1, 10)}
    assert read(paths) == texts


@pytest.mark.parametrize(("level", "most"), [("L", 271), ("M", 213)])
def test_the_smallest_that_holds_it_is_taken(level: str, most: int) -> None:
    assert len(encode(b"x" * (17 if level == "L" else 14), level)) == 21
    assert len(encode(b"x" * (18 if level == "L" else 15), level)) == 25
    assert len(encode(b"x" * most, level)) == 57
    with pytest.raises(ValueError, match="do not fit"):
        encode(b"x" * (most + 1), level)


def test_damage_is_mended(tmp_path: Path) -> None:
    text = "https://scene.tunnel.example/#token=0123456789abcdef"
    square = encode(text.encode(), "M")
    for row in range(12, 17):
        for column in range(12, 17):
            square[row][column] = False
    path = tmp_path / "damaged.pgm"
    path.write_bytes(picture(square))
    assert read([path]) == [text]


def test_what_a_terminal_shows_is_the_code() -> None:
    square = encode(b"https://scene.tunnel.example/")
    drawn = re.sub(r"\x1b\[[\d;]*m", "", draw(square)).splitlines()
    dark = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
    rows = []
    for line in drawn:
        assert len(line) == len(square) + 8
        rows += [[dark[character][half] for character in line] for half in (0, 1)]
    assert [row[4:-4] for row in rows[4 : 4 + len(square)]] == square
    assert not any(map(any, rows[:4] + rows[4 + len(square) :]))
    assert len(rows) >= len(square) + 8
