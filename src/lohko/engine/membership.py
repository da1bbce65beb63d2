"""Who Lohko said is in which segment: the membership ledger as the store holds it.

`membership_change` has one row per entering and leaving, in the order of the
runs; it is a copy of the ledger's files and is filled from them alone. A person
is a member as recorded when the last change about them is an entering.

Beside them stand the rows of days that were filled in afterwards (`engine/past.py`), with run 0 and the cause `reconstructed`.
What Lohko said (here) never looks at them; what asks who entered, left or was in does. Whoever was in by them
and is found by the first refresh did not enter then: in the store that change has the cause `known`, and is shown as `first`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.bitmaps import bitmap
from lohko.engine.compile import naive
from lohko.engine.duckdb import people_of
from lohko.engine.store import whole
from lohko.state.live import LiveChange

Cause = Literal["first", "rule", "merge", "unmerge", "data", "others", "time"]
"""Why a person moved.

first    the segment was refreshed for the first time
rule     its definition, or one that it refers to, was changed
merge    the person was joined with another, or became part of another, since the last refresh
unmerge  the person was parted from another again
data     new data about this person came since the last refresh
others   others' data moved a value that is relative to everyone, such as an RFM score
time     an event or a date crossed the edge of a window
"""
CAUSES: tuple[Cause, ...] = ("first", "rule", "merge", "unmerge", "data", "others", "time")


@dataclass(frozen=True)
class Change:
    """People who entered, or left, a segment for one reason."""

    segment: str
    version: int
    entered: bool
    cause: Cause
    people: BitMap


_WRITE = """
SELECT CAST(md5(concat_ws(chr(31), CAST($run AS INTEGER), c.segment, p.person_id, CASE WHEN c.entered THEN 'entered' ELSE 'left' END)) AS UUID) AS change_id,
    CAST($run AS INTEGER) AS run, c.segment, c.version, p.person_id, c.entered, CAST($at AS TIMESTAMP) AS "at", c.cause
FROM change AS c JOIN person AS p ON p.person = c.person ORDER BY c.segment, p.person_id
"""

LOAD = """
INSERT INTO membership_change (run, segment, version, person, entered, "at", cause)
SELECT l.run, l.segment, l.version, p.person, l.entered, l."at", l.cause
FROM read_parquet(?) AS l JOIN person AS p ON p.person_id = l.person_id
"""

_LOAD_ROWS = """
INSERT INTO membership_change (run, segment, version, person, entered, "at", cause)
SELECT l.run, l.segment, l.version, p.person, l.entered, l."at", l.cause FROM run_row AS l JOIN person AS p ON p.person_id = l.person_id
"""
_ROLLED = """
SELECT CAST(md5(concat_ws(chr(31), run, segment, person_id, CASE WHEN entered THEN 'entered' ELSE 'left' END)) AS UUID) AS change_id,
    run, segment, version, person_id, entered, CAST("at" AS TIMESTAMP) AS "at", cause
FROM run_row ORDER BY run, segment, person_id
"""

_RECORDED = """
SELECT person FROM membership_change WHERE segment = ? AND "at" <= CAST(? AS TIMESTAMP) AND cause <> 'reconstructed'
GROUP BY person HAVING arg_max(entered, run)
"""

_RECORDED_OF = """
SELECT segment, person FROM membership_change WHERE person IN (SELECT person FROM asked_keys) AND cause <> 'reconstructed'
GROUP BY segment, person HAVING arg_max(entered, run)
"""

_OF_PERSON = """
SELECT segment, "at", entered, CASE WHEN cause = 'known' THEN 'first' ELSE cause END, version, run FROM membership_change
WHERE person = ? AND cause <> 'reconstructed' ORDER BY run, segment
"""

_OF_SEGMENT = """
SELECT c."at", p.label, p.person_id, c.entered, CASE WHEN c.cause = 'known' THEN 'first' ELSE c.cause END, c.run FROM membership_change AS c JOIN person AS p ON p.person = c.person AND p.living
WHERE c.segment = ? AND c.cause <> 'reconstructed' ORDER BY c.run DESC, p.label, p.person_id LIMIT CAST(? AS BIGINT)
"""

_TOUCHED = "SELECT DISTINCT person FROM batch_person WHERE batch > ? AND person IS NOT NULL"

_END = dt.datetime(9999, 12, 31)


def write_changes(cursor: DuckDBPyConnection, run: int, as_of: dt.datetime, changes: Sequence[Change], path: Path) -> int:
    """Write a run's changes as Parquet, in an order that does not depend on keys; how many there are."""
    sizes = [len(change.people) for change in changes]
    if not sum(sizes):
        return 0
    columns: dict[str, Any] = {
        "person": np.concatenate([np.asarray(change.people, dtype=np.int32) for change in changes]),
        "segment": np.repeat(np.array([change.segment for change in changes], dtype=object), sizes),
        "version": np.repeat(np.array([change.version for change in changes], dtype=np.int32), sizes),
        "entered": np.repeat(np.array([change.entered for change in changes]), sizes),
        "cause": np.repeat(np.array([change.cause for change in changes], dtype=object), sizes),
    }
    cursor.register("change", columns)
    try:
        cursor.sql(_WRITE, params={"run": run, "at": naive(as_of)}).write_parquet(str(path), compression="zstd")
    finally:
        cursor.unregister("change")
    return sum(sizes)


def rows_of(cursor: DuckDBPyConnection, changes: Sequence[Change]) -> list[LiveChange]:
    """Changes with the public ids of their people, as a run without a file keeps them; the run is still to be numbered."""
    everyone = BitMap.union(*(change.people for change in changes)) if changes else BitMap()
    ids = dict(cursor.execute(_IDS, [list(everyone)]).fetchall())
    return [
        LiveChange(0, change.segment, ids[person], change.version, change.entered, change.cause)
        for change in changes
        for person in change.people
    ]


_IDS = "SELECT person, person_id FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))"


def load_run(
    connection: DuckDBPyConnection, run: int, sha256: str, path: Path | None, rows: Sequence[LiveChange] = (), at: dt.datetime | None = None
) -> None:
    """Bring one registered run in, all of it or nothing: its file, or its rows, which are about the instant `at`."""
    with whole(connection) as cursor:
        if path is not None:
            cursor.execute(LOAD, [str(path)])
        elif rows and at is not None:
            with _run_rows(cursor, rows, dict.fromkeys((row.run for row in rows), at)):
                cursor.execute(_LOAD_ROWS)
        cursor.execute("INSERT INTO loaded_run VALUES (?, ?)", [run, sha256])


def write_rolled(cursor: DuckDBPyConnection, rows: Sequence[LiveChange], at: Mapping[int, dt.datetime], path: Path) -> None:
    """Write the changes of several runs, each about an instant of its own, as one file of the ledger."""
    with _run_rows(cursor, rows, at):
        cursor.sql(_ROLLED).write_parquet(str(path), compression="zstd")


def rolled(connection: DuckDBPyConnection, first: int, last: int, sha256: str, path: Path | None = None) -> None:
    """Let one run stand for those from `first` to `last`; with `path` their changes are read from it anew, as not all of them may be here."""
    with whole(connection) as cursor:
        cursor.execute("DELETE FROM loaded_run WHERE run BETWEEN ? AND ?", [first, last])
        if path is not None:
            cursor.execute("DELETE FROM membership_change WHERE run BETWEEN ? AND ?", [first, last])
            cursor.execute(LOAD, [str(path)])
        cursor.execute("INSERT INTO loaded_run VALUES (?, ?)", [last, sha256])


@contextmanager
def _run_rows(cursor: DuckDBPyConnection, rows: Sequence[LiveChange], at: Mapping[int, dt.datetime]) -> Iterator[None]:
    """The rows as a table `run_row`."""
    columns: dict[str, Any] = {
        "run": np.array([row.run for row in rows], dtype=np.int32),
        "segment": np.array([row.segment for row in rows], dtype=object),
        "version": np.array([row.version for row in rows], dtype=np.int32),
        "person_id": np.array([row.person_id for row in rows], dtype=object),
        "entered": np.array([row.entered for row in rows], dtype=np.bool_),
        "at": np.array([naive(at[row.run]) for row in rows], dtype="datetime64[us]"),
        "cause": np.array([row.cause for row in rows], dtype=object),
    }
    cursor.register("run_row", columns)
    try:
        yield
    finally:
        cursor.unregister("run_row")


def loaded_runs(connection: DuckDBPyConnection) -> dict[int, str]:
    """The runs that the store holds, with the checksums of their files."""
    return dict(connection.cursor().execute("SELECT run, sha256 FROM loaded_run").fetchall())


def latest_loaded(connection: DuckDBPyConnection) -> int:
    """The number of the last run that the store holds; 0 when there is none."""
    ((found,),) = connection.execute("SELECT coalesce(max(run), 0) FROM loaded_run").fetchall()
    return int(found)


def recorded(cursor: DuckDBPyConnection, segment: str, at: dt.datetime | None = None) -> BitMap:
    """The members of a segment as the last refresh at or before `at` said; the very last when it is left out."""
    until = _END if at is None else naive(at)
    return people_of(cursor.execute(_RECORDED, [segment, until]))


def recorded_of(cursor: DuckDBPyConnection, people: BitMap) -> dict[str, BitMap]:
    """Of these people the members of every segment, as the very last refresh said; a segment with none of them is left out."""
    cursor.register("asked_keys", {"person": np.asarray(people, dtype=np.int32) if people else np.empty(0, np.int32)})
    try:
        found = cursor.execute(_RECORDED_OF).fetchnumpy()
    finally:
        cursor.unregister("asked_keys")
    names, which = np.unique(np.asarray(found["segment"], dtype=object).astype(str), return_inverse=True)
    return {str(name): bitmap(found["person"][which == place]) for place, name in enumerate(names)}


def public_ids(cursor: DuckDBPyConnection, people: BitMap) -> list[str]:
    """The public ids of a few people."""
    rows = cursor.execute("SELECT person_id FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))", [list(people)]).fetchall()
    return [person_id for (person_id,) in rows]


def changes_of_person(cursor: DuckDBPyConnection, person: int) -> list[tuple[str, dt.datetime, bool, str, int, int]]:
    """Every entering and leaving of one person: segment, instant (naive UTC), entered, cause, version, run."""
    return cursor.execute(_OF_PERSON, [person]).fetchall()


def changes_of_segment(cursor: DuckDBPyConnection, segment: str, limit: int) -> list[tuple[dt.datetime, str, str, bool, str, int]]:
    """The latest changes of a segment: instant (naive UTC), label, public id, entered, cause, run."""
    return cursor.execute(_OF_SEGMENT, [segment, limit]).fetchall()


def touched_since(cursor: DuckDBPyConnection, batch: int) -> BitMap:
    """The people about whom data came after a batch."""
    return people_of(cursor.execute(_TOUCHED, [batch]))
