"""What one viewer saw in a span of time, from its notes of packets, pictures, inputs and rows.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from .figures import Spread, spread

#: RTP's clock of video.
_HZ = 90_000


@dataclass
class Notes:
    """What a viewer notes, in nanoseconds of ``time.monotonic_ns()``.

    Attributes
    ----------
    shown_ns : dict
        RTP time stamp → when the picture was decoded, or whole where this viewer does not decode.
    rows : list of (int, int, int)
        RTP time stamp, seq and newest input of each new picture, as the server says.
    inputs_ns : dict
        Input id → when it was sent.
    origin : tuple of (int, int) or None
        An RTP time and the moment at which the sender's clock showed it, of the last sender report.
    """

    shown_ns: dict[int, int] = field(default_factory=dict)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    inputs_ns: dict[int, int] = field(default_factory=dict)
    origin: tuple[int, int] | None = None


@dataclass(frozen=True)
class Seen:
    """What a viewer saw; the fields are those of `vizstream.bench.results.Whole`."""

    fps: float
    capture_ms: Spread
    input_ms: Spread
    not_encoded: int
    not_decoded: int


def captured_ns(stamp: int, origin: tuple[int, int]) -> int:
    """Return when a picture was captured: RTP time stamps are that, on a clock that sender reports tell."""
    rtp_time, at_ns = origin
    passed = (stamp - rtp_time + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
    return at_ns + passed * 1_000_000_000 // _HZ


def is_new(stamp: int) -> bool:
    """Say whether a picture was not shown before: the server marks repeated ones by the lowest bit."""
    return not stamp & 1


def look(notes: Notes, begin_ns: int, end_ns: int) -> Seen:
    """Return what was seen between two moments.

    Latencies are of pictures shown between them; pictures not encoded and not decoded are counted among the
    rows of those.
    """
    shown = {
        stamp: at_ns
        for stamp, at_ns in notes.shown_ns.items()
        if begin_ns <= at_ns < end_ns and is_new(stamp)
    }
    capture = []
    if notes.origin is not None:
        capture = [(at_ns - captured_ns(stamp, notes.origin)) / 1e6 for stamp, at_ns in shown.items()]
    rows = _rows_between(notes.rows, shown)
    answers, answered = [], 0
    for stamp, _seq, number in notes.rows:
        if number <= answered:
            continue
        answered = number
        if stamp in shown and number in notes.inputs_ns:
            answers.append((shown[stamp] - notes.inputs_ns[number]) / 1e6)
    seqs = [seq for _stamp, seq, _input in rows]
    return Seen(
        fps=round(len(shown) / ((end_ns - begin_ns) / 1e9), 2),
        capture_ms=spread(capture),
        input_ms=spread(answers),
        not_encoded=(seqs[-1] - seqs[0] + 1 - len(seqs)) if seqs else 0,
        not_decoded=sum(stamp not in shown for stamp, _seq, _input in rows),
    )


def _rows_between(rows: list[tuple[int, int, int]], shown: dict[int, int]) -> list[tuple[int, int, int]]:
    """Return the rows from the first picture that was shown to the last one."""
    places = [place for place, (stamp, _seq, _input) in enumerate(rows) if stamp in shown]
    return rows[places[0] : places[-1] + 1] if places else []
