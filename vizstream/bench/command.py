"""The command: options into a plan, and the report to where it is wanted.  Imports nothing heavy."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from vizstream.config import parse_size
from vizstream.errors import UsageError
from vizstream.options import codec_option

from .plan import DEFAULT_RESOLUTIONS, DEFAULT_SCENE, MAX_SECONDS, MAX_VIEWERS, Plan

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def _sizes(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[int, int], ...]:
    try:
        return tuple(dict.fromkeys(map(parse_size, values)))
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--resolution",
    "resolutions",
    multiple=True,
    callback=_sizes,
    default=[f"{width}x{height}" for width, height in DEFAULT_RESOLUTIONS],
    metavar="WIDTHxHEIGHT",
    help="Size of the window in pixels; may be given several times.  [default: 1280x720 and 1920x1080]",
)
@click.option(
    "--scene",
    default=DEFAULT_SCENE,
    metavar="SCENE",
    help="What to draw, as serve takes it.  [default: a scene of vizstream's own]",
)
@click.option(
    "--viewers",
    type=click.IntRange(1, MAX_VIEWERS),
    default=4,
    show_default=True,
    help="Most viewers at once; 1, 2, 4 … are measured on the way.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, MAX_SECONDS),
    default=3.0,
    show_default=True,
    help="That each measurement of the whole takes.",
)
@codec_option()
@click.option("--json", "json_path", type=_FILE, metavar="FILE", help="Write all figures into FILE.")
@click.option(
    "--compare",
    "earlier_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Print the ratios to an earlier run, which --json wrote into FILE.",
)
@click.option("--html", "html_path", type=_FILE, metavar="FILE", help="Write a page with plots into FILE.")
def bench(
    resolutions: tuple[tuple[int, int], ...],
    scene: str,
    viewers: int,
    seconds: float,
    codec: str,
    json_path: Path | None,
    earlier_path: Path | None,
    html_path: Path | None,
) -> None:
    """Measure what this machine can do: every stage by itself, and the whole with viewers of its own.

    No browser is needed.  Progress goes to stderr, the tables to stdout.
    """
    from vizstream.scene.target import resolve

    from . import page, table
    from .compare import compare, differences
    from .results import read_json, to_json
    from .run import run

    plan = Plan(resolutions, scene, viewers, seconds, codec)
    resolve(scene)
    earlier = None if earlier_path is None else read_json(earlier_path)
    _writable(json_path)
    _writable(html_path)
    try:
        with _interruptible():
            report, failure = run(plan)
    except KeyboardInterrupt:  # before anything was measured
        return
    if failure is not None and not report.copies:
        raise failure
    click.echo(table.render(report), nl=False)
    changes = [] if earlier is None else compare(earlier, report)
    if earlier is not None:
        click.echo(f"\n{table.changes(changes, differences(earlier, report))}", nl=False)
    if json_path is not None:
        json_path.write_text(to_json(report), encoding="utf-8")
    if html_path is not None:
        html_path.write_text(page.render(report, changes), encoding="utf-8")
    if failure is not None:
        raise failure


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, and Ctrl-C itself where a shell has it ignored."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _writable(path: Path | None) -> None:
    """Say before a run, and not after it, that a file cannot be written."""
    if path is not None and not os.access(path if path.exists() else path.resolve().parent, os.W_OK):
        raise UsageError(f"cannot write {path}")
