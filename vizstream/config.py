"""The one configuration of a run: frozen, validated, pickled once to the server process."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from .errors import UsageError
from .sharing.ice import parse_server

#: The largest frame that a slot of the ring holds: 3840x2160 (UHD-1), 33 MB of RGBA.
#: Pages of shared memory that are never touched cost nothing.
MAX_WIDTH, MAX_HEIGHT = 3840, 2160

#: The smallest frame that is drawn.  H.264 needs 16 pixels a side; a smaller window shows nothing.
MIN_SIDE = 64

#: What ``--codec`` takes.
CODEC_CHOICES = ("auto", "h264", "vp9", "av1", "vp8")

#: What ``--share`` takes.
SHARE_CHOICES = ("ngrok", "cloudflared")

#: A host name, or all below one.  Without a port: a proxy's port is none of our business.
_HOST_NAME = re.compile(
    r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)

#: What ``--owner-token`` takes: at 6 bits a character, 132 bits.
OWNER_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")

_BYTES = re.compile(r"(\d{1,6}(?:\.\d+)?) ?([kmgt])(i?)b?", re.IGNORECASE)

_SIZE = re.compile(r"(\d{1,5})[xX\u00d7](\d{1,5})")


def parse_size(text: str) -> tuple[int, int]:
    """Parse ``"1280x720"`` into ``(1280, 720)``.

    Raises
    ------
    UsageError
        If the text is not ``WIDTHxHEIGHT`` or lies outside of 64x64 … 3840x2160 pixels.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"size must be WIDTHxHEIGHT, such as 1280x720, not {text!r}")
    width, height = int(match[1]), int(match[2])
    if not (MIN_SIDE <= width <= MAX_WIDTH and MIN_SIDE <= height <= MAX_HEIGHT):
        raise UsageError(
            f"size must lie between {MIN_SIDE}x{MIN_SIDE} and {MAX_WIDTH}x{MAX_HEIGHT}, not {text}"
        )
    return width, height


def parse_bytes(text: str) -> int:
    """Parse ``1GB``, ``500MB`` or ``1GiB`` into bytes.

    Raises
    ------
    UsageError
        If the text is no such size, or below a megabyte.
    """
    match = _BYTES.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"byte-budget must be a size such as 1GB or 500MB, not {text!r}")
    power = "kmgt".index(match[2].lower()) + 1
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** power)
    if size < 10**6:
        raise UsageError(f"byte-budget must be 1MB at least, not {text}")
    return size


def new_token() -> str:
    """Return a fresh URL-safe secret of 192 bits."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Config:
    """Everything that a run of ``vizstream serve`` was asked for.

    Parameters
    ----------
    scene : str
        Path of a ``.py`` file, optionally ``path.py:name``, or ``package.module[:name]``.
    args : tuple of str
        What the script sees as ``sys.argv[1:]``.
    host : str
        Address to listen on.
    port : int
        TCP port; 0 picks a free one.
    width, height : int
        Size in pixels of the window until a viewer asks for another.
    fixed_size : bool
        Whether viewers' wishes for another size are ignored.
    max_fps : float
        Frames per second that are drawn at most.
    codec : str
        ``auto``, or the one that viewers who can decode it are sent: ``h264``, ``vp9``, ``av1``, ``vp8``.
    max_viewers : int
        Viewers that are served at once; a further one gets 503.
    auth : bool
        Whether a token is needed.
    allow_hosts : tuple of str
        Names beside our own that requests may come under: a reverse proxy's, ``*.lab.example`` for all below.
    share : str
        Tunnel program to start: ``ngrok``, ``cloudflared``, or empty for none.
    ice_servers : tuple of str
        STUN and TURN servers, as `vizstream.sharing.ice.parse_server` reads them.
    turn_secret : str
        What TURN servers without credentials of their own share with us.
    udp_ports : tuple of int or None
        First and last port for video by UDP; None for any.
    byte_budget : int
        Bytes that tunnels may carry in this run; 0 for any number.
    allow_embed : bool
        Whether pages of other sites may show ours in a frame.
    control_token, view_token : str
        The two secrets; a viewer with the first may steer, with the second only watch.
    owner_token : str
        The secret of whoever owns the scene; empty where that is the first viewer with the control token.
    url : str
        The address that was printed, without a token.
    verbose : int
        0 warnings, 1 information, 2 debugging.
    """

    scene: str = ""
    args: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    width: int = 1280
    height: int = 720
    fixed_size: bool = False
    max_fps: float = 60.0
    codec: str = "auto"
    max_viewers: int = 32
    auth: bool = True
    allow_hosts: tuple[str, ...] = ()
    allow_embed: bool = False
    share: str = ""
    ice_servers: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    udp_ports: tuple[int, int] | None = None
    byte_budget: int = 0
    control_token: str = field(default_factory=new_token, repr=False)
    view_token: str = field(default_factory=new_token, repr=False)
    owner_token: str = field(default="", repr=False)
    url: str = ""
    verbose: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UsageError(f"port must lie between 0 and 65535, not {self.port}")
        if not 1 <= self.max_fps <= 240:
            raise UsageError(f"max-fps must lie between 1 and 240, not {self.max_fps:g}")
        if self.codec not in CODEC_CHOICES:
            raise UsageError(f"codec must be one of {', '.join(CODEC_CHOICES)}, not {self.codec}")
        if self.owner_token and not OWNER_TOKEN.fullmatch(self.owner_token):
            raise UsageError("owner-token must be 22 to 128 of A-Z, a-z, 0-9, _ and -")
        if self.max_viewers < 1:
            raise UsageError(f"max-viewers must be at least 1, not {self.max_viewers}")
        if self.share not in ("", *SHARE_CHOICES):
            raise UsageError(f"share must be one of {', '.join(SHARE_CHOICES)}, not {self.share}")
        relays = [server for server in map(parse_server, self.ice_servers) if server.relays]
        if self.turn_secret and all(server.username for server in relays):
            raise UsageError(
                "turn-secret is for a TURN server without credentials: --ice-server turn:HOST:PORT"
            )
        if not self.turn_secret and not all(server.username for server in relays):
            raise UsageError(
                "a TURN server needs credentials: turn:USER:PASSWORD@HOST:PORT, or --turn-secret"
            )
        for name in self.allow_hosts:
            if _HOST_NAME.fullmatch(name) is None:
                raise UsageError(
                    f"allow-host takes a name such as lab.example or *.lab.example, not {name!r}"
                )
        parse_size(f"{self.width}x{self.height}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never stand in a log."""
        credentials = [parse_server(server).credential for server in self.ice_servers]
        return (self.control_token, self.view_token, self.owner_token, self.turn_secret, *credentials)
