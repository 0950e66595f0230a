"""The tokens that hold now, which the owner may replace, and what else must outlive the server process.

All of it stands on a board in memory that the main process keeps: a server process that takes over from one
that died must neither let in whoever was kept out nor forget whose scene it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vizstream.config import new_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from vizstream.config import Config
    from vizstream.ipc.board import Board


class Tokens:
    """The secrets of a run.

    Parameters
    ----------
    config : Config
        With the first ones.
    board : Board, optional
        Where they are kept; what an earlier server process left there holds.
    """

    def __init__(self, config: Config, board: Board | None = None) -> None:
        self._board = board
        self._told: Callable[..., None] = lambda *_secrets: None
        _version, self._kept = (0, {}) if board is None else board.read()
        self.auth = config.auth
        self.url = config.url
        self.owner = config.owner_token
        self.control: str = self._kept.get("control", config.control_token)
        self.view: str = self._kept.get("view", config.view_token)

    def watch(self, told: Callable[..., None]) -> None:
        """Tell of the secrets that hold now, and of each that is made later."""
        self._told = told
        told(self.control, self.view)

    def rotate(self) -> None:
        """Replace the tokens for control and for viewing; whoever comes with an old one is not let in."""
        self.control, self.view = new_token(), new_token()
        self._told(self.control, self.view)
        self.keep(control=self.control, view=self.view)

    def recall(self, name: str, default: Any) -> Any:
        """Return what was kept under a name."""
        return self._kept.get(name, default)

    def keep(self, **values: Any) -> None:
        """Keep values for the next server process."""
        if any(self._kept.get(name) != value for name, value in values.items()):
            self._kept = {**self._kept, **values}
            if self._board is not None:
                self._board.post(self._kept)

    def message(self, role: str) -> dict[str, str]:
        """Return the ``links`` message for a viewer with this role."""
        shown = self.auth and role == "control"
        return {
            "type": "links",
            "control": self.control if shown else "",
            "view": self.view if self.auth else "",
        }

    def links(self) -> tuple[str, str]:
        """Return the addresses that may steer, and that may watch."""
        return f"{self.url}#token={quote(self.control)}", f"{self.url}#token={quote(self.view)}"
