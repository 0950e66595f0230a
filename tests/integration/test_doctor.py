"""``vizstream doctor`` as a user runs it, on this machine and on machines that lack something."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vizstream import doctor
from vizstream.doctor import FAIL, OK, WARN, try_encoders
from vizstream.render.probe import GLReport

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(r"(ok|warn|fail) +(\S.*?)  +\S.*| +remedy: \S.*")


def run(**environment: str) -> tuple[int, dict[str, str], str]:
    """Return the exit status, the status of each check, and all of stdout."""
    child = subprocess.run(
        [sys.executable, "-m", "vizstream", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert child.stderr == ""
    found = {}
    for line in child.stdout.splitlines():
        match = LINE.fullmatch(line)
        assert match, f"neither a check nor a remedy: {line!r}"
        if match[1]:
            found[match[2]] = match[1]
    return child.returncode, found, child.stdout


def test_nothing_stops_this_machine():
    status, found, output = run()
    assert status == 0
    assert list(found) == [
        "Python", "packages", "OpenGL", "shared memory", "encoders", "on hardware", "port", "UDP", "tunnel",
    ]  # fmt: skip
    assert FAIL not in found.values()
    assert found["encoders"] == OK
    assert "libx264" in output
    assert "vtk 9." in output


def test_machine_that_cannot_draw_gets_status_1_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    report = GLReport(ok=False, failure="VTK crashed while it drew (SIGSEGV)")
    monkeypatch.setattr(doctor, "gl_report", lambda: report)
    assert doctor.main() == 1
    lines = capsys.readouterr().out.splitlines()
    failed = [i for i, line in enumerate(lines) if line.startswith("fail")]
    assert len(failed) == 1
    assert re.fullmatch(r"fail +OpenGL +VTK crashed while it drew \(SIGSEGV\)", lines[failed[0]])
    assert re.fullmatch(r" +remedy: apt-get install libegl1 libgl1-mesa-dri", lines[failed[0] + 1])


def test_taken_port_is_a_warning_with_a_remedy():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which will do
        (check,) = doctor.check_ports()
    assert check.status == WARN
    assert "8000" in check.message
    assert "--port 0" in check.remedy


def test_encoder_that_crashes_its_process_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # A stand-in for av whose encoder "crash" takes the process down, as a broken driver does.
    (tmp_path / "av.py").write_text(
        "import os, signal, types\n"
        "logging = types.SimpleNamespace(set_level=lambda level: None)\n"
        "VideoFrame = lambda *size: types.SimpleNamespace()\n"
        "class Context:\n"
        "    def open(self): pass\n"
        "    def encode(self, frame): return [types.SimpleNamespace(size=7)]\n"
        "class CodecContext:\n"
        "    @staticmethod\n"
        "    def create(name, mode):\n"
        "        if name == 'crash': os.kill(os.getpid(), signal.SIGKILL)\n"
        "        if name == 'refuse': raise ValueError('not here')\n"
        "        return Context()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    outcome = try_encoders(("good", "crash", "refuse", "better"))
    assert outcome["good"] == outcome["better"] == ""
    assert outcome["crash"] == "its process ended with -9"
    assert outcome["refuse"] == "ValueError: not here"


def test_no_encoder_at_all_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "try_encoders", lambda names: dict.fromkeys(names, "no such thing"))
    (check,) = doctor.check_encoders()
    assert check.status == FAIL
    assert "no such thing" in check.message


def test_missing_package_fails_and_names_the_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    _python, packages = doctor.check_python()
    assert packages.status == FAIL
    assert packages.remedy == "pip install no-such-package"
