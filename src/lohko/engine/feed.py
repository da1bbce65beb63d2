"""The changes of all segments in the order in which they are published: a page of them after a position.

A position says behind which change one stands: its run, its person's key and its
segment. All three are the same after a crash, a rebuild and a roll-up, and a
position stays good when the change itself is gone since its person was erased. Runs
follow each other, so the changes of one person are in the order in which they happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

_LAST_KEY = 2**31 - 1


@dataclass(frozen=True, order=True)
class Position:
    """Everything up to it has been seen."""

    run: int = 0
    person: int = _LAST_KEY
    segment: str = ""

    def __str__(self) -> str:
        return f"{self.run}.{self.person}.{self.segment}"

    @staticmethod
    def read(text: str) -> Position | None:
        """What `str` wrote; None when it is none.

        >>> Position.read("12.7.vip"), Position.read("x")
        (Position(run=12, person=7, segment='vip'), None)
        """
        run, _, rest = text.partition(".")
        person, dot, segment = rest.partition(".")
        if not (
            dot and run.isascii() and run.isdecimal() and person.isascii() and person.isdecimal() and len(run) < 10 and len(person) < 11
        ):
            return None
        return Position(int(run), min(int(person), _LAST_KEY), segment)


@dataclass(frozen=True)
class Published:
    """One change as it is published; `id` is the ledger's own, derived from run, segment, person and direction."""

    id: str
    position: Position
    person_id: str
    label: str | None
    version: int
    entered: bool
    at: dt.datetime
    cause: str


_AFTER = (
    "c.run >= $run AND (c.run > $run OR c.person > $person OR (c.person = $person AND c.segment > $segment)) AND c.cause <> 'reconstructed'"
)
_PAGE = f"""
SELECT CAST(CAST(md5(concat_ws(chr(31), c.run, c.segment, p.person_id, CASE WHEN c.entered THEN 'entered' ELSE 'left' END)) AS UUID) AS VARCHAR),
    c.run, c.person, c.segment, p.person_id, p.label, c.version, c.entered, c."at", CASE WHEN c.cause = 'known' THEN 'first' ELSE c.cause END
FROM membership_change AS c JOIN person AS p ON p.person = c.person
WHERE {_AFTER} AND c."at" >= CAST($since AS TIMESTAMP)
    AND (CAST($only AS VARCHAR) IS NULL OR c.segment = CAST($only AS VARCHAR)) AND NOT list_contains(CAST($without AS VARCHAR[]), c.segment)
ORDER BY c.run, c.person, c.segment LIMIT CAST($limit AS BIGINT)
"""  # noqa: S608 - the two parts are constants of this file
_OLDER = f"""SELECT 1 FROM membership_change AS c WHERE {_AFTER} AND c."at" < CAST($since AS TIMESTAMP) LIMIT 1"""  # noqa: S608


def page(
    cursor: DuckDBPyConnection, after: Position, since: dt.datetime, limit: int, *, only: str | None = None, without: Collection[str] = ()
) -> list[Published]:
    """The next changes after a position, about instants from `since` on (naive UTC): of one segment, or of all but some."""
    rows = cursor.execute(_PAGE, _place(after, since) | {"only": only, "without": sorted(without), "limit": limit}).fetchall()
    return [Published(row[0], Position(*row[1:4]), *row[4:]) for row in rows]


def is_older(cursor: DuckDBPyConnection, after: Position, since: dt.datetime) -> bool:
    """Whether changes after a position are about instants before `since`: whoever goes on there has missed them."""
    return bool(cursor.execute(_OLDER, _place(after, since)).fetchall())


def end(cursor: DuckDBPyConnection) -> Position:
    """Behind the last change that there is."""
    ((last,),) = cursor.execute("SELECT coalesce(max(run), 0) FROM loaded_run").fetchall()
    return Position(last)


def _place(after: Position, since: dt.datetime) -> dict[str, Any]:
    return {"run": after.run, "person": after.person, "segment": after.segment, "since": since}
