"""Measure what a viewer sees over bad lines: real Chromium, the flow scene, a link shaper between.

Usage: python bench/lines.py [--only 0,3,narrow,beside] [--seconds S] [--runs N]

Prints Markdown: what each line shows (the median run), where the time from an input to its picture goes, a
line that narrows and widens again, and a slow viewer beside a fast one.  The scene orbits, and is dragged as
well. With everything at its own length it takes about 20 minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drag import ROOT, STATS, difference, serving
from viewers import crowd
from watching import NOTE, PARTS, Watched, begin, means, split, take

sys.path[:0] = [str(ROOT / "tests" / "support")]

import bidi  # noqa: E402 - found by the line above
from shaper import LinkSettings, ShapedServer  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shaper import FramePassage

#: The best H.264 that Chromium offers: who spells it so shares its encoder.
CHROMIUM_H264 = "4d00"

#: Seconds from the first picture until a line counts as known to the server.
SETTLE_S = 6.0


@dataclass(frozen=True)
class Row:
    """One line of the table: both directions alike, so that a round trip is twice the delay."""

    name: str
    link: LinkSettings
    seconds: float
    runs: int


ROWS = (
    Row("150 kbit/s, 100 ms", LinkSettings(rate_bps=150_000, delay_ms=50), 60, 2),
    Row("300 kbit/s, 100 ms", LinkSettings(rate_bps=300_000, delay_ms=50), 60, 2),
    Row("1 Mbit/s, 50 ms", LinkSettings(rate_bps=1_000_000, delay_ms=25), 30, 2),
    Row(
        "1 Mbit/s, 5 % loss both ways, 50 ms", LinkSettings(rate_bps=1_000_000, delay_ms=25, loss=0.05), 60, 3
    ),
    Row("3 Mbit/s, 50 ms", LinkSettings(rate_bps=3_000_000, delay_ms=25), 20, 1),
    Row("not shaped", LinkSettings(), 20, 1),
)

#: The line that narrows: seconds of each part, and the two rates.
PART_S, WIDE, NARROW = 20.0, 3_000_000, 300_000


def metric(url: str, name: str) -> float:
    """Return a viewer's metric, asked for past the shaper."""
    base, _hash, token = url.partition("#token=")
    with urllib.request.urlopen(f"{base}metrics?token={token}") as response:
        found = re.search(rf"^{name}\S* (\S+)$", response.read().decode(), re.MULTILINE)
    return float(found[1]) if found else float("nan")


def drag(page: Any, seconds: float) -> None:
    """Drag to and fro for a while."""
    began, swing = time.monotonic(), 1
    while time.monotonic() - began < seconds:
        swing = -swing
        page.drag((640, 360), (640 + 200 * swing, 360 + 40 * swing), steps=60)


def open_page(browser: Any, url: str) -> tuple[Any, float]:
    """Open a page; return it and the seconds until it showed its first picture."""
    page = browser.open("", (1280, 720), preload=NOTE)
    opened = time.monotonic()
    page.navigate(url)
    page.wait_for("document.body.dataset.state === 'live'", 60)
    return page, time.monotonic() - opened


def measure(row: Row, seconds: float) -> dict[str, Any]:
    """Watch and steer over one line."""
    with (
        bidi.launch("chromium") as browser,
        serving("scenes/flow.py", "1280x720") as (url, _process),
        ShapedServer(url, up=row.link, down=row.link) as way,
    ):
        page, first = open_page(browser, way.url)
        time.sleep(SETTLE_S)
        frames, resent, before = metric(url, "vizstream_frames_encoded_total"), 0.0, way.read()
        resent = metric(url, "vizstream_viewer_retransmitted_total")
        other = way.other_bytes()
        since = begin(page)
        drag(page, seconds)
        watched = take(page, since)
        after, passages = way.read(), way.frames()
        stats = page.evaluate(STATS)["input_to_photon_ms"]
        result = {
            "first": first,
            "fps": watched.fps,
            "gap": watched.gap_ms(),
            "p50": stats["p50"],
            "p95": stats["p95"],
            "parts": means(split(watched, passages, row.link.delay_ms / 1000)),
            "encoded": (metric(url, "vizstream_frames_encoded_total") - frames) / watched.seconds,
            "resent": (metric(url, "vizstream_viewer_retransmitted_total") - resent) / watched.seconds,
            "used": after.down.delivered_bps(before.down) / 1000,
            "up": after.up.offered_bps(before.up) / 1000,
            "other": (way.other_bytes() - other) * 8 / 1000 / watched.seconds,
            "target": metric(url, "vizstream_viewer_target_bps") / 1000,
            "level": metric(url, "vizstream_viewer_level"),
            "overflowed": after.down.overflowed_packets - before.down.overflowed_packets,
        }
        page.close()
        return result


def rate_bps(passages: Iterable[FramePassage], begin_s: float, end_s: float) -> float:
    """Return what the video's frames that came down between two moments had of bits a second."""
    total = sum(passage.bytes for passage in passages if begin_s <= passage.last_out_s < end_s)
    return 8 * total / (end_s - begin_s)


def narrow() -> dict[str, Any]:
    """Narrow a line tenfold for a while: tell what freezes, and how soon all is as before."""
    wide, thin = (LinkSettings(rate_bps=rate, delay_ms=25) for rate in (WIDE, NARROW))
    with (
        bidi.launch("chromium") as browser,
        serving("scenes/flow.py", "1280x720") as (url, _process),
        ShapedServer(url, up=wide, down=wide) as way,
    ):
        page, _first = open_page(browser, way.url)
        drag(page, SETTLE_S)
        since = begin(page)
        script = [(0.0, wide), (PART_S, thin), (2 * PART_S, wide)]
        way.play(up=script, down=script)
        drag(page, 3 * PART_S)
        watched, passages = take(page, since), way.frames()
        page.close()
    good = rate_bps(passages, since + PART_S / 2, since + PART_S)
    widened = since + 2 * PART_S
    return {
        "gap": watched.gap_ms(),
        "fps": [
            sum(since + n * PART_S <= frame.at < since + (n + 1) * PART_S for frame in watched.shown) / PART_S
            for n in range(3)
        ],
        "before": good / 1000,
        "narrow": rate_bps(passages, since + 1.2 * PART_S, since + 2 * PART_S) / 1000,
        "back": _back_s(watched, passages, widened, good),
    }


def _back_s(watched: Watched, passages: list[FramePassage], widened: float, good_bps: float) -> float:
    """Return the seconds until a second's video had 80 % of the first rate, at the first size."""
    widest = max(frame.width for frame in watched.shown)
    wide = [frame.at for frame in watched.shown if frame.at > widened and frame.width == widest]
    for step in range(int(10 * PART_S)):
        at = widened + step / 10
        if wide and wide[0] <= at and rate_bps(passages, at - 1, at) >= 0.8 * good_bps:
            return at - widened
    return float("inf")


def beside(seconds: float) -> dict[str, dict[str, Any]]:
    """Let a slow viewer join a fast one, or one like it, and tell what the fast one loses.

    The other one decodes nothing: it stands for one on a machine of its own.
    """
    wide = LinkSettings(rate_bps=WIDE, delay_ms=25)
    with (
        bidi.launch("chromium") as browser,
        serving("scenes/flow.py", "1280x720") as (url, process),
        ShapedServer(url, up=wide, down=wide) as fast,
        ShapedServer(url, up=wide, down=wide) as alike,
        ShapedServer(url, up=ROWS[0].link, down=ROWS[0].link) as slow,
    ):
        page, _first = open_page(browser, fast.url)
        drag(page, SETTLE_S)
        found = {}
        for name, way in (("alone", None), ("alike", alike), ("slow", slow), ("again", None)):
            with contextlib.ExitStack() as others:
                if way is not None:
                    base, _hash, token = way.url.partition("/#token=")
                    others.enter_context(crowd(f"{base}/whep", token, CHROMIUM_H264))("join 1")
                time.sleep(SETTLE_S)
                found[name] = difference(url, page, [process.pid], seconds, lambda: drag(page, 1))
        page.close()
        return found


def table(heads: list[str], rows: Iterable[list[str]]) -> None:
    """Print a Markdown table, each row as soon as it is known."""
    print("|", " | ".join(heads), "|")
    print("|", " | ".join(["---", *["--:"] * (len(heads) - 1)]), "|")
    for cells in rows:
        print("|", " | ".join(cells), "|", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0, help="for each row instead of its own")
    parser.add_argument("--runs", type=int, default=0, help="for each row instead of its own")
    parser.add_argument("--only", default="", help="numbers of rows, narrow, beside")
    parser.add_argument("--raw", action="store_true", help="print each run's figures as well, on stderr")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else [*map(str, range(len(ROWS))), "narrow", "beside"]
    rows = [ROWS[int(name)] for name in chosen if name.isdigit()]
    parts: list[list[str]] = []

    def shown() -> Iterable[list[str]]:
        for row in rows:
            runs = [measure(row, options.seconds or row.seconds) for _run in range(options.runs or row.runs)]
            if options.raw:
                for run in runs:
                    print({k: round(v, 1) for k, v in run.items() if k != "parts"}, file=sys.stderr)
            r = {name: statistics.median(run[name] for run in runs) for name in runs[0] if name != "parts"}
            part = {name: statistics.median(run["parts"][name] for run in runs) for name in PARTS}
            parts.append([row.name, *(f"{part[name]:.0f}" for name in PARTS), f"{sum(part.values()):.0f}"])
            yield [
                row.name,
                f"{r['first']:.1f}",
                f"{r['fps']:.1f}",
                f"{max(run['gap'] for run in runs):.0f}",
                f"{r['p50']:.0f} / {r['p95']:.0f}",
                f"{r['used']:.0f}",
                f"{r['level']:.0f}",
            ]

    if rows:
        heads = ["line (rate, round trip)", "first frame, s", "frames/s", "longest gap, ms"]
        heads += ["input to photon p50 / p95, ms", "used, kbit/s", "level"]
        table(heads, shown())
        table(["mean, ms", *PARTS, "in all"], parts)
    if "narrow" in chosen:
        r = narrow()
        heads = [
            "line",
            "longest gap, ms",
            "frames/s",
            "video, kbit/s: wide, narrow",
            "back at 80 % after, s",
        ]
        fps = " → ".join(f"{fps:.0f}" for fps in r["fps"])
        cells = ["3 Mbit/s → 300 kbit/s → 3 Mbit/s, 20 s each", f"{r['gap']:.0f}", fps]
        table(heads, [[*cells, f"{r['before']:.0f}, {r['narrow']:.0f}", f"{r['back']:.1f}"]])
    if "beside" in chosen:
        found = beside(options.seconds or 20)
        heads = ["fast viewer (3 Mbit/s)", "frames/s", "kB/s", "input to photon p50 / p95, ms"]
        names = {
            "alone": "alone",
            "alike": "beside another one like it",
            "slow": "beside a viewer at 150 kbit/s",
            "again": "alone again",
        }
        table(
            heads,
            (
                [
                    names[name],
                    str(found[name]["fps"]),
                    f"{found[name]['kB_per_s']:.0f}",
                    "{p50:.0f} / {p95:.0f}".format(**found[name]["input_to_photon_ms"]),
                ]
                for name in names
            ),
        )


if __name__ == "__main__":
    main()
