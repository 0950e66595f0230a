from __future__ import annotations

import subprocess
import sys
import time

import pytest

from vizstream.bench import others
from vizstream.bench.others import Others

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


@pytest.fixture
def stat(monkeypatch, tmp_path):
    """Let /proc/stat say what a test wants."""
    path = tmp_path / "stat"

    def say(*, work: int, idle: int) -> None:
        path.write_text(f"cpu  {work} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n", encoding="ascii")

    monkeypatch.setattr(others, "Path", lambda _name: path)
    monkeypatch.setattr(others.os, "cpu_count", lambda: 2)
    return say


def test_our_own_work_is_none_of_others(stat):
    stat(work=1000, idle=0)
    watching = Others()
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    stat(work=1000, idle=100)
    assert watching.percent() == 0


def test_what_others_do_shows(stat):
    stat(work=1000, idle=0)
    watching = Others()
    began = time.monotonic()
    time.sleep(0.05)
    stat(work=11000, idle=0)  # hundredths of a second
    assert watching.percent() == pytest.approx(10_000 / (time.monotonic() - began) / 2, rel=0.2)


def test_a_system_that_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(others, "Path", lambda _name: tmp_path / "nowhere")
    assert Others().percent() == 0
