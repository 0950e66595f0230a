"""Options: what is wrong is said in one line, before anything is measured."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from vizstream.cli import main


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resolution", "big"], "size must be WIDTHxHEIGHT"),
        (["--resolution", "8x8"], "must lie between"),
        (["--resolution", "1280x720", "--resolution", "1x1"], "must lie between"),
        (["--viewers", "0"], "0 is not in the range"),
        (["--seconds", "0"], "0.0 is not in the range"),
        (["--seconds", "nan"], "seconds must lie between"),
        (["--codec", "mpeg2"], "'mpeg2' is not one of"),
        (["--scene", "nowhere.py"], "no such file: nowhere.py"),
        (["--json", "nowhere/at/all.json"], "cannot write nowhere"),
        (["--json", "."], "is a directory"),
        (["--html", "nowhere/at/all.html"], "cannot write nowhere"),
        (["--compare", "nowhere.json"], "cannot read nowhere.json"),
        (["--compare", "pyproject.toml"], "pyproject.toml is not JSON"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_option_is_said_in_one_line(options, words):
    result = CliRunner().invoke(main, ["bench", *options])
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert len([line for line in result.output.splitlines() if words in line]) == 1
