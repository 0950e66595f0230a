"""Options that more than one command has.  Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from .config import CODEC_CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])


def codec_option(help_text: str = "") -> Callable[[Command], Command]:
    """Add ``--codec`` to a command.

    Parameters
    ----------
    help_text : str
        What to say of it beside the choices.
    """
    *others, last = CODEC_CHOICES
    choices = f"{', '.join(others)} or {last}"
    return click.option(
        "--codec",
        type=click.Choice(CODEC_CHOICES),
        default=CODEC_CHOICES[0],
        show_default=True,
        metavar="CODEC",
        help=f"{choices}: {help_text}." if help_text else f"{choices}.",
    )
