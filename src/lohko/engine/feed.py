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

from lohko.engine.membership import latest_loaded

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
            dot
            and segment.isprintable()
            and run.isascii()
            and run.isdecimal()
            and person.isascii()
            and person.isdecimal()
            and len(run) < 10
            and len(person) < 11
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
_OF = """(CAST($only AS VARCHAR) IS NULL OR c.segment = CAST($only AS VARCHAR))
    AND NOT list_contains(CAST($without AS VARCHAR[]), c.segment) AND NOT list_contains(CAST($unsaid AS VARCHAR[]), c.segment || ' ' || c.version)"""
_PAGE = f"""
WITH restricted AS (SELECT DISTINCT person FROM flagged WHERE flag = 'restricted')
SELECT CAST(CAST(md5(concat_ws(chr(31), c.run, c.segment, p.person_id, CASE WHEN c.entered THEN 'entered' ELSE 'left' END)) AS UUID) AS VARCHAR),
    c.run, c.person, c.segment, p.person_id, CASE WHEN r.person IS NULL THEN p.label END, c.version, c.entered, c."at", CASE WHEN c.cause = 'known' THEN 'first' ELSE c.cause END
FROM membership_change AS c JOIN person AS p ON p.person = c.person LEFT JOIN restricted AS r ON r.person = c.person
WHERE {_AFTER} AND {_OF} AND c."at" >= CAST($since AS TIMESTAMP) AND (r.person IS NULL OR NOT c.entered)
ORDER BY c.run, c.person, c.segment LIMIT CAST($limit AS BIGINT)
"""  # noqa: S608 - the two parts are constants of this file
_OLDER = f"""SELECT 1 FROM membership_change AS c WHERE {_AFTER} AND {_OF} AND c."at" < CAST($since AS TIMESTAMP) LIMIT 1"""  # noqa: S608


@dataclass(frozen=True)
class Of:
    """Of what is told: of one segment, or of all but some, and not of some versions of segments.

    Of somebody whose processing is restricted only that they left is told, and without their label.
    """

    only: str | None = None
    without: Collection[str] = ()
    unsaid: Collection[tuple[str, int]] = ()

    def bound(self) -> dict[str, Any]:
        """As the queries take it."""
        return {"only": self.only, "without": sorted(self.without), "unsaid": sorted(f"{name} {version}" for name, version in self.unsaid)}


def page(cursor: DuckDBPyConnection, after: Position, since: dt.datetime, limit: int, of: Of) -> list[Published]:
    """The next changes after a position, about instants from `since` on (naive UTC)."""
    rows = cursor.execute(_PAGE, _place(after, since) | of.bound() | {"limit": limit}).fetchall()
    return [Published(row[0], Position(*row[1:4]), *row[4:]) for row in rows]


def is_older(cursor: DuckDBPyConnection, after: Position, since: dt.datetime, of: Of) -> bool:
    """Whether changes after a position are about instants before `since`: whoever goes on there has missed them."""
    return bool(cursor.execute(_OLDER, _place(after, since) | of.bound()).fetchall())


def end(cursor: DuckDBPyConnection) -> Position:
    """Behind the last change that there is."""
    return Position(latest_loaded(cursor))


def _place(after: Position, since: dt.datetime) -> dict[str, Any]:
    return {"run": after.run, "person": after.person, "segment": after.segment, "since": since}
