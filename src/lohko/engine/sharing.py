"""Which leaves the segments of a run are made of, and which of them share one; what each reads, from the sizes of tables.

The cost of a leaf is told in *values*: the rows of the tables that it reads, times
the columns that it reads of them. That is an upper bound of what is scanned (the
engine skips blocks outside a window) and does not depend on the machine.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.errors import LohkoError
from lohko.engine.asked import Asked
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_ranks import ranking
from lohko.model.catalogue import Catalogue
from lohko.model.condition import AttributeFigure, Condition, InSegment, Leaf, Ranked
from lohko.model.dependencies import evaluation_order
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names, leaves

_SIZES = "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
_COLUMNS = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
_WORD = re.compile(r"\w+")
_READ = re.compile(r'(?:FROM|JOIN) "?(\w+)')


@dataclass(frozen=True)
class Plan:
    """The segments to decide, in order; every leaf that has to be asked, with the segments that use it; and those that cannot be told."""

    order: list[str]
    users: dict[Leaf, list[str]]
    wrong: dict[str, LohkoError]


def shared_leaves(catalogue: Catalogue, names: Iterable[str] | None = None) -> Plan:
    """The plan of a run over the given segments and those behind them; all of them when none are named."""
    order = catalogue.once("order", lambda: evaluation_order(catalogue.segments))
    wanted = set(order) if names is None else catalogue.needed_now(names)
    plan = Plan([name for name in order if name in wanted], {}, {})
    for name in plan.order:
        try:
            asked = catalogue.once(("leaves", name), lambda name=name: _asked(catalogue.definition(name).where))  # type: ignore[misc]
        except LohkoError as error:
            plan.wrong[name] = error
            continue
        for leaf in asked:
            plan.users.setdefault(leaf, []).append(name)
    return plan


def _asked(condition: Condition) -> list[Leaf]:
    """The leaves that are asked of the engine: the current members of another segment are known by then."""
    return [leaf for leaf in leaves(condition) if not (isinstance(leaf, InSegment) and leaf.at is None)]


@dataclass(frozen=True)
class Reading:
    """What is read of one table."""

    table: str
    rows: int
    columns: int

    @property
    def values(self) -> int:
        """Rows times columns."""
        return self.rows * self.columns


class Costs:
    """What leaves read, as the tables are in a snapshot."""

    def __init__(self, cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> None:
        self._schema, self._as_of, self._zone = schema, as_of, zone
        self._rows: dict[str, int] = dict(cursor.execute(_SIZES).fetchall())
        self._columns: dict[str, set[str]] = {}
        for table, name in cursor.execute(_COLUMNS).fetchall():
            self._columns.setdefault(table, set()).add(name)

    def of_leaf(self, leaf: Leaf) -> list[Reading]:
        """The tables that a leaf reads; traits are computed once for all who ask about them, and are told apart."""
        sql = self._sql(leaf)
        words, tables = set(_WORD.findall(sql)), set(_READ.findall(sql))
        return [self._reading(table, words) for table in sorted(tables & self._rows.keys())]

    def of_traits(self) -> list[Reading]:
        """What computing the traits reads: every order and refund, with its person, instant and total."""
        tables = [self._schema.events[name].table for name in (ORDER, REFUND) if name in self._schema.events]
        return [Reading(table, self._rows.get(table, 0), 3) for table in tables]

    def asks_traits(self, leaf: Leaf) -> bool:
        """Whether a leaf is about computed traits."""
        names = attribute_names(leaf)
        return any(self._schema.attribute(name).trait for name in names)

    def _sql(self, leaf: Leaf) -> str:
        if isinstance(leaf, Ranked):
            if isinstance(leaf.figure, AttributeFigure) and self._schema.attribute(leaf.figure.name).trait:
                return ""
            return ranking(leaf.figure, Asked(self._schema, self._as_of, self._zone), among=False).sql
        return compile_leaf(leaf, self._schema, self._as_of, self._zone).sql

    def _reading(self, table: str, words: set[str]) -> Reading:
        return Reading(table, self._rows[table], max(1, len(words & self._columns[table])))
