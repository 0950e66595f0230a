"""What is known of the machine, and the look for hardware that is not here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from vizstream.media import machine as module
from vizstream.media import probe
from vizstream.media.machine import FASTEST, SLOWEST, Machine
from vizstream.media.probe import plausible_encoders, try_encoders

if TYPE_CHECKING:
    from pathlib import Path


def test_speed_follows_what_was_measured_within_bounds() -> None:
    machine = Machine(2)
    for _frame in range(200):
        machine.encoded(10, 5)
    assert machine.speed == pytest.approx(2, rel=0.01)
    machine.encoded(10, 10_000)
    assert machine.speed > 1.8, "once is nothing"
    for _frame in range(1000):
        machine.encoded(10, 10_000)
    assert machine.speed == pytest.approx(SLOWEST, rel=0.01)
    for _frame in range(1000):
        machine.encoded(1000, 0.1)
    assert machine.speed == pytest.approx(FASTEST, rel=0.01)


def test_drawing_is_measured_from_the_first_picture_on() -> None:
    machine = Machine(2)
    machine.drew(20)
    assert machine.draw_ms == 20
    for _frame in range(200):
        machine.drew(10)
    assert machine.draw_ms == pytest.approx(10, rel=0.01)


def test_the_first_picture_which_takes_longest_is_soon_forgotten() -> None:
    machine = Machine(2)
    assert machine.draw_ms > 0, "until then drawing is thought to take some time"
    machine.drew(60)
    for _frame in range(19):
        machine.drew(10)
    assert machine.draw_ms < 13


def test_nothing_is_tried_without_a_device(tmp_path: Path) -> None:
    assert plausible_encoders("linux", tmp_path) == ()
    (tmp_path / "dev" / "dri").mkdir(parents=True)
    (tmp_path / "dev" / "dri" / "renderD128").touch()
    assert plausible_encoders("linux", tmp_path) == ("h264_qsv", "h264_amf")
    (tmp_path / "dev" / "nvidiactl").touch()
    assert plausible_encoders("linux", tmp_path)[0] == "h264_nvenc"
    assert plausible_encoders("darwin", tmp_path) == ("h264_videotoolbox",)
    assert "h264_nvenc" in plausible_encoders("win32", tmp_path)


def test_an_encoder_that_does_not_exist_fails_fast_and_cleanly() -> None:
    machine = Machine(2)
    began = time.monotonic()
    machine.look_for_hardware(("h264_fake", "libx264")).join(30)
    assert time.monotonic() - began < 20
    assert machine.hardware == ("libx264",), "the one that works is found behind the one that does not"
    assert "h264_fake" in try_encoders(("h264_fake",))["h264_fake"]


def test_drivers_that_crash_or_hang_cost_only_their_own_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    child = """
import json, os, sys, time
for name in sys.argv[1:]:
    if name == "crashes": os.abort()
    if name == "hangs": time.sleep(60)
    print(json.dumps({name: ""}), flush=True)
"""
    monkeypatch.setattr(probe, "_ENCODE_ONE_PICTURE", child)
    monkeypatch.setattr(probe, "ENCODER_LIMIT_S", 1)
    machine = Machine(2)
    machine.look_for_hardware(("crashes", "works", "hangs", "works too")).join(40)
    assert machine.hardware == ("works", "works too")


def test_a_machine_without_devices_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "plausible_encoders", lambda: ())
    monkeypatch.setattr(module, "try_encoders", lambda _names: pytest.fail("a process was started"))
    machine = Machine()
    machine.look_for_hardware().join(5)
    assert machine.hardware == ()


def test_what_failed_is_given_up() -> None:
    machine = Machine(2)
    machine.hardware = ("h264_nvenc", "h264_qsv")
    machine.give_up("h264_nvenc")
    machine.give_up("h264_nvenc")
    assert machine.hardware == ("h264_qsv",)
