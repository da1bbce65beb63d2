"""RFM of instants that many questions share, made once for all of them.

`trait_rfm` is made per snapshot, which for a million people is most of what a page costs. What pages ask is of one instant
(`steps/common_moment.py`), so it is made once, in a database in memory beside the store, and each snapshot sees it as a view.
The columns are those of `trait_rfm`, except that the key is called `who`: tables with a column `person` are the store's own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from lohko.engine.sql import render
from lohko.engine.store import snapshot, stored_version

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST = 4
_IS_ATTACHED = "SELECT count(*) FROM duckdb_databases() WHERE database_name = 'kept'"
_MAKE = """
CREATE TABLE kept.main.__kept AS
SELECT person AS who, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group FROM trait_rfm ORDER BY person
"""
_SEE = """
CREATE OR REPLACE TEMP VIEW trait_rfm AS
SELECT who AS person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group FROM kept.main.__kept
"""
_THERE = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'kept' AND table_name = ?"
_OWN = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'temp' AND table_name = 'trait_rfm'"
_VIEW = "SELECT count(*) FROM duckdb_views() WHERE database_name = 'temp' AND view_name = 'trait_rfm'"


class KeptTraits:
    """The tables of a store, the least recently used forgotten first. May be used by several threads."""

    def __init__(self) -> None:
        self.made = 0
        self._store: DuckDBPyConnection | None = None
        self._tables: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: DuckDBPyConnection, version: int) -> SharedTraits:
        """Those of a store at a data version."""
        return SharedTraits(self, store, version)

    def forget(self) -> None:
        """The store is another: what was made beside the old one went with it."""
        with self._lock:
            self._store = None
            self._tables.clear()

    def table(self, store: DuckDBPyConnection, version: int, key: Hashable, make: Callable[[DuckDBPyConnection], None]) -> str | None:
        """The table that holds what `make` makes; None when the data has become another meanwhile."""
        with self._lock:
            if self._store is not store:
                self._tables.clear()
                cursor = store.cursor()
                if not _is(cursor, _IS_ATTACHED):
                    cursor.execute("ATTACH ':memory:' AS kept")
                cursor.close()
                self._store = store
            if (version, key) not in self._tables:
                self._make(store, version, key, make)
            if (version, key) in self._tables:
                self._tables.move_to_end((version, key))
            return self._tables.get((version, key))

    def _make(self, store: DuckDBPyConnection, version: int, key: Hashable, make: Callable[[DuckDBPyConnection], None]) -> None:
        cursor = snapshot(store)
        try:
            if stored_version(cursor) != version:
                return
            self.made += 1
            name = f"rfm_{self.made}"
            make(cursor)
            cursor.execute(render(_MAKE, {"__kept": name}))
            cursor.execute("COMMIT")
            self._tables[version, key] = name
            while len(self._tables) > MOST:
                _, old = self._tables.popitem(last=False)
                cursor.execute(render("DROP TABLE kept.main.__kept", {"__kept": old}))
        finally:
            cursor.close()


@dataclass(frozen=True)
class SharedTraits:
    """The kept tables as one question sees them."""

    kept: KeptTraits
    store: DuckDBPyConnection
    version: int

    def see(self, cursor: DuckDBPyConnection, key: Hashable, make: Callable[[DuckDBPyConnection], None]) -> bool:
        """Let `trait_rfm` of a snapshot be what `make` makes of the same data; False when it has to be made there."""
        try:
            name = self.kept.table(self.store, self.version, key, make)
        except duckdb.ConnectionException:  # the store was closed meanwhile
            return False
        # A snapshot that has looked at a kept table does not see those that were made after that.
        if name is None or not _is(cursor, _THERE, name):
            return False
        if _is(cursor, _OWN):
            cursor.execute("DROP TABLE temp.trait_rfm")
        cursor.execute(render(_SEE, {"__kept": name}))
        return True


def own_table(cursor: DuckDBPyConnection) -> None:
    """Take the view away, so that a snapshot can have a table `trait_rfm` of its own."""
    if _is(cursor, _VIEW):
        cursor.execute("DROP VIEW temp.trait_rfm")


def _is(cursor: DuckDBPyConnection, question: str, *values: str) -> bool:
    return bool(cursor.execute(question, list(values)).fetchall()[0][0])
