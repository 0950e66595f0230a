from __future__ import annotations

import pytest

from vizstream.bench.watched import Notes, captured_ns, look

MS = 1_000_000
HZ = 90_000


def notes(pictures: int = 40, latency_ms: float = 12.0) -> Notes:
    """Return what a viewer notes of a scene at 20 frames/s, each second picture of which is an answer."""
    found = Notes(origin=(4_000_000_000, 0))
    for number in range(pictures):
        captured = number * 50 * MS
        stamp = (4_000_000_000 + captured * HZ // 1_000_000_000) % 2**32 & ~1
        found.shown_ns[stamp] = captured + int(latency_ms * MS)
        found.rows.append((stamp, number + 1, number // 2))
        if number % 2 == 0:
            found.inputs_ns[number // 2] = captured - 8 * MS
    return found


def test_rate_and_latencies():
    seen = look(notes(), 0, 2_000 * MS)
    assert seen.fps == 20
    assert seen.capture_ms.p50 == pytest.approx(12, abs=0.05)
    assert seen.capture_ms.count == 40
    assert seen.input_ms.p50 == pytest.approx(20)
    assert seen.input_ms.count == 19
    assert (seen.not_encoded, seen.not_decoded) == (0, 0)


def test_time_stamps_wrap():
    assert captured_ns(90_000, (2**32 - 90_000, 5)) == 2_000_000_005
    assert captured_ns(2**32 - 90_000, (90_000, 2_000_000_005)) == 5


def test_only_what_was_shown_in_the_span_counts():
    seen = look(notes(), 500 * MS, 1_500 * MS)
    assert seen.fps == 20
    assert seen.capture_ms.count == 20
    assert seen.not_decoded == 0


def test_repeated_pictures_are_none_of_the_frame_rate():
    found = notes()
    for stamp in list(found.shown_ns):
        found.shown_ns[stamp + 1] = found.shown_ns[stamp] + 5 * MS
    assert look(found, 0, 2_000 * MS).fps == 20


def test_what_got_lost_is_counted():
    found = notes()
    stamps = [stamp for stamp, _seq, _input in found.rows]
    del found.shown_ns[stamps[10]], found.shown_ns[stamps[20]]
    del found.rows[30]
    seen = look(found, 0, 2_000 * MS)
    assert seen.not_decoded == 2
    assert seen.not_encoded == 1


def test_a_viewer_who_saw_nothing():
    seen = look(Notes(), 0, MS)
    assert (seen.fps, seen.capture_ms.count, seen.not_encoded, seen.not_decoded) == (0, 0, 0, 0)
