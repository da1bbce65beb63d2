"""Many small crowds in one data set: each has its own range of keys, and a condition of one crowd sees only its own rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from duckdb import DuckDBPyConnection
from sqlglot import exp

from engines.layout import fill
from lohko.engine.person import Person
from lohko.engine.spark import People, SparkEngine
from lohko.engine.spark_copy import Tables, copy_store
from lohko.engine.spark_session import Session, Statement
from lohko.model.schema import Schema

_ALL = ("local_offset", "account_name")
"""Tables that are about nobody."""


@dataclass(frozen=True)
class World:
    """The keys of a crowd, first to last, as the tables of one engine."""

    first: int
    last: int


class Worlds:
    """The crowds of a store, to be copied to a cluster and asked there."""

    def __init__(self, store: DuckDBPyConnection, schema: Schema) -> None:
        self.store, self.schema, self.filled = store, schema, 0

    def add(self, people: Sequence[Person], gone: Sequence[Person] = ()) -> World:
        """Write one more crowd, and after it those of it who live no more."""
        first = self.filled + 1
        fill(self.store, people, self.schema, first=first)
        fill(self.store, gone, self.schema, first=first + len(people), living=False)
        self.filled += len(people) + len(gone)
        return World(first, self.filled)

    def copied(self, session: Session, folder: Path, also: Mapping[str, tuple[str, ...]] | None = None) -> Tables:
        """The tables on the cluster."""
        return InMemory(session, copy_store(self.store, self.schema, 1, folder / "copy", folder, also=also))


class InMemory(Tables):
    """The tables of a copy, which the cluster keeps in memory: each look at a small file costs it more than all that it is asked."""

    def __getitem__(self, table: str) -> str:
        known = table in self._names
        name = super().__getitem__(table)
        if not known:
            self._session._spark.catalog.cacheTable(name)
        return name


class Within(Mapping[str, exp.Select]):
    """The tables of a copy, with the rows of one crowd alone, and all of them in one place: a task of its own, without a shuffle."""

    def __init__(self, tables: Mapping[str, str], world: World) -> None:
        self._tables, self._world = tables, world

    def __getitem__(self, table: str) -> exp.Select:
        text = "SELECT /*+ COALESCE(1) */ * FROM t" + ("" if table in _ALL else " WHERE person BETWEEN 0 AND 1")
        tree = sqlglot.parse_one(text, dialect="spark")
        assert isinstance(tree, exp.Select)
        tree.args["from_"].this.set("this", exp.to_identifier(self._tables[table], quoted=True))
        for between in tree.find_all(exp.Between):
            between.set("low", exp.Literal.number(self._world.first))
            between.set("high", exp.Literal.number(self._world.last))
        return tree

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


@dataclass(frozen=True)
class Asked:
    """Several sets of one crowd, by name."""

    engine: SparkEngine
    sets: Mapping[str, People]


def found(session: Session, asked: Sequence[Asked]) -> list[dict[str, set[int]]]:
    """Who is in each set of each crowd: one job for all of them."""
    made = [item.engine.statement(item.engine.members(item.sets)) for item in asked]
    answer: list[dict[str, set[int]]] = [{name: set() for name in item.sets} for item in asked]
    for row in session.rows(together(made)):
        answer[row["world"]][row["name"]].add(row["person"])
    return answer


def together(statements: Sequence[Statement]) -> Statement:
    """The rows of all of them as one statement, with the number of theirs as `world`; two tasks do all of it."""
    parts: list[exp.Select] = []
    arguments: dict[str, Any] = {}
    for number, statement in enumerate(statements):
        tree = statement.tree.copy()
        for place in tree.find_all(exp.Placeholder):
            place.set("this", f"w{number}_{place.name}")
        arguments |= {f"w{number}_{name}": value for name, value in statement.arguments.items()}
        parts.append(exp.select(exp.alias_(exp.Literal.number(number), "world"), "m.*").from_(exp.Subquery(this=tree, alias="m")))
    every = exp.select("*").from_((parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)).subquery("e"))
    return Statement(every.hint("COALESCE(2)", dialect="spark"), arguments)
