"""The rows of long tables in the order of their records, in memory, so that a few people's are found without a look at everybody's.

Of twenty million events a join looks at each to find those of two people: a fifth of a second
on two processors, after every event that comes in. What is kept in the order of records is found by halving, and the rows that
came since are found as ever, for they are few. A record's rows stay its own: a merge moves people, and whose a record is
is read each time.

What is kept is true as long as batches only added rows (`APPENDED`), and as many rows are there as were read; the caller says
the former, `fill` sees the latter. Tables of orders are never kept, since a changed order has its rows made anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlglot import exp

from lohko.engine.sql import column, expression, query, render
from lohko.engine.store import snapshot, stored_version
from lohko.model.account import DEAL
from lohko.model.orders import DERIVED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from lohko.model.schema import Schema

LONG = 2_000_000
"""Tables of so many rows are kept; in shorter ones a look at every row takes less than what surrounds it."""
MOST_BYTES = 1 << 30
"""What is kept takes so much memory at most."""
_GROWN = 8
"""A table is read anew when so large a part of its rows came since."""
_MOST_TEXTS = 1 << 16
"""A column of more different texts is not kept, and with it not its table."""
_RESTS = 50.0
"""So many times as long as a reading took nothing is read anew: where rows are replaced all the time, a fiftieth of a processor goes into it."""
_AT_ONCE = 4_000_000
APPENDED = frozenset({
    "events", "messages", "survey", "notes", "leads", "orders", "order-lines", "customers", "consent", "flags", "correction", "links",
    "survivorship", "not-customers", "postcodes", "places", "products", "ad-spend", "accounts", "deals",
})  # fmt: skip
"""The kinds of batches that do nothing to tables of events but add rows, but for those that are made of orders and of deals."""
_MADE_ANEW = frozenset({*DERIVED, DEAL})
_MOVED = frozenset({"person", "batch", "record"})
"""What changes in rows that stay: by merges, and when batches are rolled up."""

_FORMS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("INTEGER", "BIGINT", "TINYINT", "DOUBLE", "BOOLEAN"), ("t.__c", "k.__v")),
    "TIMESTAMP": ("epoch_us(t.__c)", "make_timestamp(k.__v)"),
    "DATE": ("CAST(t.__c - DATE '1970-01-01' AS INTEGER)", "DATE '1970-01-01' + k.__v"),
    "DECIMAL(18,4)": ("CAST(t.__c AS DOUBLE)", "CAST(k.__v AS DECIMAL(18, 4))"),
    "DECIMAL(28,10)": ("CAST(t.__c AS DOUBLE)", "CAST(k.__v AS DECIMAL(28, 10))"),
    "VARCHAR": ("(SELECT x.nth FROM __texts AS x WHERE x.text = t.__c)", "CAST(k.__v AS VARCHAR)"),
}
"""How a value of a type becomes one that arrays hold, and that the value again. Of decimals it is looked at each whether it does: nearly all that are not enormous."""

_SHAPE = "SELECT column_name, data_type FROM duckdb_columns() WHERE NOT internal AND database_name <> 'temp' AND table_name = ?"
_SIZE = "SELECT count(*), coalesce(max(rowid), -1) + 1, coalesce(max(node), 0) FROM __table"
_GROWTH = "SELECT (SELECT count(*) FROM __table), (SELECT count(*) FROM __table AS t WHERE t.rowid >= CAST(? AS BIGINT))"
_UNFIT = "SELECT count(*) FROM (SELECT t.__c AS had, __form AS v FROM __table AS t) AS k WHERE __again IS DISTINCT FROM k.had"
_TEXTS = "SELECT DISTINCT t.__c FROM __table AS t WHERE NOT t.__c IS NULL LIMIT CAST(? AS BIGINT)"
_READ = "SELECT t.node AS node FROM __table AS t WHERE t.rowid < CAST(? AS BIGINT) AND t.node >= CAST(? AS INTEGER) AND t.node < CAST(? AS INTEGER) ORDER BY t.node"
_WHOSE = (
    "CREATE OR REPLACE TEMP TABLE slice_node AS SELECT node, person FROM node WHERE person IN (SELECT person FROM slice_of) ORDER BY node"
)
_FILL = """
CREATE OR REPLACE TEMP TABLE __table AS
SELECT s.person, __kept FROM kept_row AS k JOIN slice_node AS s ON s.node = k.node
UNION ALL
SELECT s.person, __stored FROM __table AS t JOIN slice_node AS s ON s.node = t.node WHERE t.rowid >= CAST(? AS BIGINT)
"""


@dataclass(frozen=True)
class _Column:
    """A column as arrays: its type in the store, the values, where there is none, and for texts what each number stands for, with none at the end."""

    kind: str
    values: NDArray[Any]
    none: NDArray[np.bool_] | None
    texts: NDArray[Any] | None


@dataclass(frozen=True)
class _Kept:
    """The rows of a table with ids below `end`, of which there are so `many`, in the order of `node`; read of a batch and those before it.

    `shape` has all the table's columns, with their types.
    """

    shape: Mapping[str, str]
    through: int
    end: int
    many: int
    node: NDArray[np.int32]
    columns: dict[str, _Column]

    @property
    def bytes(self) -> int:
        """What it takes in memory, but for texts."""
        return self.node.nbytes + sum(item.values.nbytes for item in self.columns.values())

    def has(self, shape: Mapping[str, str], names: Collection[str]) -> bool:
        """Whether these columns are kept of the table as it is now."""
        return self.shape == shape and self.columns.keys() >= set(names)


class KeptRows:
    """Rows of one store at a time. Filled by whoever has the workspace's guard, read anew by one thread beside."""

    def __init__(self, long: int = LONG, most_bytes: int = MOST_BYTES) -> None:
        self.long, self.most_bytes, self.rests = long, most_bytes, _RESTS
        self._rested = 0.0
        self._store: DuckDBPyConnection | None = None
        self._tables: frozenset[str] = frozenset()
        self._asked: dict[str, set[str]] = {}
        self._looked_at: set[str] = set()
        self._kept: dict[str, _Kept | None] = {}
        self._lock = threading.Lock()

    def of(self, store: DuckDBPyConnection, schema: Schema) -> int | None:
        """Be of this store; the batch since which only rows may have been added, None when nothing is kept."""
        with self._lock:
            if self._store is not store:
                self._store, self._asked, self._kept, self._looked_at = store, {}, {}, set()
            self._tables = frozenset(event.table for name, event in schema.events.items() if name not in _MADE_ANEW)
            return min((kept.through for kept in self._kept.values() if kept is not None), default=None)

    def is_of(self, store: DuckDBPyConnection) -> bool:
        """Whether it was asked about this store yet."""
        return self._store is store

    def forget(self) -> None:
        """Let all of it go."""
        with self._lock:
            self._kept = {}

    def fill(self, cursor: DuckDBPyConnection, table: str, shape: Mapping[str, str], names: Sequence[str]) -> bool:
        """Make the temporary table of that name, of the people in `slice_of`, with these of its columns; False when that is to be done otherwise."""
        if table not in self._tables or not _MOVED.isdisjoint(names):
            return False
        with self._lock:
            kept = self._kept.get(table)
            self._asked.setdefault(table, set()).update(names)
        if kept is None or not kept.has(shape, names):
            return False
        many, since = cursor.execute(render(_GROWTH, {"__table": table}), [kept.end]).fetchall()[0]
        if many - since != kept.many:
            self.forget()
            return False
        cursor.execute(_WHOSE)
        places = _places(kept.node, cursor.execute("SELECT node FROM slice_node").fetchnumpy()["node"])
        rows: dict[str, Any] = {"node": kept.node[places]}
        restored, stored = list[exp.Expr](), list[exp.Expr]()
        for nth, name in enumerate(names):
            restored.append(exp.alias_(_taken(rows, f"v{nth}", kept.columns[name], places), name, quoted=True))
            stored.append(column(name, "t"))
        cursor.register("kept_row", rows)
        cursor.execute(render(_FILL, {"__table": table}, {"__kept": restored, "__stored": stored}), [kept.end])
        cursor.unregister("kept_row")
        return True

    def keep(self, store: DuckDBPyConnection, *, first: bool = False) -> None:
        """Read what was asked for and is not kept, or has grown much since: some seconds for tens of millions of rows, beside everything else.

        With `first` only of tables that nobody has looked at yet, which costs nothing when there is none.
        """
        began = time.monotonic()
        if began < self._rested:
            return
        with self._lock:
            asked = {table: sorted(names) for table, names in self._asked.items()} if self._store is store else {}
            due = [table for table in asked if not first or table not in self._looked_at]
            self._looked_at.update(due)
        for table in due:
            cursor = snapshot(store)
            try:
                shape = dict(cursor.execute(_SHAPE, [table]).fetchall())
                if shape.keys() >= set(asked[table]) and self._is_due(cursor, table, shape, asked[table]):
                    made = self._read(cursor, table, shape, asked[table])
                    with self._lock:
                        if self._store is store:
                            self._kept[table] = made
            finally:
                cursor.close()
        done = time.monotonic()
        self._rested = done + (done - began) * self.rests

    def _is_due(self, cursor: DuckDBPyConnection, table: str, shape: Mapping[str, str], names: Collection[str]) -> bool:
        with self._lock:
            kept, known = self._kept.get(table), table in self._kept
        many = int(cursor.execute(render(_SIZE, {"__table": table})).fetchall()[0][0])
        if kept is None:
            return many >= self.long and not known
        return not kept.has(shape, names) or (many - kept.many) * _GROWN > many

    def _read(self, cursor: DuckDBPyConnection, table: str, shape: Mapping[str, str], names: Sequence[str]) -> _Kept | None:
        many, end, last = cursor.execute(render(_SIZE, {"__table": table})).fetchall()[0]
        with self._lock:
            others = sum(kept.bytes for name, kept in self._kept.items() if kept is not None and name != table)
        if others + many * 8 * (len(names) + 1) > self.most_bytes:
            return None
        texts: dict[str, NDArray[Any]] = {}
        forms = list[exp.Expr]()
        for nth, name in enumerate(names):
            form = _form(cursor, table, name, shape[name], f"kept_text_{nth}", texts)
            if form is None:
                return None
            forms.append(exp.alias_(form, f"v{nth}", quoted=True))
        sql = query(_READ, {"__table": table}).select(*forms).sql("duckdb")
        edges = [(last + 1) * part // (1 + many // _AT_ONCE) for part in range(2 + many // _AT_ONCE)]
        parts = [cursor.execute(sql, [end, low, high]).fetchnumpy() for low, high in pairwise(edges)]
        node = np.concatenate([part.pop("node") for part in parts])
        found = {}
        for nth, name in enumerate(names):
            of_parts = [part.pop(f"v{nth}") for part in parts]
            none = np.concatenate([np.ma.getmaskarray(of_part) for of_part in of_parts])
            values = np.concatenate([np.ma.getdata(of_part) for of_part in of_parts])
            found[name] = _Column(shape[name], values, none if none.any() else None, texts.get(name))
        return _Kept(shape, stored_version(cursor), int(end), int(many), node, found)


def _form(cursor: DuckDBPyConnection, table: str, name: str, kind: str, made: str, texts: dict[str, NDArray[Any]]) -> exp.Expr | None:
    """A column as what arrays hold; None when its type, or a value of it, is none that they do."""
    if kind not in _FORMS:
        return None
    names = {"__table": table, "__c": name}
    if kind == "VARCHAR":
        found = cursor.execute(render(_TEXTS, names), [_MOST_TEXTS + 1]).fetchall()
        if len(found) > _MOST_TEXTS:
            return None
        texts[name] = np.array([*(text for (text,) in found), None], dtype=object)
        cursor.register("kept_texts", {"nth": np.arange(len(found), dtype=np.int32), "text": texts[name][:-1]})
        cursor.execute(
            render("CREATE OR REPLACE TEMP TABLE __made AS SELECT nth, CAST(text AS VARCHAR) AS text FROM kept_texts", {"__made": made})
        )
        cursor.unregister("kept_texts")
    form = expression(_FORMS[kind][0], {"__c": name, "__texts": made})
    if kind.startswith("DECIMAL"):
        again = exp.TryCast(this=column("v", "k"), to=exp.DataType.build(kind, dialect="duckdb"))
        unfit = query(_UNFIT, {"__table": table, "__c": name}, {"__form": form.copy(), "__again": again})
        if cursor.execute(unfit.sql("duckdb")).fetchall()[0][0]:
            return None
    return form


def _places(node: NDArray[np.int32], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Where the rows of some records stand among all, which are in order."""
    low, high = np.searchsorted(node, wanted, "left"), np.searchsorted(node, wanted, "right")
    many = high - low
    return np.repeat(low - np.concatenate(([0], np.cumsum(many)[:-1])) if len(low) else low, many) + np.arange(many.sum())


def _taken(rows: dict[str, Any], name: str, kept: _Column, places: NDArray[np.int64]) -> exp.Expr:
    """Put a column's values of some rows among `rows`; how they are read from there."""
    values, none = kept.values[places], None if kept.none is None else kept.none[places]
    if kept.texts is not None:
        values, none = kept.texts[values if none is None else np.where(none, -1, values)], None
    rows[name] = values
    form = expression(_FORMS[kept.kind][1], {"__v": name})
    if none is None:
        return form
    rows[f"{name}_none"] = none
    return exp.Case(ifs=[exp.If(this=column(f"{name}_none", "k"), true=exp.null())], default=form)
