"""Event messages in the store: their events and traits are loaded like those of files; here is what only messages have.

`message_row` has every message that is no event, or that vouches for whose an id is;
`claim` what pages said of their visitors, which no question reads.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, expression, render, view_of_file
from lohko.engine.tables import SQL_TYPES
from lohko.model.schema import TEXTUAL, Type

if TYPE_CHECKING:
    from lohko.engine.load import Batch

CLAIMED = "claimed.parquet"
"""The file of a batch that holds what nobody vouches for: in it, rows are found by any text that stands in them."""

_TOLD = """
INSERT INTO message_row SELECT n.person, s.node, s.other, s.previous, s.former, s."at", s.message_id, s.digest, CAST(? AS VARCHAR), CAST(? AS INTEGER),
    s.record
FROM staged AS s JOIN node AS n ON n.node = s.node WHERE s.event IS NULL OR NOT coalesce(s.other, s.previous) IS NULL
"""
_CLAIMS = """
INSERT INTO claim SELECT n.person, s.node, c.raw, s."at", CAST(? AS INTEGER), s.record
FROM claimed AS c JOIN staged AS s ON s.record = c.record JOIN node AS n ON n.node = s.node
"""


def load_told(cursor: DuckDBPyConnection, batch: Batch) -> None:
    """What a batch's messages say beside events and traits."""
    cursor.execute(_TOLD, [batch.source, batch.number])
    claimed = batch.accepted.with_name(CLAIMED)
    if claimed.exists():
        cursor.execute(view_of_file("claimed", str(claimed)))
        cursor.execute(_CLAIMS, [batch.number])
        cursor.execute("DROP VIEW claimed")


# --- the archive's files -----------------------------------------------------------------------


@dataclass(frozen=True)
class MadeColumn:
    """A column of the archive that messages fill: its values by the place of their row, as texts of its type, and the folds of texts."""

    staged: str
    type: Type
    values: Mapping[int, Any]
    folds: Mapping[int, str]
    consent: bool = False


FIXED: dict[str, str] = {
    "record": "BIGINT", "node": "INTEGER", "other": "INTEGER", "previous": "INTEGER", "former": "INTEGER", "at": "TIMESTAMP",
    "received_at": "TIMESTAMP", "event": "VARCHAR", "message_id": "VARCHAR", "digest": "VARCHAR", "write_key": "VARCHAR", "extra": "VARCHAR",
}  # fmt: skip
"""The columns that every row of messages has."""


def write_accepted(cursor: DuckDBPyConnection, fixed: Mapping[str, Sequence[Any]], made: Sequence[MadeColumn], path: Path) -> None:
    """Write the accepted rows, in the order in which a file of events would have them: by node and time."""
    rows = len(fixed["record"])
    arrays: dict[str, Any] = {name: _array(values) for name, values in fixed.items()}
    picked: list[exp.Expr] = [_cast(name, kind) for name, kind in FIXED.items()]
    for item in made:
        arrays[item.staged] = _sparse(item.values, rows)
        kind = "VARCHAR" if item.type == "text_set" else SQL_TYPES[item.type]
        picked.append(_cast(item.staged, kind))
        if item.type in TEXTUAL:
            arrays[f"{item.staged}_f"] = _sparse(item.folds, rows)
            picked.append(_cast(f"{item.staged}_f", "VARCHAR"))
        if item.consent:  # given or taken back when the message says that it was sent
            picked.append(exp.cast(exp.Null(), "TIMESTAMP", dialect="duckdb").as_(f"{item.staged}_at", quoted=True))
    cursor.register("made_messages", arrays)
    sql = render('SELECT __picked FROM made_messages ORDER BY node, "at", record', lists={"__picked": picked})
    cursor.sql(sql).write_parquet(str(path), compression="zstd")
    cursor.unregister("made_messages")


def _cast(name: str, kind: str) -> exp.Expr:
    return exp.cast(column(name), kind, dialect="duckdb").as_(name, quoted=True)


def _array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def _sparse(values: Mapping[int, Any], rows: int) -> np.ndarray[Any, Any]:
    found = np.full(rows, None, dtype=object)
    found[list(values)] = list(map(str, values.values()))
    return found


def write_raw(cursor: DuckDBPyConnection, rows: Sequence[tuple[Any, ...]], path: Path, *, rejected: bool) -> None:
    """Write rejected messages (record, reason, field, raw), or claims (record, raw)."""
    names = ("record", "reason", "field", "raw") if rejected else ("record", "raw")
    arrays = {name: np.array([row[place] for row in rows], dtype=object) for place, name in enumerate(names)}
    arrays["record"] = np.array([row[0] for row in rows], dtype=np.int64)
    cursor.register("raw_rows", arrays)
    picked = [_cast(name, "BIGINT" if name == "record" else "VARCHAR") for name in names]
    cursor.sql(render("SELECT __picked FROM raw_rows ORDER BY record", lists={"__picked": picked})).write_parquet(
        str(path), compression="zstd"
    )
    cursor.unregister("raw_rows")


def as_json(body: Mapping[str, Any]) -> str | None:
    """A body as it is kept beside a row; None for an empty one."""
    return json.dumps(body, ensure_ascii=False) if body else None


# --- whose ids are whose ------------------------------------------------------------------------

# A browser may have been vouched for as several users': it is the first one's, by the time of what happened, whatever came in first.
_OWNERS = """
WITH row AS (
    SELECT node, "at", batch, unnest([other, previous, former]) AS id FROM message_row WHERE NOT coalesce(other, previous) IS NULL
), vouched AS (
    SELECT node, id, "at" FROM row WHERE id IN (SELECT id FROM row WHERE batch >= CAST(? AS INTEGER)) AND node <> id
)
SELECT v.id, arg_min(v.node, ROW(v."at", u.value)), list_sort(list(DISTINCT v.node)), any_value(n.kind)
FROM vouched AS v JOIN node AS u ON u.node = v.node JOIN node AS n ON n.node = v.id GROUP BY v.id ORDER BY v.id
"""


@dataclass(frozen=True)
class Vouched:
    """An id, the user whose it is, and all whom it was vouched for as. An id of a browser has one owner; of a user's earlier id all count."""

    node: int
    owner: int
    users: tuple[int, ...]
    anonymous: bool


def vouched_since(cursor: DuckDBPyConnection, batch: int) -> list[Vouched]:
    """The ids about which messages of a batch, or of later ones, vouch."""
    rows = cursor.execute(_OWNERS, [batch]).fetchall()
    return [Vouched(node, owner, tuple(users), kind == "anonymous") for node, owner, users, kind in rows]


_PERSON = "SELECT person FROM node WHERE node = ?"
_RECORDS = "SELECT node, own FROM node WHERE person = ? ORDER BY node"


def person_and_records(cursor: DuckDBPyConnection, node: int) -> tuple[int, dict[int, int]]:
    """The person that a node belongs to by now, and all nodes of that person with the persons that were allocated with them."""
    person = int(cursor.execute(_PERSON, [node]).fetchall()[0][0])
    return person, dict(cursor.execute(_RECORDS, [person]).fetchall())


KEPT_APART = """
SELECT 1 FROM link WHERE cause IN ('apart', 'together') AND list_contains($a, node) AND list_contains($b, other)
GROUP BY node, other HAVING arg_max(cause, batch) = 'apart' LIMIT 1
"""


def kept_apart(cursor: DuckDBPyConnection, one: Iterable[int], other: Iterable[int]) -> bool:
    """Whether somebody has judged that these records are two people."""
    first, second = list(one), list(other)
    given = ({"a": first, "b": second}, {"a": second, "b": first})
    sql = expression(KEPT_APART).sql("duckdb")
    return any(cursor.execute(sql, values).fetchall() for values in given)


_CLAIMS_OF = 'SELECT claimed, "at" FROM claim WHERE person = ? ORDER BY "at", batch, record'


def claims_of(cursor: DuckDBPyConnection, person: int) -> list[tuple[dict[str, Any], dt.datetime]]:
    """What pages claimed of a person, whose browser it was, and when."""
    return [(json.loads(claimed), at) for claimed, at in cursor.execute(_CLAIMS_OF, [person]).fetchall()]
