"""docs/protocol.md says what protocol.py does: its tables hold the same names, no more and no fewer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vizstream import protocol
from vizstream.errors import ProtocolError
from vizstream.media.codecs import CODECS, JPEG
from vizstream.protocol import INPUT, MAX_INPUT_BYTES, STATE, WISHES, parse_input

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    """Return the cells of the table that begins with `header`."""
    lines = DOCS.splitlines()
    start = lines.index(header) + 2
    table = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_input_table() -> None:
    documented = {names(kind)[0]: set(names(fields)) for kind, fields, _ in rows("| type | fields | when |")}
    assert documented == {kind: set(fields) for kind, fields in INPUT.items()}


def test_wishes_table() -> None:
    table = rows("| type | fields | when | who may |")
    documented = {names(kind)[0]: set(names(fields)) for kind, fields, *_ in table}
    assert documented == {kind: set(fields) for kind, fields in WISHES.items()}
    assert not set(WISHES) & set(INPUT)
    for name in set().union(*WISHES.values()) - set().union(*INPUT.values()) - {"viewer", "locked"}:
        assert re.search(rf"^[^|]*`{name}` is", DOCS, re.MULTILINE), name


def test_every_input_field_is_explained() -> None:
    explained = {name for cell, _value in rows("| field | value |") for name in names(cell)}
    assert explained == {"id"}.union(*INPUT.values())


def test_state_table() -> None:
    documented: dict[str, dict[str, str]] = {}
    kind = ""
    for first, field, meaning in rows("| type | field | meaning |"):
        kind = names(first)[0] if first else kind
        documented.setdefault(kind, {})[names(field)[0]] = meaning
    assert documented == STATE


def test_modifiers_are_all_named() -> None:
    (cell,) = [value for field, value in rows("| field | value |") if names(field) == ["modifiers"]]
    assert tuple(re.findall(r'"(\w+)"', cell)) == protocol.MODIFIERS


def test_limits() -> None:
    assert f"at most {MAX_INPUT_BYTES} bytes" in DOCS
    assert f"±{protocol.MAX_COORDINATE:g}" in DOCS


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [(("width", "height"), 1, 16384), (("pixel_ratio",), 0.1, 16), (("dx", "dy"), -100_000, 100_000)],
)
def test_ranges_are_those_documented(fields: tuple[str, ...], low: float, high: float) -> None:
    kind = next(kind for kind, checks in INPUT.items() if fields[0] in checks)
    for field in fields:
        check = INPUT[kind][field]
        assert (check(low), check(high)) == (low, high)
        for bad in (low - 0.05, high + 0.05):
            with pytest.raises(ProtocolError, match="outside"):
                check(bad)


def test_documented_button_numbers() -> None:
    (cell,) = [value for field, value in rows("| field | value |") if names(field) == ["button"]]
    assert re.findall(r"(\d) (\w+)", cell) == [
        ("1", "left"), ("2", "right"), ("3", "middle"), ("4", "back"), ("5", "forward"),
    ]  # fmt: skip
    down = b'{"type":"pointer_down","id":1,"x":1,"y":2,"button":%d,"buttons":[],"modifiers":[]}'
    assert parse_input(down % 5).button == 5
    with pytest.raises(ProtocolError):
        parse_input(down % 6)


def test_codec_table() -> None:
    found = rows("| name | WebCodecs | bytes of a frame |")
    assert [row[0].strip("`") for row in found] == [codec.name for codec in (*CODECS, JPEG)]
