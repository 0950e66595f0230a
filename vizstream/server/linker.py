"""Join the client's ES modules into few scripts, when the server starts.

A browser asks for a module when it has read the one that imports it, and each request is a round trip and
half a kilobyte of headers.  At 150 kbit/s and 100 ms the page's 26 modules took 3.3 of the 5.2 s to the
first picture.  So each *entry* (a script of the page, a worker, a module imported on demand) becomes one,
made of all modules that it needs and no entry before it has::

    import { a as b } from './x.js';    const { a: b } = x;      x: what that module's function returned
    export function f() {}              function f() {}          and return { f } at that function's end
    import('./y.js')                    import(y's script)       and from it y; an entry
    new URL('./z.js', import.meta.url)  new URL(z's script, …)   an entry in a realm of its own: a worker

Modules that an earlier entry holds are imported from its script, so there is one instance of each, as without
the linker; the unlinked files are served as well, and behave alike.  What cannot be linked is refused: see
`es_module`; imports in a circle, and names that a module does not export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .es_module import Module, read_module
from .javascript import ScriptError, Token, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def link(sources: Mapping[str, str], entries: Iterable[str], address: Callable[[str], str]) -> dict[str, str]:
    """Join modules into scripts.

    Parameters
    ----------
    sources : mapping of str to str
        Module by name: a path with forward slashes.
    entries : iterable of str
        Names of the page's scripts, in the order in which a browser should have them.
    address : callable
        Gives the URL at which an entry's script will be served.

    Returns
    -------
    dict of str to str
        Script by the name of its entry: those given and those that they name.

    Raises
    ------
    ScriptError
        Where a module is missing or written in a way that is not understood.
    """
    return _Linker(sources, address).link(list(entries))


class _Linker:
    """The state of one `link`."""

    def __init__(self, sources: Mapping[str, str], address: Callable[[str], str]) -> None:
        self._sources = sources
        self._address = address
        self._modules: dict[str, Module] = {}
        self._variables = {name: f"${number}" for number, name in enumerate(sorted(sources))}

    def link(self, pages: list[str]) -> dict[str, str]:
        scripts: dict[str, str] = {}
        # The page is one realm, each worker another: in it, nothing is there yet.
        realms = [pages]
        realm_of = dict.fromkeys(pages, 0)
        for number, realm in enumerate(realms):
            owners: dict[str, str] = {}
            owned: dict[str, list[str]] = {}
            for entry in realm:
                owned[entry] = [name for name in self._closure(entry, [], []) if name not in owners]
                owners.update(dict.fromkeys(owned[entry], entry))
                for name in owned[entry]:
                    for other, apart in self._module(name).entries.items():
                        if other not in realm_of:
                            realm_of[other] = len(realms) if apart else number
                            realms.append([other]) if apart else realm.append(other)
                        elif not apart and realm_of[other] != number:
                            raise ScriptError(f"{name}: {other} is wanted in two realms")
            for entry in realm:
                scripts[entry] = self._script(entry, owned[entry], owners)
        return scripts

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            if name not in self._sources:
                raise ScriptError(f"{name}: no such module")
            self._modules[name] = read_module(name, self._sources[name])
        return self._modules[name]

    def _closure(self, name: str, found: list[str], path: list[str]) -> list[str]:
        """Return a module and all that it imports, each after those that it needs."""
        if name in path:
            raise ScriptError(f"imports in a circle: {' → '.join([*path[path.index(name) :], name])}")
        for other, _names in self._module(name).imports:
            if other not in found:
                self._closure(other, found, [*path, name])
        if name not in found:
            found.append(name)
        return found

    def _script(self, entry: str, names: list[str], owners: dict[str, str]) -> str:
        elsewhere: dict[str, list[str]] = {}
        wanted = [other for name in names for other, _names in self._module(name).imports]
        for other in dict.fromkeys([*wanted, entry]):
            if other not in names:
                elsewhere.setdefault(owners[other], []).append(other)
        lines = [
            f"import{{{self._list(others)}}}from{self._quoted(owner)};" for owner, others in elsewhere.items()
        ]
        lines += [self._function(name) for name in names]
        lines.append(f"export{{{self._list(dict.fromkeys([*names, entry]))}}};")
        return "\n".join(lines) + "\n"

    def _list(self, names: Iterable[str]) -> str:
        return ",".join(self._variables[name] for name in names)

    def _function(self, name: str) -> str:
        module = self._module(name)
        lines = [f"const {self._variables[name]}=(()=>{{"]
        for other, names in module.imports:
            offered = {outside for outside, _inside in self._module(other).exports}
            for there, here in names:
                if there == "*":
                    lines.append(f"const {here}={self._variables[other]};")
                elif there not in offered:
                    raise ScriptError(f"{name}: {other} exports no {there!r}")
            pairs = [there if there == here else f"{there}:{here}" for there, here in names if there != "*"]
            if pairs:
                lines.append(f"const{{{','.join(pairs)}}}={self._variables[other]};")
        lines.append(text_of([self._placed(token) for token in module.body]))
        pairs = [there if there == here else f"{there}:{here}" for there, here in module.exports]
        lines.append(f"return{{{','.join(pairs)}}};}})();")
        return "\n".join(lines)

    def _placed(self, token: Token) -> Token:
        if token.kind == "realm":
            return Token("string", self._quoted(token.text), token.gap)
        if token.kind == "demand":
            then = f"{self._quoted(token.text)}).then((script)=>script.{self._variables[token.text]})"
            return Token("string", then, token.gap)
        return token

    def _quoted(self, entry: str) -> str:
        return f"'{self._address(entry)}'"
