"""The client's files, read once: what is not in the table cannot be asked for.

Each is there twice.  Under its own name it is as it was written, for whoever debugs the page.  The page
itself asks for few files, made when the server starts: modules joined by the `linker`, at addresses that hold
a hash of all files and so may be kept for ever.  The page's own address is asked for each time.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .linker import link

WEB = Path(__file__).resolve().parent.parent / "web"

#: Stated, because Python's table depends on the registry on Windows.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

#: What the page asks for by itself.
_SCRIPT = re.compile(r'<script\b[^>]*\bsrc="/web/([^"]+)"')
_ASKED = re.compile(r'\b(href|src)="/web/([^"]+)"')


@dataclass(frozen=True)
class StaticFile:
    """One file.

    Parameters
    ----------
    body : bytes
        As it is.
    content_type : str
        With its character set.
    etag : str
        Strong validator, without quotes; of the compressed body ``-gzip`` is appended.
    lasting : bool
        Whether what stands at its address never changes.
    """

    body: bytes
    content_type: str
    etag: str
    lasting: bool = False

    @cached_property
    def packed(self) -> bytes:
        """The body compressed with gzip; empty where that gains nothing."""
        packed = gzip.compress(self.body, 9, mtime=0)
        return packed if len(packed) < len(self.body) else b""


def load(root: Path = WEB) -> dict[str, StaticFile]:
    """Read all files under `root` into a table keyed by their relative path with forward slashes.

    Raises
    ------
    ScriptError
        Where the modules cannot be linked.
    """
    bodies = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith((".", "_"))
    }
    files = {name: _file(name, body) for name, body in bodies.items()}
    files.update(_joined(bodies))
    return files


def _joined(bodies: dict[str, bytes]) -> dict[str, StaticFile]:
    """Return the page and what it asks for."""
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(f"{name} {len(body)} ".encode() + body)
    folder = digest.hexdigest()[:16]
    page = bodies.get("index.html", b"").decode()
    modules = {name: body.decode() for name, body in bodies.items() if name.endswith(".js")}
    made = {
        name: script.encode()
        for name, script in link(modules, _SCRIPT.findall(page), lambda name: f"/web/{folder}/{name}").items()
    }
    for _attribute, name in _ASKED.findall(page):
        if name in bodies and name not in made:
            made[name] = bodies[name]
    files = {f"{folder}/{name}": _file(name, body, lasting=True) for name, body in made.items()}

    def moved(match: re.Match[str]) -> str:
        attribute, name = match.groups()
        return f'{attribute}="/web/{folder}/{name}"' if name in made else match.group()

    files["index.html"] = _file("index.html", _ASKED.sub(moved, page).encode())
    return files


def _file(name: str, body: bytes, *, lasting: bool = False) -> StaticFile:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = hashlib.sha256(body).hexdigest()[:20]
    return StaticFile(body, kind, etag, lasting)
