"""Errors as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import json

from aiohttp import web


def problem(status: int, title: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return an error as problem+json."""
    body = json.dumps({"status": status, "title": title})
    return web.Response(status=status, text=body, content_type="application/problem+json", headers=headers)
