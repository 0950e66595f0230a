from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vizstream.bench import processes
from vizstream.bench.processes import Sample, children, sample, usage
from vizstream.bench.results import Usage


def test_what_was_used_between_two_moments():
    before, after = Sample(1.0, 100.0, 10.0), Sample(2.5, 120.04, 12.0)
    assert usage(before, after, 3.0) == Usage(50.0, 120.0, 12.0)


def test_processes_are_added_up():
    one, two = sample([os.getpid()]), sample([os.getpid(), os.getpid()])
    assert one.memory_mib > 5
    assert two.memory_mib == pytest.approx(2 * one.memory_mib, rel=0.2)


def test_work_shows():
    before, end = sample([os.getpid()]), time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert 0.15 < sample([os.getpid()]).cpu_s - before.cpu_s < 20


def test_a_process_that_has_ended_uses_nothing():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert sample([child.pid]) == Sample()
    assert children(child.pid) == []


def test_ps_tells_what_proc_tells(tmp_path: Path):
    if not (Path("/bin/ps").exists() or Path("/usr/bin/ps").exists()):
        assert processes._from_ps(os.getpid()) == Sample()
        return
    ours, theirs = sample([os.getpid()]), processes._from_ps(os.getpid())
    assert theirs.memory_mib == pytest.approx(ours.memory_mib, rel=0.2)
    assert theirs.cpu_s == pytest.approx(ours.cpu_s, abs=2)


def test_children_are_found():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in children(os.getpid())
    finally:
        child.communicate(b"\n")
