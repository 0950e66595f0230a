"""``vizstream bench`` as a user runs it, short: the shape of what it finds, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vizstream.bench.plan import COPY_SIZES
from vizstream.bench.results import read_json
from vizstream.media.choice import EFFORTS

#: A run takes 18 s on two quiet cores, and 45 where 16 others want them.
pytestmark = pytest.mark.timeout(240)

BENCH = [sys.executable, "-m", "vizstream", "bench"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Run once, short; return the report, stdout and stderr."""
    path = tmp_path_factory.mktemp("bench") / "bench.json"
    options = ["--resolution", "320x240", "--viewers", "2", "--seconds", "0.3", "--codec", "h264"]
    child = subprocess.run(
        [*BENCH, *options, "--json", str(path)], capture_output=True, text=True, check=False, timeout=200
    )
    assert child.returncode == 0, child.stderr
    return read_json(path), child.stdout, child.stderr


def test_every_stage_is_measured(measured):
    report, _out, _err = measured
    assert report.complete
    names = ["render", "readback", "publish", "convert", "encode", "packetize", "send"]
    assert sorted(stage.name for stage in report.stages) == sorted(names)
    assert all(0 < stage.ms <= stage.p95_ms < 5000 for stage in report.stages)
    assert {one.codec for one in report.encodings} == {"h264"}
    h264 = [effort for effort in EFFORTS if effort.family == "h264"]
    assert len(h264) > 2
    assert {one.preset for one in report.encodings} >= {effort.preset for effort in h264}
    assert all(one.bytes > 100 for one in report.encodings)
    (publishing,) = report.publishings
    assert publishing.copies == 1
    assert publishing.ratio == pytest.approx(publishing.ms / publishing.memcpy_ms, rel=0.01)


def test_ways_into_shared_memory_are_compared_at_all_sizes(measured):
    report, _out, _err = measured
    ways = {copy.way for copy in report.copies}
    assert len(ways) >= 6
    for size in COPY_SIZES:
        found = {copy.way: copy for copy in report.copies if (copy.width, copy.height) == size}
        assert found["memcpy"].ratio == 1
        # Byte by byte through Python's numbers: a factor of hundreds, whatever the machine does meanwhile.
        assert found["RawArray[:] = data"].ratio > 10
        assert found["vizstream, from the framebuffer"].ms > 0


def test_the_whole_is_measured_with_each_crowd_and_at_rest(measured):
    report, _out, _err = measured
    assert [one.viewers for one in report.wholes] == [1, 2]
    for one in report.wholes:
        assert one.codec == "h264"
        assert re.fullmatch(r"\d+x\d+", one.picture)
        assert 0 < one.slowest_fps <= 70
        assert 0 < one.capture_ms.p50 <= one.capture_ms.p95 <= one.capture_ms.p99 < 5000
        assert one.input_ms.count > 0
        assert one.input_ms.p50 > 0
        assert set(one.stage_ms) == {"render", "readback", "wait", "encode", "deliver"}
        assert one.frame_bytes > 100
        assert set(one.usage) == {"renderer", "server", "viewers"}
        assert all(used.memory_mib > 20 for used in one.usage.values())
    (rest,) = report.rests
    assert rest.viewers == 2
    (bound,) = report.bounds
    assert bound.name != "unknown"
    assert 0 < bound.fps <= 60


def test_data_goes_to_stdout_and_progress_to_stderr(measured):
    report, out, err = measured
    assert "What bounds it" in out
    assert report.bounds[0].name in out
    assert "vizstream: 320x240: the whole with 2 viewers" in err
    assert all(line.startswith("vizstream: ") for line in err.splitlines())


def test_a_scene_that_fails_gives_its_own_traceback(tmp_path):
    scene = tmp_path / "broken.py"
    scene.write_text(
        "import vtkmodules\n\n\ndef broken():\n    return 1 / 0\n\n\nbroken()\n", encoding="utf-8"
    )
    child = subprocess.run(
        [*BENCH, "--scene", str(scene)], capture_output=True, text=True, check=False, timeout=60
    )
    assert child.returncode == 1
    assert "ZeroDivisionError" in child.stderr
    assert 'broken.py", line 5, in broken' in child.stderr
    assert "stage_host" not in child.stderr


def children(pid: int) -> set[int]:
    """Return a process and all that came of it."""
    found = {pid}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found |= children(int(child))
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="device: Linux's /proc")
@pytest.mark.parametrize("until", ["ways into shared memory", "the whole with 1 viewer"])
def test_ctrl_c_ends_everything_soon(until):
    skipped = "" if "ways" in until else "run._measure_copies = run._measure_stages = lambda *_args: None; "
    code = (
        f"from vizstream.bench import run; {skipped}from vizstream.cli import main; "
        "main(['bench', '--resolution', '320x240'])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert child.stderr
        for line in child.stderr:
            if until in line:
                break
        else:
            pytest.fail("it ended before it could be interrupted")
        family = children(child.pid)
        began = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does
        out, err = child.communicate(timeout=30)
        took = time.monotonic() - began
        assert child.returncode == 0, err
        assert "Not complete" in out
        assert "Traceback" not in err
        # Within 2 s on a quiet machine.
        assert took < 20
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in family):
            assert time.monotonic() < deadline, "a process was left over"
            time.sleep(0.05)
    finally:
        child.kill()
        child.communicate()
