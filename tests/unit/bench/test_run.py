"""What becomes of a run that does not come to its end."""

from __future__ import annotations

import json

import pytest
import samples
from click.testing import CliRunner

from vizstream.bench import run
from vizstream.cli import main
from vizstream.errors import MachineError


@pytest.fixture
def measured(monkeypatch):
    """Let each part of a run find what the sample has; return what to break."""
    found = samples.report()

    def copies(_plan, report):
        report.copies.extend(found.copies)

    def stages(_plan, _size, report):
        report.stages.extend(found.stages)

    def whole(_plan, _size, report, _say):
        report.wholes.extend(found.wholes)

    monkeypatch.setattr(run, "describe", lambda: samples.MACHINE)
    monkeypatch.setattr(run, "_measure_copies", copies)
    monkeypatch.setattr(run, "_measure_stages", stages)
    monkeypatch.setattr(run, "measure_whole", whole)
    return monkeypatch


def fail(error):
    def failing(*_args):
        raise error

    return failing


def bench(*options):
    return CliRunner().invoke(main, ["bench", "--resolution", "1280x720", *options])


def test_a_run_to_its_end(measured, tmp_path):
    json_path, html_path = tmp_path / "a.json", tmp_path / "a.html"
    result = bench("--json", str(json_path), "--html", str(html_path))
    assert result.exit_code == 0
    assert "Not complete" not in result.stdout
    assert json.loads(json_path.read_text(encoding="utf-8"))["complete"] is True
    assert "<svg" in html_path.read_text(encoding="utf-8")
    result = bench("--compare", str(json_path))
    assert "Beside the earlier run" in result.stdout
    assert " 1.00" in result.stdout


def test_what_was_found_before_a_failure_is_told(measured, tmp_path):
    measured.setattr(run, "measure_whole", fail(MachineError("no line", "get one")))
    path = tmp_path / "a.json"
    result = bench("--json", str(path))
    assert result.exit_code == 3
    assert "readback" in result.stdout
    assert "Not complete" in result.stdout
    assert result.stderr.endswith("vizstream: no line\nvizstream: get one\n")
    assert json.loads(path.read_text(encoding="utf-8"))["complete"] is False


def test_a_failure_before_anything_was_found_is_all_there_is_to_tell(measured):
    measured.setattr(run, "_measure_copies", fail(MachineError("no line")))
    result = bench()
    assert (result.exit_code, result.stdout) == (3, "")
    measured.setattr(run, "describe", fail(MachineError("no OpenGL")))
    assert (bench().exit_code, bench().stdout) == (3, "")


@pytest.mark.parametrize("part", ["_measure_stages", "measure_whole"])
def test_an_interrupted_run_tells_what_it_has(measured, part):
    measured.setattr(run, part, fail(KeyboardInterrupt()))
    result = bench()
    assert result.exit_code == 0
    assert "memcpy" in result.stdout
    assert "Not complete" in result.stdout
    assert "vizstream: interrupted" in result.stderr
