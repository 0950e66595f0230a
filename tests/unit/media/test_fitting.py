"""When an encoder is kept, and when another one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vizstream.media.choice import Demand
from vizstream.media.codecs import CODECS
from vizstream.media.fitting import HARDER_AFTER_S, REOPEN_INTERVAL_S, FittingEncoder
from vizstream.media.machine import Machine

if TYPE_CHECKING:
    from vizstream.media.encoder import Encoder

SIZE = (320, 192)
H264, VP8 = CODECS[0], CODECS[-1]


def _machine(draw_ms: float = 1) -> Machine:
    machine = Machine(2)
    machine.draw_ms = draw_ms
    return machine


def _fit(
    fitting: FittingEncoder,
    now: float,
    bps: int = 100_000,
    fps: float = 20,
    size: tuple[int, int] = SIZE,
    *,
    keyframe: bool = False,
    changed: bool = True,
) -> Encoder:
    # What it costs is that of a large picture, so that there is something to choose.
    return fitting.fit(size, Demand(1280 * 720, bps, fps), now, keyframe=keyframe, changed=changed)


def test_an_encoder_is_kept_while_it_fits() -> None:
    fitting = FittingEncoder(H264, _machine())
    first = _fit(fitting, 0)
    for now, bps in ((1, 100_000), (20, 400_000), (40, 90_000)):
        assert _fit(fitting, now, bps) is first
        assert first.rate_bps == bps
    assert _fit(fitting, 41, size=(160, 96)) is not first


def test_one_opened_in_worse_times_is_replaced_once_there_is_time_to_try_harder() -> None:
    machine = _machine(draw_ms=1000)
    fitting = FittingEncoder(H264, machine)
    first = _fit(fitting, 0)
    assert first.effort.preset == "superfast"
    machine.draw_ms = 1
    assert _fit(fitting, HARDER_AFTER_S - 1) is first, "it may be for a moment"
    assert _fit(fitting, HARDER_AFTER_S + 1, changed=False) is first, "at rest nothing is gained"
    harder = _fit(fitting, HARDER_AFTER_S + 2)
    assert harder is not first
    assert harder.effort.preset == "medium"
    assert _fit(fitting, 3 * HARDER_AFTER_S) is harder
    machine.draw_ms = 25
    assert _fit(fitting, 4 * HARDER_AFTER_S) is harder, "a little less time is no reason to go back"


def test_a_line_that_narrows_has_no_room_for_a_keyframe() -> None:
    """Fewer frames leave more time for each at once."""
    fitting = FittingEncoder(H264, _machine(draw_ms=12))
    first = _fit(fitting, 0, 3_000_000, 60)
    for second in range(1, 20):
        assert _fit(fitting, second, 3_000_000, 60) is first
    for step in range(int(HARDER_AFTER_S) - 1):
        assert _fit(fitting, 20 + step, 300_000, 12) is first
    assert _fit(fitting, 20 + HARDER_AFTER_S, 300_000, 12).effort is not first.effort


def test_what_is_gained_must_be_worth_a_keyframe() -> None:
    machine = _machine(draw_ms=30)
    fitting = FittingEncoder(H264, machine)
    first = _fit(fitting, 0)
    assert first.effort.preset == "faster"
    machine.draw_ms = 1
    assert _fit(fitting, 2 * HARDER_AFTER_S) is first, "0.4 dB"
    free = _fit(fitting, 2 * HARDER_AFTER_S + 1, keyframe=True)
    assert free.effort.preset == "medium", "a keyframe is due anyway"


def test_one_that_takes_far_too_long_is_replaced_but_not_at_once() -> None:
    machine = _machine()
    fitting = FittingEncoder(H264, machine)
    first = _fit(fitting, 0)
    machine.draw_ms = 1000
    assert _fit(fitting, REOPEN_INTERVAL_S / 2) is first
    assert _fit(fitting, REOPEN_INTERVAL_S + 1).effort.preset == "superfast"


def test_the_rate_of_one_whose_frames_are_fixed_changes_rarely() -> None:
    fitting = FittingEncoder(VP8, _machine())
    first = _fit(fitting, 0, 500_000)
    for bps in (550_000, 2_000_000, 300_000):
        assert _fit(fitting, REOPEN_INTERVAL_S / 2, bps) is first, "not twice within seconds"
    assert _fit(fitting, REOPEN_INTERVAL_S + 1, 550_000) is first
    assert _fit(fitting, REOPEN_INTERVAL_S + 1, 2_000_000) is not first


def test_one_that_failed_is_forgotten() -> None:
    fitting = FittingEncoder(H264, _machine())
    first = _fit(fitting, 0)
    fitting.drop()
    with pytest.raises(RuntimeError, match="fit comes first"):
        fitting.encode(None, 0, keyframe=False)  # type: ignore[arg-type]
    assert _fit(fitting, 1) is not first


def test_hardware_is_blamed_even_while_it_is_being_opened() -> None:
    machine = _machine()
    machine.hardware = ("h264_nvenc", "h264_qsv")
    FittingEncoder(H264, machine).blame()
    assert machine.hardware == ("h264_qsv",)
