"""The board: the newest value, whole, or the one before."""

import json
import pickle

import pytest

from vizstream.ipc import board as module
from vizstream.ipc import layout
from vizstream.ipc.board import Board


@pytest.fixture
def board():
    board = Board(256)
    yield board
    board.close()


def other_end(board):
    """Return what the other process has: an object of its own on the same memory."""
    other = Board.__new__(Board)
    other.__setstate__(board.memory)
    return other


def test_empty_before_the_first_post(board):
    assert board.version == 0
    assert board.read() == (0, {})


def test_newest_value_comes_across(board):
    reader = other_end(board)
    for version in range(1, 20):
        value = {"phase": "live", "title": "Ströme – “1”", "n": version, "list": [None, 1.5]}
        board.post(value)
        assert reader.version == version
        assert reader.read() == (version, value)
        assert reader.read() == (version, value)


def test_values_may_shrink_and_grow(board):
    reader = other_end(board)
    for length in (0, 200, 1, 150, 7):
        board.post({"x": "y" * length})
        assert reader.read()[1] == {"x": "y" * length}


def test_what_the_caller_adds_does_not_stay(board):
    board.post({"a": 1})
    board.read()[1]["b"] = 2
    assert board.read() == (1, {"a": 1})


def test_too_long_is_refused_and_the_old_value_stays(board):
    board.post({"x": 1})
    with pytest.raises(ValueError, match="257 bytes"):
        board.post({"x": "y" * (257 - len('{"x":""}'))})
    assert board.read() == (1, {"x": 1})
    board.post({"x": "y" * (256 - len('{"x":""}'))})
    assert board.version == 2


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(board, number):
    with pytest.raises(ValueError, match="JSON"):
        board.post({"x": number})
    assert board.version == 0


def test_values_that_json_lacks_are_refused(board):
    with pytest.raises(TypeError, match="JSON"):
        board.post({"x": object()})
    assert board.version == 0


def test_capacity_has_a_lower_bound():
    with pytest.raises(ValueError, match="capacity"):
        Board(1)


class Killed(Exception):  # noqa: N818
    pass


def post_and_die(board, value, fences):
    """Post until that many fences have been passed, and go no further."""
    passed = []

    def fence():
        passed.append(1)
        if len(passed) == fences:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "fence", fence)
        with pytest.raises(Killed):
            board.post(value)


@pytest.mark.parametrize("fences", [1, 2, 3])
def test_writer_killed_half_way_leaves_the_value_before_readable(board, fences):
    reader = other_end(board)
    board.post({"n": 1})
    board.post({"n": 2})
    post_and_die(board, {"m": 3}, fences)
    assert reader.read() == (2, {"n": 2})
    other_end(board).post({"n": 30})
    assert reader.read() == (3, {"n": 30})


@pytest.mark.parametrize("fences", [1, 2, 3])
def test_a_reader_does_not_take_what_a_killed_writer_left_in_its_bank(board, fences):
    """The reader has looked at POSTED when one value is posted whole, and the next one half."""
    reader = other_end(board)
    board.post({"n": 1})
    board.post({"n": 2})
    post_and_die(board, {"m": 3}, fences)
    assert reader._copy(1) is None
    assert reader._copy(2) == b'{"n":2}'


def test_overtaken_while_copying_it_reads_again(board, monkeypatch):
    """Two posts during one copy overwrite the bank that is being copied."""
    reader = other_end(board)
    board.post({"n": 1})
    real = Board._copy
    torn = []

    def overtaken(self, version):
        header = layout.bank_header(board.capacity, version & 1)
        fences = []

        def fence():
            fences.append(1)
            if len(fences) == 2:  # after the first look at the version, before the copy
                monkeypatch.setattr(module, "fence", lambda: None)
                torn.append(board.memory.words[header + layout.BANK_VERSION])
                board.post({"n": 2})
                board.post({"n": 3})

        if not torn:
            monkeypatch.setattr(module, "fence", fence)
        text = real(self, version)
        if version == 1:
            assert text is None
        return text

    monkeypatch.setattr(Board, "_copy", overtaken)
    assert reader.read() == (3, {"n": 3})
    assert torn == [1]


def test_overtaken_for_ever_it_makes_do_with_what_it_has(board, monkeypatch):
    reader = other_end(board)
    board.post({"n": 1})
    assert reader.read() == (1, {"n": 1})
    board.post({"n": 2})
    monkeypatch.setattr(Board, "_copy", lambda _self, _version: None)
    assert reader.read() == (1, {"n": 1})
    monkeypatch.undo()
    assert reader.read() == (2, {"n": 2})


def test_text_is_compact_json(board):
    board.post({"a": [1, 2]})
    assert json.loads(board._copy(1)) == {"a": [1, 2]}
    assert board._copy(1) == b'{"a":[1,2]}'


def test_close_is_idempotent(board):
    board.close()
    board.close()
    with pytest.raises(ValueError, match="released"):
        board.read()


def test_is_picklable_only_while_spawning(board):
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(board)
