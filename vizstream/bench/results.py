"""What a run has found, as plain values, and as the JSON that ``--json`` writes and ``--compare`` reads.

Times are milliseconds of wall clock, medians where nothing else is said; ``cpu_ms`` is the time that all
threads of the process spent together.  Shares of CPU are in percent of one core.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from vizstream.errors import UsageError

from .figures import Spread

#: What the JSON calls itself; the number grows when a field changes its meaning.
FORMAT, VERSION = "vizstream-bench", 1

Value = TypeVar("Value")


@dataclass(frozen=True)
class Machine:
    """Where and when it was measured, and with which versions."""

    when: str
    processor: str
    cores: int
    memory_mib: int
    system: str
    renderer: str
    software: bool
    versions: dict[str, str]


@dataclass(frozen=True)
class Copy:
    """One way to write a frame into shared memory; `ratio` is to memcpy of the same bytes in the same run."""

    width: int
    height: int
    way: str
    ms: float
    ratio: float


@dataclass(frozen=True)
class Stage:
    """One stage by itself.

    `name` is ``render``, ``readback``, ``publish``, ``convert``, ``packetize`` or ``send``; the last two are
    for one viewer, with the codec that the machine would choose.
    """

    width: int
    height: int
    name: str
    ms: float
    p95_ms: float
    cpu_ms: float


@dataclass(frozen=True)
class Encoding:
    """One encoder at one preset; `bytes` of a frame."""

    width: int
    height: int
    codec: str
    preset: str
    ms: float
    p95_ms: float
    cpu_ms: float
    bytes: int


@dataclass(frozen=True)
class Publishing:
    """From the finished picture to the published frame, beside memcpy of the same bytes in the same run.

    `copies` of the pixels are made from OpenGL's framebuffer to the encoder's colour conversion.
    """

    width: int
    height: int
    ms: float
    memcpy_ms: float
    ratio: float
    copies: int


@dataclass(frozen=True)
class Usage:
    """What a process uses: CPU in percent of a core, memory in MiB, of that shared; 0 where not known."""

    cpu_percent: float
    memory_mib: float
    shared_mib: float


@dataclass(frozen=True)
class Whole:
    """The product with some viewers, one of whom steers; figures of the first viewer.

    Parameters
    ----------
    fps : float
        New pictures decoded a second.
    capture_ms : Spread
        From the end of drawing to the decoded picture.
    input_ms : Spread
        From an input's leaving the viewer to the first decoded picture that shows it.
    stage_ms : dict
        Mean time that a frame spent in each stage, by the server's own count.
    kbit_s : float
        Of one viewer, with RTP's overhead.
    not_encoded, not_decoded : int
        Pictures that were drawn and never sent, and sent and never decoded.
    slowest_fps : float
        Of the viewer who got the fewest pictures.
    usage : dict
        Of ``renderer``, ``server`` and ``viewers``, by process.
    """

    width: int
    height: int
    viewers: int
    seconds: float
    codec: str
    picture: str
    fps: float
    slowest_fps: float
    capture_ms: Spread
    input_ms: Spread
    stage_ms: dict[str, float]
    kbit_s: float
    frame_bytes: int
    not_encoded: int
    not_decoded: int
    usage: dict[str, Usage]


@dataclass(frozen=True)
class Rest:
    """The product while nobody steers, with `viewers` watching."""

    width: int
    height: int
    viewers: int
    seconds: float
    fps: float
    bytes_s: float
    usage: dict[str, Usage]


@dataclass(frozen=True)
class Bound:
    """What limits the frame rate at one size, and what to do about it.

    `fps` is what the machine could reach, by what each stage takes by itself; `share` is how much of that
    was delivered.
    """

    width: int
    height: int
    name: str
    reason: str
    remedy: str
    fps: float
    share: float


@dataclass(frozen=True)
class Report:
    """All that a run has found.

    `others_percent` is the share of all cores that other programs took meanwhile; `complete` unless it was
    interrupted.
    """

    machine: Machine
    plan: dict[str, Any]
    copies: list[Copy] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    encodings: list[Encoding] = field(default_factory=list)
    publishings: list[Publishing] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)
    rests: list[Rest] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    others_percent: float = 0.0
    complete: bool = False


def to_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(report)}, indent=1) + "\n"


def read_json(path: Path) -> Report:
    """Read a report that was written as JSON.

    Raises
    ------
    UsageError
        If there is no such file, or it holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError:
        raise UsageError(f"{path} is not JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UsageError(f"{path} was not written by vizstream bench --json")
    if document.get("version") != VERSION:
        raise UsageError(f"{path} has version {document.get('version')!r} of its format, not {VERSION}")
    try:
        return parse(Report, document)
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}") from None


def parse(kind: type[Value], value: Any) -> Value:
    """Make a value of `kind`, a dataclass or a type of JSON, of what JSON holds.

    Raises
    ------
    KeyError
        If a field is missing.
    TypeError
        If something is not of its type.
    """
    return _parse(kind, value)  # type: ignore[no-any-return]


def _parse(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    if is_dataclass(kind):
        _expect(value, dict)
        make: Any = kind
        hints = get_type_hints(kind)
        return make(**{one.name: _parse(hints[one.name], value[one.name]) for one in fields(kind)})
    if get_origin(kind) is list:
        _expect(value, list)
        return [_parse(get_args(kind)[0], item) for item in value]
    if get_origin(kind) is dict:
        _expect(value, dict)
        return {key: _parse(get_args(kind)[1], item) for key, item in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    _expect(value, kind)
    return value


def _expect(value: Any, kind: type) -> None:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is not of type {kind.__name__}")
