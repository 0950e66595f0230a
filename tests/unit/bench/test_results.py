from __future__ import annotations

import json

import pytest
import samples

from vizstream.bench.results import FORMAT, read_json, to_json
from vizstream.errors import UsageError


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text(to_json(samples.report()), encoding="utf-8")
    return path


def test_what_is_written_is_read(written):
    assert read_json(written) == samples.report()


def test_whole_numbers_are_numbers(written):
    text = written.read_text(encoding="utf-8").replace("40.0", "40")
    written.write_text(text, encoding="utf-8")
    assert read_json(written) == samples.report()


def change(path, **fields):
    document = json.loads(path.read_text(encoding="utf-8"))
    document.update(fields)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"format": "other"}, "not written by"),
        ({"version": 99}, "version 99"),
        ({"stages": {}}, "damaged"),
        ({"stages": [{"name": "render"}]}, "damaged"),
        ({"complete": "yes"}, "damaged"),
        ({"copies": [{"width": 1, "height": 1, "way": "x", "ms": "1", "ratio": 1.0}]}, "damaged"),
    ],
)
def test_what_is_none_of_ours_is_refused_in_one_line(written, fields, words):
    change(written, **fields)
    with pytest.raises(UsageError, match=words) as caught:
        read_json(written)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "\x00"])
def test_what_is_no_report_is_refused(tmp_path, text):
    path = tmp_path / "bench.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"JSON|not written"):
        read_json(path)
    with pytest.raises(UsageError, match="cannot read"):
        read_json(tmp_path / "nowhere.json")


def test_it_says_what_it_is(written):
    document = json.loads(written.read_text(encoding="utf-8"))
    assert (document["format"], document["version"]) == (FORMAT, 1)
