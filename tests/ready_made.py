"""What every test would make anew in the same way, made once for each process of the tests and handed out as copies.

An empty workspace, the engine of the parser, and the reading of SQL that was read before: half of what a small import takes.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lohko.engine.store import new_store
from lohko.landing.request import Request
from lohko.state import audit, workspace
from lohko.state.workspace import Settings

_first_state, _now = workspace._first_state, audit.now


def _empty(folder: Path, settings: Settings) -> Path:
    """The state and the store of a workspace in which nothing has happened: a file of each in a folder."""
    made = folder / "-".join((settings.timezone.replace("/", "_"), settings.currency, settings.country))
    if not (made / "engine.duckdb").exists():
        made.mkdir()
        _first_state(made / "state.sqlite", settings)
        with new_store(made / "engine.duckdb", [], settings.zone):
            pass
    return made


def copied_workspaces(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """`create` looks and checks as ever; what it then makes is a copy. A clock that is not the real one gets a state of its own time."""

    def first_state(path: Path, settings: Settings) -> None:
        made = _empty(folder, settings)
        if audit.now is _now:
            shutil.copy(made / "state.sqlite", path)
        else:
            _first_state(path, settings)
        shutil.copy(made / "engine.duckdb", path.with_name("engine.duckdb"))

    patch.setattr(workspace, "_first_state", first_state)


class _Parsing:
    """A cursor whose tables are in a database of its own, in memory, that ends with it."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, name: str) -> None:
        self._cursor, self._name = engine.cursor(), name
        for statement in ("SET enable_progress_bar = false", "SET TimeZone = 'UTC'", f"ATTACH ':memory:' AS {name}", f"USE {name}"):
            self._cursor.execute(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def close(self) -> None:
        for statement in ("USE memory", f"DETACH {self._name}"):
            self._cursor.execute(statement)
        self._cursor.close()


def shared_parsing_engine() -> Callable[[Request, Path], Any]:
    """The parser's engine, which takes as long to start as to read a small file; what it may not reach is tested where it is a process."""
    numbers = itertools.count(1)

    @lru_cache(maxsize=1)
    def engine() -> duckdb.DuckDBPyConnection:
        return duckdb.connect(config={"memory_limit": "1GB", "threads": "2", "python_enable_replacements": "false"})

    return lambda _request, _scratch: _Parsing(engine(), f"parsing_{next(numbers)}")


def sql_read_once(patch: pytest.MonkeyPatch) -> None:
    """Statements are handed to DuckDB as it has read them before: reading takes a quarter of all it does with a few rows."""
    execute, extract = duckdb.DuckDBPyConnection.execute, duckdb.DuckDBPyConnection.extract_statements
    read: dict[str, Any] = {}

    def execute_read(self: duckdb.DuckDBPyConnection, query: Any, *given: Any, **named: Any) -> Any:
        if not isinstance(query, str):
            return execute(self, query, *given, **named)
        if query not in read:
            statements = extract(self, query)
            if len(read) > 8192:
                read.clear()
            read[query] = statements[0] if len(statements) == 1 else query
        return execute(self, read[query], *given, **named)

    patch.setattr(duckdb.DuckDBPyConnection, "execute", execute_read)
