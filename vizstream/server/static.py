"""The client's files, read once: what is not in the table cannot be asked for."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"

#: Stated, because Python's table depends on the registry on Windows.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class StaticFile:
    """One file: its bytes, content type and strong validator."""

    body: bytes
    content_type: str
    etag: str


def load(root: Path = WEB) -> dict[str, StaticFile]:
    """Read all files under `root` into a table keyed by their relative path with forward slashes."""
    files = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.name.startswith((".", "_")):
            continue
        body = path.read_bytes()
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        etag = hashlib.sha256(body).hexdigest()[:20]
        files[path.relative_to(root).as_posix()] = StaticFile(body, kind, etag)
    return files
