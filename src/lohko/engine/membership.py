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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.base.times import naive
from lohko.engine.bitmaps import bitmap, people_of
from lohko.engine.store import whole
from lohko.state.live import LiveMove

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
_LOAD_CHANGES = """
INSERT INTO membership_change (run, segment, version, person, entered, "at", cause)
SELECT CAST($run AS INTEGER), segment, version, person, entered, CAST($at AS TIMESTAMP), cause FROM change
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

_ALL_OF = "SELECT run, person, entered FROM membership_change WHERE segment = ? AND cause <> 'reconstructed'"

_OF_PERSON = """
SELECT segment, "at", entered, CASE WHEN cause = 'known' THEN 'first' ELSE cause END, version, run FROM membership_change
WHERE person = ? AND cause <> 'reconstructed' ORDER BY run, segment
"""

_OF_SEGMENT = """
SELECT c."at", p.label, p.person_id, c.entered, CASE WHEN c.cause = 'known' THEN 'first' ELSE c.cause END, c.run FROM membership_change AS c JOIN person AS p ON p.person = c.person AND p.living
WHERE c.segment = ? AND c.cause <> 'reconstructed' AND NOT list_contains(CAST(? AS INTEGER[]), c.version) ORDER BY c.run DESC, p.label, p.person_id LIMIT CAST(? AS BIGINT)
"""

_TOUCHED = "SELECT DISTINCT person FROM batch_person WHERE batch > ? AND person IS NOT NULL"

_END = dt.datetime(9999, 12, 31)


def write_changes(cursor: DuckDBPyConnection, run: int, as_of: dt.datetime, changes: Sequence[Change], path: Path) -> int:
    """Write a run's changes as Parquet, in an order that does not depend on keys; how many there are."""
    many = sum(len(change.people) for change in changes)
    if many:
        with _change_rows(cursor, changes):
            cursor.sql(_WRITE, params={"run": run, "at": naive(as_of)}).write_parquet(str(path), compression="zstd")
    return many


@contextmanager
def _change_rows(cursor: DuckDBPyConnection, changes: Sequence[Change]) -> Iterator[None]:
    """The changes as a table `change`, a row for each person."""
    sizes = [len(change.people) for change in changes]
    columns: dict[str, Any] = {
        "person": np.concatenate([np.asarray(change.people, dtype=np.int32) for change in changes]),
        "segment": np.repeat(np.array([change.segment for change in changes], dtype=object), sizes),
        "version": np.repeat(np.array([change.version for change in changes], dtype=np.int32), sizes),
        "entered": np.repeat(np.array([change.entered for change in changes]), sizes),
        "cause": np.repeat(np.array([change.cause for change in changes], dtype=object), sizes),
    }
    cursor.register("change", columns)
    try:
        yield
    finally:
        cursor.unregister("change")


def moves_of(cursor: DuckDBPyConnection, run: int, changes: Sequence[Change]) -> list[LiveMove]:
    """Changes with the public ids of their people, as a run without a file keeps them."""
    everyone = BitMap.union(*(change.people for change in changes)) if changes else BitMap()
    ids = dict(cursor.execute(_IDS, [list(everyone)]).fetchall())
    return [
        LiveMove(run, change.segment, change.entered, change.cause, change.version, sorted(ids[person] for person in change.people))
        for change in changes
    ]


_IDS = "SELECT person, person_id FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))"


def load_changes(connection: DuckDBPyConnection, run: int, at: dt.datetime, changes: Sequence[Change]) -> None:
    """Bring in a registered run without a file, all of it or nothing, as it was just found in this store."""
    with whole(connection) as cursor:
        if changes:
            with _change_rows(cursor, changes):
                cursor.execute(_LOAD_CHANGES, {"run": run, "at": naive(at)})
        cursor.execute("INSERT INTO loaded_run VALUES (?, '')", [run])


def load_run(
    connection: DuckDBPyConnection, run: int, sha256: str, path: Path | None, moves: Sequence[LiveMove] = (), at: dt.datetime | None = None
) -> None:
    """Bring one registered run in, all of it or nothing: its file, or what is kept of it without one, which is about the instant `at`."""
    with whole(connection) as cursor:
        if path is not None:
            cursor.execute(LOAD, [str(path)])
        elif moves and at is not None:
            with _run_rows(cursor, moves, {run: at}):
                cursor.execute(_LOAD_ROWS)
        cursor.execute("INSERT INTO loaded_run VALUES (?, ?)", [run, sha256])


def write_rolled(cursor: DuckDBPyConnection, moves: Sequence[LiveMove], at: Mapping[int, dt.datetime], path: Path) -> None:
    """Write the changes of several runs, each about an instant of its own, as one file of the ledger."""
    with _run_rows(cursor, moves, at):
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
def _run_rows(cursor: DuckDBPyConnection, moves: Sequence[LiveMove], at: Mapping[int, dt.datetime]) -> Iterator[None]:
    """The changes as a table `run_row`, a row for each person."""
    sizes = [len(move.person_ids) for move in moves]
    columns: dict[str, Any] = {
        "run": np.repeat(np.array([move.run for move in moves], dtype=np.int32), sizes),
        "segment": np.repeat(np.array([move.segment for move in moves], dtype=object), sizes),
        "version": np.repeat(np.array([move.version for move in moves], dtype=np.int32), sizes),
        "person_id": np.array([person_id for move in moves for person_id in move.person_ids], dtype=object),
        "entered": np.repeat(np.array([move.entered for move in moves], dtype=np.bool_), sizes),
        "at": np.repeat(np.array([naive(at[move.run]) for move in moves], dtype="datetime64[us]"), sizes),
        "cause": np.repeat(np.array([move.cause for move in moves], dtype=object), sizes),
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


def _in_order(cursor: DuckDBPyConnection, segment: str) -> BitMap:
    """The same people as `recorded` of now, where nearly all of the ledger is to be read: runs after each other, no grouping."""
    rows = cursor.execute(_ALL_OF, [segment]).fetchnumpy()
    if not len(rows["person"]):
        return BitMap()
    order = np.argsort(rows["run"], kind="stable")
    people = rows["person"][order]
    inside = np.zeros(int(people.max()) + 1, dtype=bool)
    inside[people] = rows["entered"][order]  # of several about one person the last one counts
    return bitmap(np.flatnonzero(inside).astype(np.int32))


class Members:
    """Who is in which segment as the very last run said, in memory: read when first asked for, and moved by the runs that follow.

    A run that this was not told of, and a store that was made again, are seen: all is read anew then. Whoever uses it holds the workspace's guard.
    """

    def __init__(self) -> None:
        self._store: DuckDBPyConnection | None = None
        self._run = 0
        self._of: dict[str, BitMap] = {}

    def of(self, store: DuckDBPyConnection, cursor: DuckDBPyConnection, segments: Iterable[str]) -> dict[str, BitMap]:
        """The members of segments, by a cursor on that store; not to be changed."""
        run = latest_loaded(cursor)
        if self._store is not store or self._run != run:
            self._store, self._run, self._of = store, run, {}
        for segment in segments:
            if segment not in self._of:
                self._of[segment] = _in_order(cursor, segment)
        return self._of

    def moved(self, before: int, run: int, changes: Sequence[Change]) -> None:
        """A run that follows another has moved these people."""
        if self._run != before:
            return
        self._run = run
        for change in changes:
            known = self._of.get(change.segment)
            if known is not None:
                self._of[change.segment] = known | change.people if change.entered else known - change.people


def public_ids(cursor: DuckDBPyConnection, people: BitMap) -> list[str]:
    """The public ids of a few people."""
    rows = cursor.execute("SELECT person_id FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))", [list(people)]).fetchall()
    return [person_id for (person_id,) in rows]


def changes_of_person(cursor: DuckDBPyConnection, person: int) -> list[tuple[str, dt.datetime, bool, str, int, int]]:
    """Every entering and leaving of one person: segment, instant (naive UTC), entered, cause, version, run."""
    return cursor.execute(_OF_PERSON, [person]).fetchall()


def changes_of_segment(
    cursor: DuckDBPyConnection, segment: str, limit: int, unsaid: Iterable[int] = ()
) -> list[tuple[dt.datetime, str, str, bool, str, int]]:
    """The latest changes of a segment but those by some of its versions: instant (naive UTC), label, public id, entered, cause, run."""
    return cursor.execute(_OF_SEGMENT, [segment, sorted(unsaid), limit]).fetchall()


def touched_since(cursor: DuckDBPyConnection, batch: int) -> BitMap:
    """The people about whom data came after a batch."""
    return people_of(cursor.execute(_TOUCHED, [batch]))
