"""Names of people, as they may be shown to others: plain text, short, in one line."""

from __future__ import annotations

import unicodedata

#: Longest name, in characters.
MAX_NAME = 24

#: Marks that may stand on one letter.  Vietnamese has two, Hebrew with points and accents three; stacks of
#: them run over everything above and below.
MAX_MARKS = 3


def clean_name(text: str) -> str:
    """Return what of a name may be shown.

    Control characters, format characters (those that turn the direction of writing among them), private,
    unassigned and surrogate code points are left out, white space becomes single spaces.

    Returns
    -------
    str
        At most `MAX_NAME` characters; empty where nothing is left.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character.isspace() or category[0] == "Z":
            kept.append(" ")
            marks = 0
        elif category[0] == "M":
            marks += 1
            if marks <= MAX_MARKS:
                kept.append(character)
        elif category[0] != "C":
            kept.append(character)
            marks = 0
    return " ".join("".join(kept).split())[:MAX_NAME].rstrip()
