"""An ES module taken apart: its imports, its exports, and the rest.

What is not understood is refused: ``export default``, ``export … from``, exported variables that are not
``const``, and ``await`` outside of functions.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from .javascript import ScriptError, Token, tokens

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_PATH = re.compile(r"['\"]\.\.?/[\w./-]+['\"]")
#: What the linker calls modules.
_VARIABLE = re.compile(r"\$\d+")


@dataclass
class Module:
    """A module, taken apart.

    Attributes
    ----------
    name : str
        Its path, with forward slashes.
    body : list of Token
        What is neither import nor export.  The names of other entries stand in it as tokens of two kinds of
        their own: ``"demand"`` after ``import(``, where the bracket's end is left out, and ``"realm"`` in
        ``new URL(…, import.meta.url)``.
    imports : list of (str, list of (str, str))
        The module, and for each name that there and that here; ``"*"`` for the whole.
    exports : list of (str, str)
        Each name outside, and the one here.
    entries : dict of str to bool
        Entries that it names, and whether each runs in a realm of its own.
    """

    name: str
    body: list[Token] = field(default_factory=list)
    imports: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    exports: list[tuple[str, str]] = field(default_factory=list)
    entries: dict[str, bool] = field(default_factory=dict)


def read_module(name: str, source: str) -> Module:
    """Take a module apart.

    Parameters
    ----------
    name : str
        Its path, with forward slashes.
    source : str
        Its text.

    Raises
    ------
    ScriptError
        Where it is written in a way that is not understood.
    """
    return _Reader(name, source).read()


class _Reader:
    """Take a module apart."""

    def __init__(self, name: str, source: str) -> None:
        self.module = Module(name)
        self._tokens = tokens(source, name)
        self._at = 0

    def read(self) -> Module:
        depth = 0
        while (token := self._peek()) is not None:
            following = self._text(1)
            if token.text == "import" and token.kind == "word" and self._text(-1) != ".":
                if following == "(":
                    self._on_demand()
                elif following == ".":
                    raise self._refuse("import.meta outside of new URL('./…', import.meta.url)")
                elif depth:
                    raise self._refuse("an import inside of a block")
                else:
                    self._import()
            elif token.text == "export" and not depth:
                self._export()
            elif token.text == "new" and following == "URL" and self._text(5) == "import":
                self._realm()
            elif token.text == "await" and not depth:
                raise self._refuse("await outside of a function")
            elif _VARIABLE.fullmatch(token.text):
                raise self._refuse(f"the name {token.text}")
            else:
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                self._keep()
        return self.module

    # Tokens

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _text(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def _keep(self) -> None:
        self.module.body.append(self._tokens[self._at])
        self._at += 1

    def _take(self, *texts: str) -> None:
        for text in texts:
            if self._text() != text:
                raise self._refuse(f"{self._text()!r} where {text!r} is expected")
            self._at += 1

    def _name(self) -> str:
        text = self._text()
        if not _NAME.fullmatch(text):
            raise self._refuse(f"{text!r} where a name is expected")
        self._at += 1
        return text

    def _path(self) -> str:
        """Take a string that names another module; return that module's name."""
        token = self._peek()
        if token is None or token.kind != "string" or not _PATH.fullmatch(token.text):
            raise self._refuse("an import of something other than './…'")
        self._at += 1
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.module.name), token.text[1:-1]))

    def _refuse(self, what: str) -> ScriptError:
        return ScriptError(f"{self.module.name}: {what} cannot be linked")

    # Statements

    def _import(self) -> None:
        self._take("import")
        names: list[tuple[str, str]] = []
        if self._text() == "*":
            self._take("*", "as")
            names = [("*", self._name())]
            self._take("from")
        elif self._text() == "{":
            names = self._braced()
            self._take("from")
        self.module.imports.append((self._path(), names))
        self._take(";")

    def _braced(self) -> list[tuple[str, str]]:
        """Take ``{ a, b as c }``; return (before the "as", after it)."""
        self._take("{")
        names = []
        while self._text() != "}":
            first = self._name()
            second = first
            if self._text() == "as":
                self._at += 1
                second = self._name()
            names.append((first, second))
            if self._text() != "}":
                self._take(",")
        self._take("}")
        return names

    def _export(self) -> None:
        gap = self._tokens[self._at].gap
        self._take("export")
        if self._text() == "{":
            names = self._braced()
            if self._text() == "from":
                raise self._refuse("export … from")
            self._take(";")
            self.module.exports += [(outside, inside) for inside, outside in names]
            return
        ahead = 1 if self._text() == "async" else 0
        if self._text(ahead) not in ("function", "class", "const"):
            raise self._refuse(f"export {self._text()}")
        ahead += 2 if self._text(ahead + 1) == "*" else 1
        name = self._text(ahead)
        if not _NAME.fullmatch(name):
            raise self._refuse(f"export {self._text()} {name}")
        if self._text() == "const" and self._declares_more():
            raise self._refuse(f"export const {name}, …")
        self.module.exports.append((name, name))
        first = self._tokens[self._at]
        self.module.body.append(Token(first.kind, first.text, gap))
        self._at += 1

    def _declares_more(self) -> bool:
        """Say whether the statement goes on with a comma that stands in no bracket."""
        depth = 0
        for token in self._tokens[self._at :]:
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            if depth == 0 and token.text in (";", ","):
                return token.text == ","
        return False

    def _on_demand(self) -> None:
        """Leave ``import('./x.js')`` with a mark for the address of its script."""
        self._keep()
        self._keep()
        path = self._path()
        self.module.entries[path] = False
        self.module.body.append(Token("demand", path, ""))
        self._take(")")

    def _realm(self) -> None:
        """Leave ``new URL('./x.js', import.meta.url)`` with a mark for the address of its script."""
        for _token in ("new", "URL", "("):
            self._keep()
        path = self._path()
        self.module.entries[path] = True
        self.module.body.append(Token("realm", path, ""))
        for text in (",", "import", ".", "meta", ".", "url", ")"):
            if self._text() != text:
                raise self._refuse(f"{self._text()!r} where {text!r} is expected")
            self._keep()
