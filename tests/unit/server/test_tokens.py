"""The tokens that hold, replaced by the owner, kept for the next server process."""

from __future__ import annotations

from vizstream.config import Config
from vizstream.ipc.board import Board
from vizstream.server.auth import Gate
from vizstream.server.tokens import Tokens


def test_old_tokens_let_nobody_in_any_more_and_new_ones_outlive_the_server_process() -> None:
    config, board = Config(), Board()
    tokens = Tokens(config, board)
    gate = Gate(tokens)
    assert gate.role(config.control_token) == "control"
    tokens.rotate()
    for current in (gate, Gate(Tokens(config, board))):
        assert current.role(config.control_token) is None
        assert current.role(config.view_token) is None
        assert current.role(tokens.control) == "control"
        assert current.role(tokens.view) == "view"
    assert len(tokens.control) >= 32


def test_what_is_kept_is_found_by_the_next_one() -> None:
    board = Board()
    tokens = Tokens(Config(), board)
    tokens.keep(owner="anna", dropped=["ben"])
    version = board.version
    tokens.keep(owner="anna")
    assert board.version == version, "nothing new"
    tokens.rotate()
    after = Tokens(Config(), board)
    assert (after.recall("owner", ""), after.recall("dropped", ())) == ("anna", ["ben"])
    assert after.recall("nothing", 7) == 7


def test_who_may_only_watch_is_not_told_how_to_steer() -> None:
    tokens = Tokens(Config())
    assert tokens.message("control") == {"type": "links", "control": tokens.control, "view": tokens.view}
    assert tokens.message("view") == {"type": "links", "control": "", "view": tokens.view}
    assert Tokens(Config(auth=False)).message("control") == {"type": "links", "control": "", "view": ""}
