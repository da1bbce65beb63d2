"""Many small crowds in one data set: each has its own range of keys, and a condition of one crowd sees only its own rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from duckdb import DuckDBPyConnection
from sqlglot import exp

from engines.layout import fill
from lohko.engine.person import Person
from lohko.engine.spark import SparkEngine
from lohko.engine.spark_copy import Kept, Of, Tables, copy_store
from lohko.engine.spark_place import Folder
from lohko.engine.spark_session import Session, Statement
from lohko.engine.spark_sets import People, all_of
from lohko.model.schema import Schema

_ALL = ("local_offset",)
"""Tables that are about nobody."""
_BY_ACCOUNT = ("account", "account_name")


@dataclass(frozen=True)
class World:
    """The keys of a crowd, first to last, as the tables of one engine."""

    first: int
    last: int
    accounts: tuple[int, int] = (0, 0)
    """The first and the last of its accounts."""


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
        place = Folder(folder / "copy", session)
        return InMemory(place, copy_store(self.store, self.schema, Of("tests", 1), place, folder, also=also).copy)


class InMemory(Tables):
    """The tables of a copy, sent along with what is asked: a look at a small file costs the cluster more than all that it is asked."""

    def show(self, name: str, table: Kept) -> None:
        place = self._place
        assert isinstance(place, Folder)
        files = [path for piece in table.pieces for path in Path(place._of_piece(table.stored, piece)).iterdir()]
        rows = pa.concat_tables(map(pq.read_table, files)) if files else []
        place.session._spark.createDataFrame(rows, table.kinds).createOrReplaceTempView(name)


class Within(Mapping[str, exp.Select]):
    """The tables of a copy, with the rows of one crowd alone, and all of them in one place: a task of its own, without a shuffle."""

    def __init__(self, tables: Mapping[str, str], world: World) -> None:
        self._tables, self._world = tables, world

    def __getitem__(self, table: str) -> exp.Select:
        text = "SELECT /*+ COALESCE(1) */ * FROM t" + ("" if table in _ALL else " WHERE person BETWEEN 0 AND 1")
        tree = sqlglot.parse_one(text, dialect="spark")
        assert isinstance(tree, exp.Select)
        tree.args["from_"].this.set("this", exp.to_identifier(self._tables[table], quoted=True))
        low, high = self._world.accounts if table.startswith("account") else (self._world.first, self._world.last)
        for between in tree.find_all(exp.Between):
            between.set("this", exp.column("account" if table in _BY_ACCOUNT else "person"))
            between.set("low", exp.Literal.number(low))
            between.set("high", exp.Literal.number(high))
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


def found(session: Session, asked: Iterable[Asked], at_once: int) -> Iterator[dict[str, set[int]]]:
    """Who is in each set of each crowd, so many crowds in one job: while the cluster plans one, the next is written."""
    waiting, jobs = iter(asked), []
    with ThreadPoolExecutor(2) as pool:
        while part := list(islice(waiting, at_once)):
            made = together([item.engine.statement(item.engine.members(item.sets)) for item in part])
            jobs.append((part, pool.submit(session.rows, made)))
    for part, job in jobs:
        answers: list[dict[str, set[int]]] = [{name: set() for name in item.sets} for item in part]
        for row in job.result():
            answers[row["world"]][row["name"]].add(row["person"])
        yield from answers


def together(statements: Sequence[Statement]) -> Statement:
    """The rows of all of them as one statement, with the number of theirs as `world`; two tasks do all of it."""
    parts: list[exp.Select] = []
    arguments: dict[str, Any] = {}
    for number, statement in enumerate(statements):
        tree = statement.tree
        for place in tree.find_all(exp.Placeholder):
            place.set("this", f"w{number}_{place.name}")
        arguments |= {f"w{number}_{name}": value for name, value in statement.arguments.items()}
        of = exp.Subquery(this=tree, alias="m")
        parts.append(exp.select(exp.alias_(exp.Literal.number(number), "world"), "m.*").from_(of, copy=False))
    every = exp.select("*").from_(all_of(parts).subquery("e", copy=False), copy=False)
    return Statement(every.hint("COALESCE(2)", dialect="spark", copy=False), arguments)
