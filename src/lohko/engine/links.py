"""Which person each record belongs to: merges, un-merges and what is kept apart, as batches of kind `links`.

A batch has one row per record that moves (`cause` merge or unmerge: `node` leaves
person `before` for `person`) and one per pair that was judged (`cause` apart or
together: `node` and `other`; of two judgements the later one counts).
The person of a set of records is always the one that was allocated first among
them, so that undoing a merge gives back the very keys that were there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.engine.bitmaps import bitmap
from lohko.engine.intervals import make_intervals
from lohko.engine.sql import render
from lohko.engine.tables import observed_table
from lohko.model.schema import Schema

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.engine.load import Batch

Cause = Literal["merge", "unmerge", "apart", "together"]


@dataclass(frozen=True)
class Link:
    """One row of a batch of links; 0 stands for no person and no other record.

    how   the kind of identifier, or `review`, `undo`, `split`, `scored`
    by    `rule`, or `person`: who decided
    """

    node: int
    person: int
    before: int
    cause: Cause
    how: str
    by: str
    other: int = 0


_INSERT = """
INSERT INTO link SELECT node, person, before, cause, how, "by", other, CAST(? AS INTEGER) FROM staged
"""
_MOVED = "CREATE OR REPLACE TEMP TABLE moved AS SELECT node, person FROM staged WHERE cause IN ('merge', 'unmerge')"
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE moved_person AS
SELECT person FROM staged WHERE cause IN ('merge', 'unmerge') UNION SELECT before FROM staged WHERE cause IN ('merge', 'unmerge')
"""
_MOVE_NODES = "UPDATE node SET person = m.person FROM moved AS m WHERE m.node = node.node"
_MOVE_ROWS = "UPDATE __table SET person = m.person FROM moved AS m WHERE m.node = __table.node AND m.person IS DISTINCT FROM __table.person"
_WHOLE = "CREATE OR REPLACE TEMP TABLE moved_whole AS SELECT node FROM node WHERE person IN (SELECT person FROM moved_person)"
# Whoever has a record that is set aside is, as a whole.
_LIVING = """
UPDATE person SET living = person IN (SELECT person FROM node) AND NOT person IN (
    SELECT person FROM node WHERE node IN (SELECT node FROM set_aside))
WHERE person IN (SELECT person FROM moved_person)
"""
# A person of whom more is known than a browser's random id is not called by that.
_LABEL = """
UPDATE person SET label = (
    SELECT arg_min(n.value, ROW(n.kind IN ('anonymous', 'row'), n.node)) FROM node AS n WHERE n.person = person.person)
WHERE person IN (SELECT person FROM moved_person) AND person IN (SELECT person FROM node)
"""
_BATCH = """
INSERT INTO batch_person SELECT CAST(? AS INTEGER), person FROM moved_person
WHERE person NOT IN (SELECT n.person FROM staged AS s JOIN node AS n ON n.node = s.node)
"""
_KEYED = """
SELECT table_name FROM duckdb_columns() WHERE NOT internal AND database_name <> 'temp' AND column_name IN ('node', 'person')
GROUP BY table_name HAVING count(*) = 2 ORDER BY table_name
"""


def load_links(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    """Move records to their persons, in every table that holds both, and make what is told of those persons again."""
    cursor.execute(_INSERT, [batch.number])
    cursor.execute(_MOVED)
    cursor.execute(_TOUCHED)
    cursor.execute(_MOVE_NODES)
    remade = {attribute.table: attribute for attribute in schema.attributes.values() if not attribute.trait}
    for (table,) in cursor.execute(_KEYED).fetchall():
        if table not in ("node", "link") and table not in remade:
            cursor.execute(render(_MOVE_ROWS, {"__table": table}))
    cursor.execute(_WHOLE)
    make_intervals(cursor, ((observed_table(attribute), attribute.table) for attribute in remade.values()), "moved_whole")
    cursor.execute(_LIVING)
    cursor.execute(_LABEL)
    cursor.execute(_BATCH, [batch.number])


def columns_of(links: Sequence[Link]) -> dict[str, np.ndarray[Any, Any]]:
    """Links as the columns of their batch."""
    keys: dict[str, np.ndarray[Any, Any]] = {
        name: np.array([getattr(link, name) for link in links], dtype=np.int32) for name in ("node", "person", "before", "other")
    }
    return keys | {name: np.array([getattr(link, name) for link in links], dtype=object) for name in ("cause", "how", "by")}


# --- what the store knows of links -----------------------------------------------------------

APART = """
CREATE OR REPLACE TEMP TABLE apart AS
SELECT least(node, other) AS a, greatest(node, other) AS b FROM link WHERE cause IN ('apart', 'together')
GROUP BY ALL HAVING arg_max(cause, batch) = 'apart'
"""
"""The pairs of records that are kept apart, as the latest judgement of each says."""

_LINKED = "SELECT person, before FROM link WHERE cause = ? AND batch > ?"
_RECORDS = "SELECT node, source, kind, value, own FROM node WHERE person = ? ORDER BY node"
_HISTORY = 'SELECT node, person, before, cause, how, "by", other, batch FROM link WHERE person = $1 OR before = $1 ORDER BY batch, node'
_OWN = "SELECT node, own FROM node WHERE node IN (SELECT unnest(CAST(? AS INTEGER[])))"


@dataclass(frozen=True)
class Record:
    """What one source knows as one customer; `own` is the person that was allocated with it."""

    node: int
    source: str
    kind: str
    value: str
    own: int


def records_of(cursor: DuckDBPyConnection, person: int) -> list[Record]:
    """The records of a person, the first one first."""
    return [Record(*row) for row in cursor.execute(_RECORDS, [person]).fetchall()]


def history_of(cursor: DuckDBPyConnection, person: int) -> list[tuple[Link, int]]:
    """What came to a person and what left it, with the batch of each."""
    return [(Link(*row[:-1]), row[-1]) for row in cursor.execute(_HISTORY, [person]).fetchall()]


def linked_since(cursor: DuckDBPyConnection, batch: int, cause: Literal["merge", "unmerge"]) -> BitMap:
    """The people who were merged, or parted again, after a batch: both sides."""
    found = cursor.execute(_LINKED, [cause, batch]).fetchnumpy()
    return bitmap(found["person"]) | bitmap(found["before"])


def person_of(records: Iterable[Record]) -> int:
    """The person of a set of records: the first that was allocated among them."""
    return min(record.own for record in records)


_IDENTITIES = "SELECT n.source, n.kind, n.value, p.person_id FROM node AS n JOIN person AS p ON p.person = n.person"
_PEOPLE = "SELECT DISTINCT person FROM node WHERE node IN (SELECT unnest(CAST(? AS INTEGER[]))) ORDER BY person"
_NAMES = "SELECT person, person_id, label FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[]))) ORDER BY person"


def identities(cursor: DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """Every record with the public id of its person: source, kind, value, person id."""
    return cursor.execute(_IDENTITIES).fetchall()


def persons_of(cursor: DuckDBPyConnection, nodes: Sequence[int]) -> list[int]:
    """The persons whom some records belong to."""
    return [person for (person,) in cursor.execute(_PEOPLE, [list(nodes)]).fetchall()]


def names_of(cursor: DuckDBPyConnection, people: Sequence[int]) -> list[tuple[int, str, str]]:
    """Persons, also those who were merged away, with their public id and label."""
    return cursor.execute(_NAMES, [list(people)]).fetchall()
