"""What a page saw, and where the time between an input and its picture went.

The page notes inputs, frames and the server's rows (`NOTE`); the shaper notes when each frame's packets
passed (`shaper_trace`).  Put together, on one machine and so on one clock, they tell for every frame that
answered an input:

    input ─ way up ─ picture begun, drawn, encoded ─ pacer ─ line ─ way down ─ decoded, shown
              ▲ half a round trip                    ▲ first  ▲ last packet enters         ▲ next refresh

A frame is shown when the page is told of it, at the beginning of the browser's next refresh, as in the page
itself; ``docs/performance.md`` says why not at ``expectedDisplayTime``.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shaper import FramePassage

#: Runs in the page before its own scripts.  Times are in ms since the epoch.
NOTE = """() => {
  const noted = window.noted = { inputs: [], rows: [], shown: [] };
  const epoch = (time) => performance.timeOrigin + time;
  const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return request.call(this, (now, frame) => {
      const { rtpTimestamp, width, presentationTime, receiveTime } = frame;
      const times = [performance.now(), presentationTime, receiveTime ?? presentationTime].map(epoch);
      noted.shown.push([rtpTimestamp ?? 0, width, ...times]);
      callback(now, frame);
    });
  };
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = create.apply(this, given);
    channel.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'frames') noted.rows.push(...message.rows);
    });
    return channel;
  };
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    const { id, type } = JSON.parse(data);
    if (id) noted.inputs.push([id, type, epoch(performance.now())]);
    return send.call(this, data);
  };
}"""

#: What `Split` adds up.
PARTS = ("up", "picture", "pacer", "line", "down", "show")


class Shown(NamedTuple):
    """A frame that was shown, and when, in seconds of ``time.monotonic()``."""

    stamp: int
    width: int
    #: When the page heard of it.
    at: float
    #: When it was decoded and handed to the browser's compositor, and when its last packet had come.
    handed_at: float
    received_at: float


@dataclass(frozen=True)
class Watched:
    """What a page noted between two moments; times in seconds of ``time.monotonic()``."""

    #: Input id → when it was sent.
    inputs: dict[int, float]
    #: Those of `inputs` that pressed a button.
    presses: frozenset[int]
    #: RTP time stamp and the newest input that it shows, in the order of the frames.
    rows: list[tuple[int, int]]
    #: In the order in which they were shown.
    shown: list[Shown]
    seconds: float

    @property
    def fps(self) -> float:
        """Frames shown a second."""
        return len(self.shown) / self.seconds

    def gap_ms(self, after: float = 0.0) -> float:
        """Longest time between two frames."""
        times = [frame.at for frame in self.shown if frame.at >= after]
        return 1000 * max((b - a for a, b in pairwise(times)), default=float("inf"))


def begin(page: Any) -> float:
    """Forget what was noted so far; return the moment."""
    page.evaluate("void (noted.inputs.length = noted.rows.length = noted.shown.length = 0)")
    return time.monotonic()


def take(page: Any, since: float) -> Watched:
    """Return what a page has noted since `begin`."""
    noted = page.evaluate("window.noted")
    seconds = time.monotonic() - since
    # Both clocks are read as near to one another as can be.
    origin = time.time() - time.monotonic()
    return Watched(
        {number: at / 1000 - origin for number, _type, at in noted["inputs"]},
        frozenset(number for number, kind, _at in noted["inputs"] if kind == "pointer_down"),
        [(stamp, number) for stamp, _seq, number in noted["rows"]],
        [
            Shown(stamp, width, *(moment / 1000 - origin for moment in moments))
            for stamp, width, *moments in noted["shown"]
        ],
        seconds,
    )


def split(watched: Watched, passages: Iterable[FramePassage], delay_s: float) -> list[dict[str, float]]:
    """Return the parts of each answered input's way, in ms.

    One row for each frame shown that answers an input which no earlier frame did, counted from the newest
    such input, as the page itself does.
    """
    passed = {passage.stamp: passage for passage in passages}
    shown = {frame.stamp: frame.at for frame in watched.shown}
    answered = 0
    result = []
    for stamp, number in watched.rows:
        if number <= answered or stamp not in shown:
            continue
        answered = number
        passage, happened = passed.get(stamp), watched.inputs.get(number)
        if passage is None or happened is None or not passage.last_out_s:
            continue
        marks = (
            happened,
            happened + delay_s,
            passage.first_in_s,
            passage.last_in_s,
            passage.last_out_s - delay_s,
            passage.last_out_s,
            shown[stamp],
        )
        result.append({name: 1000 * (b - a) for name, (a, b) in zip(PARTS, pairwise(marks), strict=True)})
    return result


def means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each part; parts add up to the mean of the whole."""
    return {name: statistics.fmean(row[name] for row in rows) if rows else 0.0 for name in PARTS}
