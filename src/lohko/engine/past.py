"""Days filled in for the time before a segment was refreshed: who entered and left, day by day, by its present rule.

They are written beside the ledger, one Parquet file a segment, and loaded into the
same table with run 0 and the cause `reconstructed`. A change is dated at the instant at
which the day's state was asked: the midnight with which the day ends. Whoever is in when the first
day begins enters then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.base.times import naive
from lohko.engine.membership import LOAD
from lohko.engine.store import whole

CAUSE = "reconstructed"


@dataclass(frozen=True)
class PastChange:
    """People who entered, or left, at one instant."""

    at: dt.datetime
    entered: bool
    people: BitMap


_WRITE = """
SELECT CAST(md5(concat_ws(chr(31), 'past', $segment, p.person_id, c.entered, c."at")) AS UUID) AS change_id, CAST(0 AS INTEGER) AS run,
    CAST($segment AS VARCHAR) AS segment, CAST($version AS INTEGER) AS version, p.person_id, c.entered, c."at", 'reconstructed' AS cause
FROM change AS c JOIN person AS p ON p.person = c.person ORDER BY c."at", p.person_id
"""
_FORGET = (
    "DELETE FROM membership_change WHERE segment = ? AND cause = 'reconstructed'",
    "UPDATE membership_change SET cause = 'first' WHERE segment = ? AND cause = 'known'",
    "DELETE FROM loaded_past WHERE segment = ?",
)
_KNOWN = """
UPDATE membership_change SET cause = 'known' WHERE segment = $segment AND cause = 'first' AND person IN (
    SELECT person FROM membership_change WHERE segment = $segment AND cause = 'reconstructed' GROUP BY person HAVING arg_max(entered, "at"))
"""


def write_past(cursor: DuckDBPyConnection, segment: str, version: int, changes: Sequence[PastChange], path: Path) -> int:
    """Write a segment's filled-in changes as Parquet, in an order that does not depend on keys; how many there are."""
    sizes = [len(change.people) for change in changes]
    if not sum(sizes):
        return 0
    columns: dict[str, Any] = {
        "person": np.concatenate([np.asarray(change.people, dtype=np.int32) for change in changes]),
        "entered": np.repeat(np.array([change.entered for change in changes]), sizes),
        "at": np.repeat(np.array([naive(change.at) for change in changes], dtype="datetime64[us]"), sizes),
    }
    cursor.register("change", columns)
    try:
        cursor.sql(_WRITE, params={"segment": segment, "version": version}).write_parquet(str(path), compression="zstd")
    finally:
        cursor.unregister("change")
    return sum(sizes)


def load_past(connection: DuckDBPyConnection, segment: str, sha256: str, path: Path | None) -> None:
    """Bring a segment's filled-in days in instead of those that were there, all or nothing; without changes there is no file."""
    _in_one(connection, segment, sha256, path)


def forget_past(connection: DuckDBPyConnection, segment: str) -> None:
    """Take a segment's filled-in days out again."""
    _in_one(connection, segment, None, None)


def _in_one(connection: DuckDBPyConnection, segment: str, sha256: str | None, path: Path | None) -> None:
    with whole(connection) as cursor:
        for statement in _FORGET:
            cursor.execute(statement, [segment])
        if path is not None:
            cursor.execute(LOAD, [str(path)])
            cursor.execute(_KNOWN, {"segment": segment})
        if sha256 is not None:
            cursor.execute("INSERT INTO loaded_past VALUES (?, ?)", [segment, sha256])


def loaded_pasts(connection: DuckDBPyConnection) -> dict[str, str]:
    """The segments whose filled-in days the store holds, with the checksums of their files."""
    return dict(connection.cursor().execute("SELECT segment, sha256 FROM loaded_past").fetchall())
