"""What is made of everybody at an instant that many questions share, made once for all of them: RFM, and the texts people are found by.

`trait_rfm` is made per snapshot, which for a million people is most of what a page costs; and to find somebody by a word every
name is read. What pages ask is of one instant (`steps/common_moment.py`), so both are made once, in a database in memory beside the store.
The key of its tables is called `who`: tables with a column `person` are the store's own.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from lohko.base.times import naive
from lohko.engine.bitmaps import bitmap
from lohko.engine.sql import render
from lohko.engine.store import snapshot, stored_version

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyroaring import BitMap

    from lohko.model.schema import Attribute

MOST_BYTES = 512 << 20
"""So much of the tables is kept in memory, those that were used last; the newest always, however large."""
_OF_A_TABLE = 4 << 20
"""What a table takes however little is in it: room is given in blocks, column by column."""
Make = Callable[["DuckDBPyConnection"], None]
_IS_ATTACHED = "SELECT count(*) FROM duckdb_databases() WHERE database_name = 'kept'"
_THERE = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'kept' AND table_name = ?"
_KEEP_TRAITS = """
CREATE TABLE kept.main.__kept AS
SELECT person AS who, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group FROM trait_rfm ORDER BY person
"""
_SEE_TRAITS = """
CREATE OR REPLACE TEMP VIEW trait_rfm AS
SELECT who AS person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group FROM kept.main.__kept
"""
_OWN = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'temp' AND table_name = 'trait_rfm'"
_VIEW = "SELECT count(*) FROM duckdb_views() WHERE database_name = 'temp' AND view_name = 'trait_rfm'"
_FOUND_BY = "CREATE OR REPLACE TEMP TABLE found_by AS SELECT person, chr(10) || lower(label) AS said FROM person WHERE living"
_ALSO_BY = """
INSERT INTO found_by SELECT a.person, chr(10) || a.fold FROM __attribute AS a JOIN person AS p ON p.person = a.person AND p.living
WHERE NOT a.fold IS NULL AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
_KEEP_TEXTS = (
    "CREATE TABLE kept.main.__kept AS SELECT person AS who, string_agg(said, '') AS said FROM found_by GROUP BY person ORDER BY who"
)
_SIZE_OF_TRAITS = "SELECT 64 * count(*) FROM kept.main.__kept"
_SIZE_OF_TEXTS = "SELECT coalesce(sum(strlen(said) + 24), 0) FROM kept.main.__kept"
_FIND = "SELECT who AS person FROM kept.main.__kept WHERE contains(said, ?)"
_BY_ID = "SELECT person FROM person WHERE living AND person_id = ?"


@dataclass(frozen=True)
class Keep:
    """How what was made is kept: the query that copies it, and the one that says how many bytes that takes."""

    sql: str
    size: str


_TRAITS, _TEXTS = Keep(_KEEP_TRAITS, _SIZE_OF_TRAITS), Keep(_KEEP_TEXTS, _SIZE_OF_TEXTS)


class KeptTables:
    """The tables of a store, the least recently used forgotten first. May be used by several threads; what several ask for is made once."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.made, self.most_bytes = 0, most_bytes
        self.seconds = 0.0
        """How long making them takes."""
        self._store: DuckDBPyConnection | None = None
        self._tables: OrderedDict[Hashable, tuple[str, int]] = OrderedDict()
        """The name of each, and how many bytes it takes."""
        self._makers: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, store: DuckDBPyConnection, version: int) -> SharedTables:
        """Those of a store at a data version."""
        return SharedTables(self, store, version)

    def forget(self) -> None:
        """The store is another: what was made beside the old one went with it."""
        with self._lock:
            self._store = None
            self._tables.clear()

    def table(self, store: DuckDBPyConnection, version: int, key: Hashable, make: Make, keep: Keep) -> str | None:
        """The table that holds what `make` makes and `keep` copies; None when the data has become another meanwhile."""
        of = (version, key)
        with self._lock:
            self._expect(store)
            maker = self._makers.setdefault(of, threading.Lock())
        with maker:
            with self._lock:
                if of in self._tables:
                    self._tables.move_to_end(of)
                    return self._tables[of][0]
            made = self._make(store, version, make, keep)
            with self._lock:
                self._makers.pop(of, None)
                if made is None or self._store is not store:
                    return None
                self._tables[of] = made
                old = []
                while self.bytes > self.most_bytes and len(self._tables) > 1:
                    old.append(self._tables.popitem(last=False)[1][0])
        self._drop(store, old)
        return made[0]

    @property
    def bytes(self) -> int:
        """How many bytes the tables take, by what is in them."""
        return sum(size for _, size in self._tables.values())

    def _expect(self, store: DuckDBPyConnection) -> None:
        if self._store is not store:
            self._tables.clear()
            cursor = store.cursor()
            if not _is(cursor, _IS_ATTACHED):
                cursor.execute("ATTACH ':memory:' AS kept")
            cursor.close()
            self._store = store

    def _make(self, store: DuckDBPyConnection, version: int, make: Make, keep: Keep) -> tuple[str, int] | None:
        cursor = snapshot(store)
        try:
            if stored_version(cursor) != version:
                return None
            with self._lock:
                self.made += 1
                name = f"kept_{self.made}"
            began = time.monotonic()
            make(cursor)
            cursor.execute(render(keep.sql, {"__kept": name}))
            size = cursor.execute(render(keep.size, {"__kept": name})).fetchall()[0][0]
            cursor.execute("COMMIT")
            self.seconds = max(time.monotonic() - began, self.seconds / 2)
            return name, int(size) + _OF_A_TABLE
        finally:
            cursor.close()

    def _drop(self, store: DuckDBPyConnection, names: Sequence[str]) -> None:
        cursor = store.cursor()
        for name in names:
            cursor.execute(render("DROP TABLE kept.main.__kept", {"__kept": name}))
        cursor.close()


@dataclass(frozen=True)
class SharedTables:
    """The kept tables as one question sees them."""

    kept: KeptTables
    store: DuckDBPyConnection
    version: int

    def see_traits(self, cursor: DuckDBPyConnection, key: Hashable, make: Make) -> bool:
        """Let `trait_rfm` of a snapshot be what `make` makes of the same data; False when it has to be made there."""
        name = self._seen(cursor, ("rfm", key), make, _TRAITS)
        if name is None:
            return False
        if _is(cursor, _OWN):
            cursor.execute("DROP TABLE temp.trait_rfm")
        cursor.execute(render(_SEE_TRAITS, {"__kept": name}))
        return True

    def people_with(self, cursor: DuckDBPyConnection, attributes: Sequence[Attribute], folded: str, as_of: dt.datetime) -> BitMap | None:
        """The living whose label, or one of whose texts at an instant, contains a folded word without spaces; None when it cannot be told from here."""
        if any(item.type != "text" for item in attributes):
            return None

        def make(own: DuckDBPyConnection) -> None:
            own.execute(_FOUND_BY)
            for item in attributes:
                own.execute(render(_ALSO_BY, {"__attribute": item.table}), [naive(as_of), naive(as_of)])

        name = self._seen(cursor, ("texts", as_of, *sorted(item.table for item in attributes)), make, _TEXTS)
        if name is None:
            return None
        found = bitmap(cursor.execute(render(_FIND, {"__kept": name}), [folded]).fetchnumpy()["person"])
        return found | bitmap(cursor.execute(_BY_ID, [folded]).fetchnumpy()["person"])

    def _seen(self, cursor: DuckDBPyConnection, key: Hashable, make: Make, keep: Keep) -> str | None:
        """The table of a key, if this snapshot sees it: it does not see those that were made after it had looked at another."""
        try:
            name = self.kept.table(self.store, self.version, key, make, keep)
        except duckdb.ConnectionException:  # the store was closed meanwhile
            return None
        return name if name is not None and _is(cursor, _THERE, name) else None


def own_table(cursor: DuckDBPyConnection) -> None:
    """Take the view away, so that a snapshot can have a table `trait_rfm` of its own."""
    if _is(cursor, _VIEW):
        cursor.execute("DROP VIEW temp.trait_rfm")


def _is(cursor: DuckDBPyConnection, question: str, *values: str) -> bool:
    return bool(cursor.execute(question, list(values)).fetchall()[0][0])
