"""Modules joined into scripts that do what the modules did."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from vizstream.server.javascript import ScriptError
from vizstream.server.linker import link

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "first.js": """
        import { note } from './core/note.js';
        note('first');
        import('./later.js').then(({ later }) => later());
        export const first = 1;
    """,
    "second.js": """
        import { note as tell } from './core/note.js';
        import * as other from './core/other.js';
        import { first } from './first.js';
        const note = `second ${first} ${other.value} ${other.Thing.name}`;
        tell(note);
    """,
    "later.js": """
        import { value } from './core/other.js';
        import { notes } from './core/note.js';
        // An instance of its own would have no notes.
        export function later() { console.log(JSON.stringify([...notes, `later ${value}`])); }
    """,
    "core/note.js": """
        export const notes = [];
        /** @param {string} text */
        export function note(text) { notes.push(text); }
    """,
    "core/other.js": "const hidden = 2; class Thing {} export { hidden as value, Thing };",
    "core/worker.js": "import { note } from './note.js'; note('worker');",
    "main.js": "import './second.js'; const u = new URL('./core/worker.js', import.meta.url); u;",
}


def test_the_scripts_do_what_the_modules_do(tmp_path: Path) -> None:
    scripts = link(MODULES, ["first.js", "second.js"], lambda name: f"./{name.replace('/', '-')}")
    assert list(scripts) == ["first.js", "second.js", "later.js"]
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "page.js").write_text("import './first.js'; import './second.js';")
    done = subprocess.run(
        ["node", str(tmp_path / "page.js")], capture_output=True, text=True, timeout=30, check=True
    )
    assert json.loads(done.stdout) == ["first", "second 1 2 Thing", "later 2"]


def test_each_module_is_in_one_script_of_a_realm() -> None:
    scripts = link(MODULES, ["first.js", "main.js"], lambda name: f"/web/x/{name}")
    assert list(scripts) == ["first.js", "main.js", "later.js", "core/worker.js"]
    holders = [name for name, text in scripts.items() if "notes.push" in text]
    assert holders == ["first.js", "core/worker.js"]
    assert "new URL('/web/x/core/worker.js',import.meta.url)" in scripts["main.js"]
    assert "import('/web/x/later.js').then(" in scripts["first.js"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"core/other.js": "import { first } from '../first.js';", "first.js": "import './core/other.js';"},
         r"circle: first\.js → core/other\.js → first\.js"),
        ({"first.js": "import { no } from './core/note.js';"}, r"first\.js: core/note\.js exports no 'no'"),
        ({"first.js": "import './nowhere.js';"}, r"nowhere\.js: no such module"),
        ({"core/worker.js": "import('../first.js');"}, r"core/worker\.js: first\.js is wanted in two realms"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(change: dict[str, str], why: str) -> None:
    with pytest.raises(ScriptError, match=why):
        link(MODULES | change, ["first.js", "main.js"], str)
