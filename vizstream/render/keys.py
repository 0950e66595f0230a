"""From the browser's key names to what VTK's interactors deliver on a desktop.

A browser names a key by the DOM ``KeyboardEvent.key`` value; VTK scripts compare `GetKeySym` with X11
keysym names and `GetKeyCode` with the character that ``XLookupString`` would give.
Sources: UI Events KeyboardEvent key Values (https://www.w3.org/TR/uievents-key/), ``X11/keysymdef.h``.
"""

from __future__ import annotations

#: DOM name → (keysym, key code) of the keys that have no printable character.
NAMED = {
    "Backspace": ("BackSpace", "\x08"),
    "Tab": ("Tab", "\t"),
    "Enter": ("Return", "\r"),
    "Escape": ("Escape", "\x1b"),
    "Delete": ("Delete", "\x7f"),
    "Insert": ("Insert", "\0"),
    "Home": ("Home", "\0"),
    "End": ("End", "\0"),
    "PageUp": ("Prior", "\0"),
    "PageDown": ("Next", "\0"),
    "ArrowLeft": ("Left", "\0"),
    "ArrowRight": ("Right", "\0"),
    "ArrowUp": ("Up", "\0"),
    "ArrowDown": ("Down", "\0"),
    "Shift": ("Shift_L", "\0"),
    "Control": ("Control_L", "\0"),
    "Alt": ("Alt_L", "\0"),
    "AltGraph": ("ISO_Level3_Shift", "\0"),
    "Meta": ("Super_L", "\0"),
    "CapsLock": ("Caps_Lock", "\0"),
    "NumLock": ("Num_Lock", "\0"),
    "ScrollLock": ("Scroll_Lock", "\0"),
    "Pause": ("Pause", "\0"),
    "PrintScreen": ("Print", "\0"),
    "ContextMenu": ("Menu", "\0"),
    "Help": ("Help", "\0"),
    **{f"F{number}": (f"F{number}", "\0") for number in range(1, 25)},
}

#: Keysym names of the printable ASCII characters that are not letters or digits, and of Latin-1 letters
#: that stand alone on common keyboards.
CHARACTERS = {
    " ": "space", "!": "exclam", '"': "quotedbl", "#": "numbersign", "$": "dollar", "%": "percent",
    "&": "ampersand", "'": "apostrophe", "(": "parenleft", ")": "parenright", "*": "asterisk",
    "+": "plus", ",": "comma", "-": "minus", ".": "period", "/": "slash", ":": "colon",
    ";": "semicolon", "<": "less", "=": "equal", ">": "greater", "?": "question", "@": "at",
    "[": "bracketleft", "\\": "backslash", "]": "bracketright", "^": "asciicircum",
    "_": "underscore", "`": "grave", "{": "braceleft", "|": "bar", "}": "braceright",
    "~": "asciitilde", "§": "section", "°": "degree", "µ": "mu", "ß": "ssharp",
    "ä": "adiaeresis", "ö": "odiaeresis", "ü": "udiaeresis", "Ä": "Adiaeresis", "Ö": "Odiaeresis",
    "Ü": "Udiaeresis", "é": "eacute", "è": "egrave", "à": "agrave", "ç": "ccedilla", "ñ": "ntilde",
    "å": "aring", "æ": "ae", "ø": "oslash",
}  # fmt: skip


def translate(key: str, *, control: bool = False) -> tuple[str, str]:
    r"""Return the X keysym name and the key code of a DOM key.

    Parameters
    ----------
    key : str
        The DOM ``KeyboardEvent.key`` value.
    control : bool
        Whether Control is held; letters then give control characters, as ``XLookupString`` does.

    Returns
    -------
    keysym : str
        Such as ``"a"``, ``"A"``, ``"Return"`` or ``"Left"``.  A key that X has no name for here keeps its
        DOM name, or ``U+XXXX`` form as X itself writes it.
    code : str
        One Latin-1 character; ``"\0"`` where the key has none.
    """
    if key in NAMED:
        return NAMED[key]
    if len(key) != 1:
        return key, "\0"
    code = key if ord(key) < 256 else "\0"
    if control and "@" <= key.upper() <= "_":
        code = chr(ord(key.upper()) & 0x1F)
    if key in CHARACTERS:
        return CHARACTERS[key], code
    if key.isascii():
        return key, code
    return f"U{ord(key):04X}", code
