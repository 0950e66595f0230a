"""What a module imports, exports and names."""

from __future__ import annotations

import pytest

from vizstream.server.es_module import read_module
from vizstream.server.javascript import ScriptError, text_of


def test_imports_and_exports_are_taken_out() -> None:
    module = read_module(
        "core/a.js",
        """
        import { b, c as d } from './b.js';
        import * as e from '../app/e.js';
        import './f.js';
        export const g = [1, 2];
        export async function* i() { b.import(1, 2); }
        export class J {}
        const k = 3;
        export { k, d as l };
        """,
    )
    assert module.imports == [
        ("core/b.js", [("b", "b"), ("c", "d")]),
        ("app/e.js", [("*", "e")]),
        ("core/f.js", []),
    ]
    assert module.exports == [("g", "g"), ("i", "i"), ("J", "J"), ("k", "k"), ("l", "d")]
    left = "const g=[1,2];\nasync function*i(){b.import(1,2);}\nclass J{}\nconst k=3;"
    assert text_of(module.body).strip() == left


def test_entries_are_named() -> None:
    module = read_module(
        "core/a.js",
        "new Worker(new URL('./w.js', import.meta.url)); const m = () => import('../x.js');",
    )
    assert module.entries == {"core/w.js": True, "x.js": False}
    assert [token.text for token in module.body if token.kind in ("realm", "demand")] == ["core/w.js", "x.js"]


@pytest.mark.parametrize(
    "source",
    [
        "export default 1;",
        "export let a = 1;",
        "export * from './b.js';",
        "export { a } from './b.js';",
        "export const { a } = b;",
        "export const a = 1, b = 2;",
        "import a from './b.js';",
        "import { a } from 'b';",
        "import { a } from './b.js' with { type: 'json' };",
        "{ import { a } from './b.js'; }",
        "import(name);",
        "import.meta.url;",
        "await b;",
        "const $1 = 2;",
    ],
)
def test_what_cannot_be_linked_is_refused(source: str) -> None:
    with pytest.raises(ScriptError, match=r"^core/a\.js: .* cannot be linked$"):
        read_module("core/a.js", source)
