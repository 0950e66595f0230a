"""The command line.

Imports nothing heavy: ``vizstream --help`` answers before VTK, aiortc or aiohttp would have loaded.
Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import __version__
from .bench.command import bench
from .config import SHARE_CHOICES, Config, parse_bytes, parse_size
from .errors import UsageError, VizstreamError
from .options import codec_option
from .sharing.ice import parse_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

#: Options that vizstream does not know after SCENE belong to the scene.
_SCENE_SETTINGS = {"ignore_unknown_options": True}


class _Group(click.Group):
    """Turn our errors into one clear line each and the exit status of their kind."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except VizstreamError as error:
            click.echo(error.report(), err=True)
            if isinstance(error, UsageError):
                click.echo(f"Try '{ctx.command_path} --help' for help.", err=True)
            sys.stderr.flush()
            ctx.exit(error.exit_status)


def _size(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[int, int]:
    try:
        return parse_size(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


def _ports(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    try:
        return None if value is None else parse_ports(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


def _bytes(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int:
    try:
        return 0 if value is None else parse_bytes(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vizstream")
def main() -> None:
    """See and steer any VTK scene in a browser."""


main.add_command(bench)


def _scene_arguments(command: Command) -> Command:
    """Add SCENE, ARGS and --size, which `serve` and `snapshot` share."""
    command = click.option(
        "--size",
        callback=_size,
        default="1280x720",
        show_default=True,
        metavar="WIDTHxHEIGHT",
        help="Size of the window in pixels.",
    )(command)
    command = click.argument("args", nargs=-1, type=click.UNPROCESSED)(command)
    return click.argument("scene")(command)


@main.command(context_settings=_SCENE_SETTINGS)
@_scene_arguments
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--fixed-size",
    is_flag=True,
    help="Keep the size that --size or the scene gives, whatever the viewers' windows are like.",
)
@click.option(
    "--max-fps",
    type=click.FloatRange(1, 240),
    default=60.0,
    show_default=True,
    help="Frames per second that are drawn at most.",
)
@codec_option("for viewers who can decode it; auto goes by line and machine")
@click.option(
    "--max-viewers",
    type=click.IntRange(1),
    default=32,
    show_default=True,
    help="Viewers that are served at once.",
)
@click.option(
    "--share",
    type=click.Choice(SHARE_CHOICES),
    metavar="PROGRAM",
    help="Start this tunnel program, ngrok or cloudflared, and print its address.",
)
@click.option(
    "--byte-budget",
    callback=_bytes,
    metavar="SIZE",
    help="Let tunnels carry so much in this run, such as 1GB: less a second towards the end, then nothing.",
)
@click.option(
    "--ice-server",
    multiple=True,
    metavar="URL",
    help="STUN or TURN server: stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT. May be repeated.",
)
@click.option(
    "--turn-secret",
    default="",
    envvar="VIZSTREAM_TURN_SECRET",
    metavar="SECRET",
    help="Make short-lived credentials for TURN servers given without any; also $VIZSTREAM_TURN_SECRET.",
)
@click.option(
    "--udp-port", callback=_ports, metavar="PORT[-PORT]", help="Send video by UDP from these ports only."
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Serve under this name as well, a reverse proxy's; *.NAME for all below. May be repeated.",
)
@click.option("--allow-embed", is_flag=True, help="Let pages of other sites show this one in a frame.")
@click.option(
    "--owner-token",
    metavar="TOKEN",
    default="",
    envvar="VIZSTREAM_OWNER_TOKEN",
    help="Token of who owns the scene, at least 22 characters; else that is the first one who may steer.",
)
@click.option("--no-auth", is_flag=True, help="Let anybody who reaches the port steer, without a token.")
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice for debugging.")
def serve(
    scene: str,
    args: tuple[str, ...],
    size: tuple[int, int],
    host: str,
    port: int,
    fixed_size: bool,  # noqa: FBT001 - click passes options by name
    max_fps: float,
    codec: str,
    max_viewers: int,
    share: str | None,
    byte_budget: int,
    ice_server: tuple[str, ...],
    turn_secret: str,
    udp_port: tuple[int, int] | None,
    allow_host: tuple[str, ...],
    allow_embed: bool,  # noqa: FBT001
    owner_token: str,
    no_auth: bool,  # noqa: FBT001
    verbose: int,
) -> None:
    """Run SCENE and show it to whoever opens the printed URL.

    SCENE is a path to a .py file, or package.module, each optionally followed by :name.  ARGS reach the
    script as sys.argv[1:]; put -- before those that vizstream itself would understand.

    The first line on stdout is the URL that may steer, the second one may only watch.
    """
    from .serve import serve as run

    config = Config(
        scene=scene,
        args=args,
        host=host,
        port=port,
        width=size[0],
        height=size[1],
        fixed_size=fixed_size,
        max_fps=max_fps,
        codec=codec,
        max_viewers=max_viewers,
        share=share or "",
        byte_budget=byte_budget,
        ice_servers=ice_server,
        turn_secret=turn_secret,
        udp_ports=udp_port,
        allow_hosts=allow_host,
        allow_embed=allow_embed,
        owner_token=owner_token,
        auth=not no_auth,
        verbose=verbose,
    )
    run(config)


@main.command(context_settings=_SCENE_SETTINGS)
@_scene_arguments
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="PNG file to write.",
)
def snapshot(scene: str, args: tuple[str, ...], size: tuple[int, int], output: Path) -> None:
    """Draw one frame of SCENE into a PNG file, without a server, to see whether a script works here."""
    from .snapshot import snapshot as run

    run(Config(scene=scene, args=args, width=size[0], height=size[1]), output)
    # Not through the interpreter's teardown: some scripts' widgets crash in their destruction.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@main.command()
def doctor() -> None:
    """Say what would stop vizstream on this machine, and what to do about it."""
    from .doctor import main as run

    sys.exit(run())
