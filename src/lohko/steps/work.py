"""What a step works on: an open workspace. Built by `wiring.py`, handed to every step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lohko.state.schema import read_schema
from lohko.state.workspace import Folder, Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine

    from lohko.model.schema import Schema

Progress = Callable[[float, str], None]


@dataclass
class Work:
    """An open workspace: its places, its settings, its state, and the store that this process alone uses."""

    folder: Folder
    settings: Settings
    state: Engine
    store: DuckDBPyConnection
    guard: threading.RLock = field(default_factory=threading.RLock)

    def schema(self) -> Schema:
        """What can be asked about by now."""
        with self.state.connect() as connection:
            return read_schema(connection)

    def data_version(self) -> int:
        """The number of the last batch that the store holds."""
        rows = self.store.cursor().execute("SELECT coalesce(max(batch), 0) FROM loaded_batch").fetchall()
        return int(rows[0][0])


def silent(_done: float, _what: str) -> None:
    """No progress is shown."""
