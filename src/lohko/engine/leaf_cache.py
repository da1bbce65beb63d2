"""Answers that stay true, kept in the memory of the process that owns the store.

An answer is kept under the SQL text that asked for it, the parameters that were
bound, and the data version that was read. The text never depends on a value, and
whatever an answer depends on is either text, a parameter or data, so the three
hold everything. Who lives is part of the data version.

**Now.** Two questions asked at "now" bind instants that are seconds apart, and
would never share an answer. They do where no stored instant lies between: let H be
just after the latest instant in the tables that the text reads (the sentinel "until
further notice" is no instant). For every stored instant x, `x < p` and `x >= p` are
the same for all p from H on, so such a parameter stands in the key as H. An
answer is shared only when it compares stored instants with its parameters and does
not calculate with them; whoever asks says which ones do (`MOVED_BY_EDGES`). Days are
never changed: at midnight a window of days moves, and its answer is asked anew.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.sql import render
from lohko.engine.tables import END
from lohko.model.condition import AttributeIs, EdgeEvent, EventsAre, Followed, Periods, Tied

Answer = TypeVar("Answer")
MOVED_BY_EDGES = (AttributeIs, EventsAre, EdgeEvent, Followed, Tied, Periods)
"""The leaves whose SQL compares stored instants with bound ones and does not calculate with these (traits apart, which are tables of a run)."""

MOST_BYTES = 256 << 20
_OVERHEAD = 500  # what an entry takes besides its answer, about
_WORD = re.compile(r"\w+")
_INSTANTS = (
    "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND data_type = 'TIMESTAMP' AND database_name <> 'temp'"
)
_LATEST = "SELECT max(__column) FROM __table WHERE __column < CAST(? AS TIMESTAMP)"
_INSTANT = dt.timedelta(microseconds=1)


class LeafCache:
    """Answers by key, the least recently used forgotten first when they take more than `most_bytes`. May be used by several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.hits = self.misses = self.bytes = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> Any | None:
        """The answer kept under a key; None when there is none."""
        with self._lock:
            if key not in self._held:
                self.misses += 1
                return None
            self.hits += 1
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Hashable, answer: Any, size: int) -> None:
        """Keep an answer; one that is larger than all the room is not kept."""
        size += _OVERHEAD
        with self._lock:
            if key in self._held or size > self.most_bytes:
                return
            self._held[key] = answer, size
            self.bytes += size
            while self.bytes > self.most_bytes:
                self.bytes -= self._held.popitem(last=False)[1][1]


class SharedAnswers:
    """The cache as one question sees it: its snapshot of the store, and the version of that."""

    def __init__(self, cache: LeafCache, cursor: DuckDBPyConnection, version: Hashable) -> None:
        self.cache, self._cursor, self._version = cache, cursor, version

    def kept(self, kind: str, sql: str, parameters: Sequence[Any], size: Callable[[Answer], int], ask: Callable[[], Answer]) -> Answer:
        """The answer of that kind to a query that compares instants only; asked when it is not known."""
        key = (kind, sql, self._parameters(sql, parameters), self._version)
        found: Answer | None = self.cache.get(key)
        if found is None:
            found = ask()
            self.cache.put(key, found, size(found))
        return found

    def _parameters(self, sql: str, parameters: Sequence[Any]) -> tuple[Hashable, ...]:
        if not any(isinstance(value, dt.datetime) for value in parameters):
            return tuple(map(_named, parameters))
        horizon = max((self._horizon(table) for table in set(_WORD.findall(sql)) & self._tables().keys()), default=None)
        return tuple(_named(min(value, horizon) if horizon and isinstance(value, dt.datetime) else value) for value in parameters)

    def _tables(self) -> dict[str, list[str]]:
        """The tables that hold instants, with the columns where these are."""

        def ask() -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for table, name in self._cursor.execute(_INSTANTS).fetchall():
                found.setdefault(table, []).append(name)
            return found

        return self._once("tables", ask)

    def _horizon(self, table: str) -> dt.datetime:
        """Just after the latest instant in a table; the beginning of time when it has none."""

        def ask() -> dt.datetime:
            queries = [(render(_LATEST, {"__column": name, "__table": table}), [END]) for name in self._tables()[table]]
            latest = [self._cursor.execute(sql, values).fetchall()[0][0] for sql, values in queries]
            return max((value + _INSTANT for value in latest if value is not None), default=dt.datetime.min)

        return self._once(f"horizon of {table}", ask)

    def _once(self, what: str, ask: Callable[[], Answer]) -> Answer:
        key = (what, self._version)
        found: Answer | None = self.cache.get(key)
        if found is None:
            found = ask()
            self.cache.put(key, found, 0)
        return found


def _named(value: Any) -> Hashable:
    """A parameter with its type: 1, 1.0 and true are equal in Python, and other parameters."""
    return (type(value).__name__, tuple(map(_named, value)) if isinstance(value, list | tuple) else value)


def size_of_set(people: BitMap) -> int:
    """The bytes of a set, about."""
    told = people.get_statistics()
    return told["n_bytes_array_containers"] + told["n_bytes_run_containers"] + told["n_bytes_bitset_containers"]
