from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools" / "compatibility.py"
WELL = {
    "code": 0,
    "shown": True,
    "blank": False,
    "moves": False,
    "answers": "1 at 0.5, 0.5",
    "key": "w",
    "asked_to_end": 1.0,
    "leave_s": 0.1,
}


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("compatibility", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_script_that_answers_is_well_served(tool):
    assert tool.judge(WELL) == ""
    assert tool.judge({**WELL, "answers": "", "moves": True}) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": -11}, "the process ended with -11"),
        ({"code": 124}, "did not end in time"),
        ({"hung": True}, "did not end in time"),
        ({"hung": True, "shown": False}, "showed nothing in time"),
        ({"error": "a.py failed"}, "a.py failed"),
        ({"shown": False}, "showed nothing"),
        ({"blank": True}, "the picture is blank"),
        ({"answers": ""}, "nothing changes the picture"),
        ({"key": ""}, "the key was not heard"),
        ({"leave_s": 9.0}, "took long to end"),
    ],
)
def test_each_fault_has_its_words(tool, change, words):
    assert tool.judge({**WELL, **change}) == words


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ImportError: cannot import name 'vtkGone' from 'vtkmodules.vtkX'", "removed from VTK: vtkGone"),
        (
            "AttributeError: 'vtkRenderer' object has no attribute 'AddActor2D'",
            "removed from VTK: AddActor2D",
        ),
        ("No module named 'PyQt5'", "needs a GUI toolkit"),
        ("No module named 'pandas'", "needs the package pandas"),
        ("a.py: error: the following arguments are required: file", "needs arguments"),
        ("FileNotFoundError: [Errno 2] no such", "misses data"),
        ("ZeroDivisionError: division by zero", ""),
    ],
)
def test_the_cause_is_named(tool, text, why):
    assert tool.cause(text) == why


def test_rounding_is_no_difference(tool):
    one = np.full((8, 8, 3), 100, np.uint8)
    assert not tool.differ(one, one + 1)
    assert tool.differ(one, one + 50)
    assert tool.differ(one, one[:4])


def test_failures_are_listed_with_their_reason(tool):
    rows = [
        {"folder": "f", "script": "a.py", "verdict": "good", "reason": ""},
        {"folder": "f", "script": "b.py", "verdict": "failed", "reason": "no | yes\nno"},
    ]
    text = tool.table(rows)
    assert "| f | 2 | 1 | 1 | 0 | 0 |" in text
    assert "| f/b.py | failed | no \\| yes no |" in text
    assert "a.py" not in text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner forks")
def test_it_tells_our_faults_from_the_scripts_own(tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    plain = (ROOT / "tests" / "scenes" / "patterns" / "plain.py").read_text()
    (scripts / "good.py").write_text(plain)
    (scripts / "gone.py").write_text("import vtkmodules.all as vtk\nvtk.vtkActor().Gone()\n")
    (scripts / "quiet.py").write_text("print(1)\n")
    results = tmp_path / "results.jsonl"
    command = [sys.executable, str(TOOL), str(scripts), "--json", str(results), "--limit", "20"]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    rows = {row["script"]: row for row in map(json.loads, results.read_text().splitlines())}
    assert rows["good.py"]["verdict"] == "good", rows["good.py"]
    assert (rows["gone.py"]["verdict"], rows["gone.py"]["reason"]) == ("cannot run", "removed from VTK: Gone")
    assert rows["quiet.py"]["verdict"] == "no picture"
    again = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    assert "| scripts | 3 | 1 | 0 | 1 | 1 |" in again.stdout
    assert len(results.read_text().splitlines()) == 3, "what was run is not run again"
