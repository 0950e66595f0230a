"""Secrets stay out of the log."""

from __future__ import annotations

import logging

from vizstream.config import Config
from vizstream.server.redact import RedactingFormatter
from vizstream.server.tokens import Tokens


def _record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, args, info)


def test_neither_message_nor_traceback_tells() -> None:
    formatter = RedactingFormatter(["sec/ret", "sec/ret-longer", ""])
    line = formatter.format(
        _record("asked for %s and %s", "sec/ret-longer", "a?token=sec%2Fret", error=ValueError("sec/ret"))
    )
    assert "sec/ret" not in line
    assert "longer" not in line
    assert line.splitlines()[0].startswith("vizstream: ERROR: asked for [secret] and a?token=")
    assert line.splitlines()[-1] == "ValueError: [secret]"


def test_secrets_that_are_made_later_are_kept_as_well() -> None:
    formatter, tokens = RedactingFormatter(["first"]), Tokens(Config())
    tokens.watch(formatter.hide)
    tokens.rotate()
    assert formatter.format(_record("first, %s", tokens.control)).endswith("[secret], [secret]")


def test_urls_are_read_as_well() -> None:
    assert "sec%2Fret" not in RedactingFormatter(["sec/ret=="]).format(_record("/?token=sec/ret%3D%3D"))
