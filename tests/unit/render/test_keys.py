import pytest

from vizstream.render.keys import translate


@pytest.mark.parametrize(
    ("key", "keysym", "code"),
    [
        ("w", "w", "w"),
        ("W", "W", "W"),
        ("3", "3", "3"),
        (" ", "space", " "),
        ("+", "plus", "+"),
        ("Enter", "Return", "\r"),
        ("Escape", "Escape", "\x1b"),
        ("Delete", "Delete", "\x7f"),
        ("ArrowLeft", "Left", "\0"),
        ("PageDown", "Next", "\0"),
        ("F12", "F12", "\0"),
        ("Shift", "Shift_L", "\0"),
        ("ü", "udiaeresis", "ü"),
        ("€", "U20AC", "\0"),
        ("Dead", "Dead", "\0"),
    ],
)
def test_keys_are_named_as_by_x(key, keysym, code):
    assert translate(key) == (keysym, code)


@pytest.mark.parametrize(
    ("key", "code"), [("a", "\x01"), ("C", "\x03"), ("[", "\x1b"), ("1", "1"), ("ü", "ü")]
)
def test_control_makes_control_characters_of_letters(key, code):
    assert translate(key, control=True)[1] == code


def test_every_ascii_character_has_a_name():
    for number in range(0x20, 0x7F):
        keysym, code = translate(chr(number))
        assert code == chr(number)
        assert keysym.isalnum(), (chr(number), keysym)
