"""The page and its files, as they are served."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from vizstream.server.static import StaticFile, load


@pytest.fixture(scope="module")
def files() -> dict[str, StaticFile]:
    return load()


@pytest.fixture(scope="module")
def lasting(files: dict[str, StaticFile]) -> dict[str, StaticFile]:
    return {name: file for name, file in files.items() if file.lasting}


def test_the_page_asks_for_few_files_whose_addresses_change_with_them(
    files: dict[str, StaticFile], lasting: dict[str, StaticFile], tmp_path: Path
) -> None:
    page = files["index.html"].body.decode()
    asked = re.findall(r'(?:src|href)="/web/([^"]+)"', page)
    assert len(asked) <= 3
    assert set(asked) <= set(lasting)
    assert len({name.partition("/")[0] for name in lasting}) == 1
    (tmp_path / "index.html").write_text('<script type="module" src="/web/a.js"></script>')
    (tmp_path / "a.js").write_text("// one\n")
    before = load(tmp_path)["index.html"].body
    (tmp_path / "a.js").write_text("// two\n")
    assert load(tmp_path)["index.html"].body != before


def test_little_crosses_the_wire(files: dict[str, StaticFile], lasting: dict[str, StaticFile]) -> None:
    sizes = {name.partition("/")[2]: len(file.packed or file.body) for name, file in lasting.items()}
    # 60 kB are the limit in all, and 18.75 kB a second's worth of 150 kbit/s.
    assert len(files["index.html"].packed) + sum(sizes.values()) < 40_000
    # What the offer waits for: 0.3 s at 150 kbit/s.
    assert len(files["index.html"].packed) + sizes["app/early.js"] < 6_200
    # What the first picture waits for in all: 1.2 s.
    first = ("app/early.js", "app/main.js", "app/style.css")
    assert len(files["index.html"].packed) + sum(sizes[name] for name in first) < 23_000


def test_browsers_can_read_the_scripts(lasting: dict[str, StaticFile]) -> None:
    scripts = [file.body for name, file in lasting.items() if name.endswith(".js")]
    assert len(scripts) >= 3
    for script in scripts:
        done = subprocess.run(
            ["node", "--check", "--input-type=module", "-"],
            input=script,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


def test_files_are_packed_where_that_helps() -> None:
    text = StaticFile(b"text " * 100, "text/plain", "")
    assert gzip.decompress(text.packed) == text.body
    assert StaticFile(b"t", "text/plain", "").packed == b""
