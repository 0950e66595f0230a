"""Processes that measure: their messages, their failures, their end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from vizstream.bench.child import Child, ChildError

TASK = {"url": "http://127.0.0.1:9/", "size": [64, 64], "control_token": "c", "view_token": "v"}


def test_a_child_that_fails_says_why():
    with Child("nonsense", {}, "measuring nonsense") as child, pytest.raises(ChildError) as caught:
        child.message(30)
    assert "measuring nonsense failed: the process ended with status 1" in str(caught.value)
    assert "nonsense" in caught.value.trace
    assert caught.value.exit_status == 1
    assert caught.value.report().endswith("status 1")


def test_a_child_that_says_nothing_is_given_up():
    with (
        Child("viewer", TASK, "watching") as child,
        pytest.raises(ChildError, match=r"said nothing for 0\.1 s"),
    ):
        child.message(0.1)


def test_what_fails_while_it_answers_is_told():
    with Child("viewer", TASK, "watching") as child, pytest.raises(ChildError) as caught:
        child.ask(30, join=1)  # nobody listens on port 9
    assert "Traceback" in caught.value.trace


def test_a_child_ends_when_nobody_needs_it():
    began = time.monotonic()
    with Child("viewer", TASK, "watching") as child:
        assert child.ask(30, steer=False) == {"steers": False}
        pid = child.pid
    assert not Path(f"/proc/{pid}").exists()
    child.close()
    assert time.monotonic() - began < 30
