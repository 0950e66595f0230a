"""The arrows between the parts of the package: what may import what, read from the source and tried out.

docs/architecture.md draws the same picture.  A new arrow is a decision: add it here and there.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "vizstream"

VALUES = {"config", "errors", "events", "protocol"}

#: Part → the parts that it may import.
ARROWS = {
    "errors": set(),
    "config": {"errors", "sharing"},
    "events": set(),
    "protocol": {"errors", "events"},
    "beside": set(),
    "listener": {"errors"},
    "ipc": {"errors"},
    "congestion": set(),  # pure decisions, simulated without a socket
    "sharing": {"beside", "errors"},
    "render": VALUES | {"ipc"},
    "scene": VALUES | {"ipc", "render"},
    "media": VALUES | {"ipc"},
    "server": VALUES | {"congestion", "ipc", "media", "sharing"},
    "snapshot": VALUES | {"render", "scene"},
    "doctor": VALUES | {"ipc", "listener", "media", "render", "sharing"},
    "serve": VALUES | {"ipc", "listener", "render", "scene", "server", "sharing"},
    "options": {"config"},
    "cli": {"config", "errors", "options", "sharing", "serve", "snapshot", "doctor", "bench"},
    "__main__": {"cli"},
    "__init__": set(),
}

#: Heavy or foreign package → the parts that may import it.  What is not here may be imported nowhere.
HOMES = {
    "vtk": {"render", "scene", "snapshot"},
    "vtkmodules": {"render", "scene", "snapshot"},
    "av": {"media", "server"},
    "aiortc": {"media", "server"},
    "aioice": {"media", "server"},
    "pylibsrtp": {"server"},
    "aiohttp": {"media", "server"},
    "numpy": {"ipc", "render", "scene", "media", "server"},
    "click": {"cli", "doctor", "options"},
    "ifaddr": {"doctor"},
}

#: Measuring may look at everything.
UNBOUND = {"bench"}


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the dotted names that a module in `package` imports anywhere, in functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # "from . import x" may name a module or a value; both spellings are looked up.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def edges() -> dict[str, set[str]]:
    """Return part → parts of the package and other packages that it imports."""
    parts = {part_of(path) for path in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {part: set() for part in parts}
    for path in PACKAGE.rglob("*.py"):
        package = ".".join(["vizstream", *path.relative_to(PACKAGE).parts[:-1]])
        part = part_of(path)
        for name in imported(path.read_text(encoding="utf-8"), package):
            top, *rest = name.split(".")
            if top != "vizstream":
                if top not in sys.stdlib_module_names:
                    found[part].add(top)
            elif rest and rest[0] in parts - {part}:
                found[part].add(rest[0])
    return found


EDGES = edges()
BOUND = sorted(set(EDGES) - UNBOUND)


def test_the_reader_of_imports_sees_all_forms():
    source = (
        "import vtk.util\n"
        "from ..media import codecs\n"
        "from . import app\n"
        "def late():\n"
        "    from vizstream.render.loop import Loop\n"
    )
    assert list(imported(source, "vizstream.server")) == [
        "vtk.util",
        "vizstream.media.codecs",
        "vizstream.server.app",
        "vizstream.render.loop.Loop",
    ]


def test_the_arrows_are_those_of_real_code():
    assert "media" in EDGES["server"]
    assert "vtkmodules" in EDGES["render"]
    assert "aiortc" in EDGES["server"]


@pytest.mark.parametrize("part", BOUND)
def test_part_imports_only_what_lies_below(part: str):
    assert part in ARROWS, f"say in ARROWS what {part} may import"
    inside = EDGES[part] & set(EDGES)
    assert inside <= ARROWS[part], f"{part} must not import {', '.join(sorted(inside - ARROWS[part]))}"


@pytest.mark.parametrize("part", BOUND)
def test_part_imports_only_packages_at_home_in_it(part: str):
    foreign = EDGES[part] - set(EDGES)
    astray = {name for name in foreign if part not in HOMES.get(name, set())}
    assert not astray, f"{part} must not import {', '.join(sorted(astray))}"


def test_no_arrow_leads_back():
    """The table itself has no cycle, so there is a bottom to read from."""
    done = set(UNBOUND)
    assert not EDGES["bench"] & {"cli", "__main__"}
    while set(ARROWS) - done:
        ready = {part for part in set(ARROWS) - done if ARROWS[part] <= done}
        assert ready, f"a cycle among {sorted(set(ARROWS) - done)}"
        done |= ready


def modules_of(part: str) -> list[str]:
    names = []
    for path in sorted((PACKAGE / part).rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level packages, and vizstream's parts, in a fresh interpreter after these imports."""
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "for name in list(sys.modules):\n"
        "    top, *rest = name.split('.')\n"
        "    print('.'.join([top, *rest[:1]]) if top == 'vizstream' else top)\n"
    )
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_server_process_never_loads_vtk():
    loaded = loaded_by(*modules_of("server"), *modules_of("media"))
    assert "aiortc" in loaded
    assert not loaded & {"vtk", "vtkmodules", "vizstream.render", "vizstream.scene"}


def test_main_process_never_loads_the_network_stack():
    loaded = loaded_by(*modules_of("render"), *modules_of("scene"), *modules_of("ipc"), "vizstream.serve")
    assert "vtkmodules" in loaded
    assert not loaded & {"aiohttp", "aiortc", "aioice", "av", "vizstream.server", "vizstream.media"}


def test_shared_memory_loads_nothing_heavy():
    loaded = loaded_by(*modules_of("ipc"))
    assert not loaded & set(HOMES) - {"numpy"}
