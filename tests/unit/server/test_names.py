"""Names are plain text, short, in one line."""

from __future__ import annotations

import pytest

from vizstream.server.names import MAX_NAME, clean_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \t\n Lovelace ", "Ada Lovelace"),
        ("Ada\u00a0\u2003\u2028L", "Ada L"),
        ("A\u0000d\u001ba\u007f\u009b31m", "Ada31m"),
        ("\u202eadA\u202c", "adA"),
        ("\u2066Ada\u2069\u200f\u061c", "Ada"),
        ("\ufeffA\u200bd\u200da\u00ad", "Ada"),
        ("Ada\ue000\U000f0000", "Ada"),
        ("Ada\ud800", "Ada"),
        ('<b>Ada</b> & "Co"', '<b>Ada</b> & "Co"'),
        ("A\u030a", "\u00c5"),
        ("Ngu\u0323\u0302yen", "Ng\u1ee5\u0302yen"),
        ("a" + "\u0300" * 40, "\u00e0\u0300\u0300\u0300"),
        ("\u0e19\u0e49\u0e33\u0e1d\u0e19", "\u0e19\u0e49\u0e33\u0e1d\u0e19"),
        (
            "\u0627\u0644\u062e\u0648\u0627\u0631\u0632\u0645\u064a",
            "\u0627\u0644\u062e\u0648\u0627\u0631\u0632\u0645\u064a",
        ),
        ("\U0001f680 Ada", "\U0001f680 Ada"),
        ("\u200b \u202e", ""),
        ("", ""),
    ],
)
def test_what_is_left_of_a_name(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_a_long_name_is_cut() -> None:
    assert clean_name("x" * 100) == "x" * MAX_NAME
    assert clean_name("x" * (MAX_NAME - 1) + " y") == "x" * (MAX_NAME - 1)
