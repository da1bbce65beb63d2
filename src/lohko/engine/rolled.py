"""Several small batches of messages made one: their files of the archive, and their rows in the store.

A row's batch and record together say which row it is, so each record of the later
batches moves on by how many records stand before it. Nothing else of a row changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap
from sqlglot import exp

from lohko.engine.bitmaps import people_of
from lohko.engine.messages import CLAIMED, FIXED
from lohko.engine.sql import column, render
from lohko.engine.store import whole
from lohko.model.schema import TEXTUAL

ACCEPTED, REJECTED = "accepted.parquet", "rejected.parquet"


@dataclass(frozen=True)
class Rolled:
    """One of the batches: its number, where its files are, its columns, and how many records stand before its own."""

    number: int
    folder: Path
    plan: Sequence[Mapping[str, Any]]
    before: int


# --- the archive's files -----------------------------------------------------------------------


def together(parts: Sequence[Rolled]) -> list[dict[str, Any]]:
    """The columns of all of them: one for each name, with the events in which any of them has it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in parts:
        for item in part.plan:
            known = found.setdefault((item["role"], item["name"]), {**item, "column": f"p{len(found)}"})
            if "events" in item:
                known["events"] = sorted({*known.get("events", ()), *item["events"]})
    return list(found.values())


def write_together(cursor: DuckDBPyConnection, parts: Sequence[Rolled], plan: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the files of all of them as those of one batch."""
    accepted = [_accepted(part, plan) for part in parts]
    _write(cursor, accepted, ("node", "at", "record"), folder / ACCEPTED)
    for name, wanted in ((REJECTED, ("reason", "field", "raw")), (CLAIMED, ("raw",))):
        held = [_moved(part.folder / name, part.before, [column(one) for one in wanted]) for part in parts if (part.folder / name).exists()]
        if held:
            _write(cursor, held, ("record",), folder / name)


def _accepted(part: Rolled, plan: Sequence[Mapping[str, Any]]) -> exp.Select:
    own = {(item["role"], item["name"]): item for item in part.plan}
    picked: list[exp.Expr] = [column(name) for name in FIXED if name != "record"]
    for item in plan:
        mine = own.get((item["role"], item["name"]))
        tails = ["", *(["_f"] if item["type"] in TEXTUAL else []), *(["_at"] if item["role"] == "consent" else [])]
        picked += [
            (exp.Null() if mine is None else column(f"{mine['column']}{tail}")).as_(f"{item['column']}{tail}", quoted=True)
            for tail in tails
        ]
    return _moved(part.folder / ACCEPTED, part.before, picked)


def _moved(path: Path, before: int, picked: Sequence[exp.Expr]) -> exp.Select:
    """The rows of a file with their records moved on."""
    record = exp.Add(this=column("record"), expression=exp.Literal.number(before)).as_("record", quoted=True)
    source = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])
    return exp.Select(expressions=[record, *picked]).from_(exp.Table(this=source))


def _write(cursor: DuckDBPyConnection, parts: Sequence[exp.Select], order: Sequence[str], path: Path) -> None:
    whole: exp.Query = parts[0]
    for part in parts[1:]:
        whole = exp.Union(this=whole, expression=part, distinct=False)
    sql = exp.select("*").from_(whole.subquery("parts")).order_by(*map(column, order))
    cursor.sql(sql.sql("duckdb")).write_parquet(str(path), compression="zstd")


_PEOPLE = "SELECT DISTINCT n.person FROM read_parquet($1) AS a JOIN node AS n ON n.node = a.node WHERE NOT n.person IS NULL"


def people_in(cursor: DuckDBPyConnection, folders: Sequence[Path]) -> BitMap:
    """Whom the messages of some rolled-up batches are about: of such the store does not keep it, and the archive does."""
    files = [str(folder / ACCEPTED) for folder in folders if (folder / ACCEPTED).exists()]
    return people_of(cursor.execute(_PEOPLE, [files])) if files else BitMap()


# --- the rows in the store ---------------------------------------------------------------------

_HELD = """
SELECT table_name, bool_or(column_name = 'record') FROM duckdb_columns() WHERE NOT internal AND database_name <> 'temp'
    AND column_name IN ('batch', 'record') GROUP BY table_name HAVING bool_or(column_name = 'batch') ORDER BY table_name
"""
_RENUMBER = """
UPDATE __table SET batch = CAST($first AS INTEGER), record = __table.record + r.before FROM rolled_batch AS r WHERE r.batch = __table.batch AND r.batch <> CAST($first AS INTEGER)
"""
_TAKE = "CREATE OR REPLACE TEMP TABLE rolled_row AS SELECT DISTINCT * REPLACE (CAST($first AS INTEGER) AS batch) FROM __table WHERE batch IN (SELECT batch FROM rolled_batch)"
_DROP = "DELETE FROM __table WHERE batch IN (SELECT batch FROM rolled_batch)"
_PUT = "INSERT INTO __table SELECT * FROM rolled_row"


def renumber(connection: DuckDBPyConnection, before: Mapping[int, int], manifest: str) -> None:
    """Make the rows of these batches those of the first of them; all of it or nothing. `before` says by how much the records of each move on."""
    first = min(before)
    with whole(connection) as cursor:
        cursor.register("rolled_given", {"batch": np.array(list(before), np.int32), "before": np.array(list(before.values()), np.int64)})
        cursor.execute("CREATE OR REPLACE TEMP TABLE rolled_batch AS SELECT batch, before FROM rolled_given")
        cursor.unregister("rolled_given")
        for table, has_record in cursor.execute(_HELD).fetchall():
            if table == "loaded_batch":
                continue
            if has_record:
                cursor.execute(render(_RENUMBER, {"__table": table}), {"first": first})
                continue
            if table != "batch_person":  # whom these batches were about is asked by nobody any more
                cursor.execute(render(_TAKE, {"__table": table}), {"first": first})
            cursor.execute(render(_DROP, {"__table": table}))
            if table != "batch_person":
                cursor.execute(render(_PUT, {"__table": table}))
        cursor.execute("DELETE FROM loaded_batch WHERE batch IN (SELECT batch FROM rolled_batch)")
        cursor.execute("INSERT INTO loaded_batch VALUES (?, ?)", [first, manifest])
