"""Ways that people take from one kind of event to the next.

A person's events of the chosen kinds stand in the order of their time, those of one
instant by the kind's name; the same kind again at once is one step. The way begins
at the first step of the kind asked for, else at the first of all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from lohko.base.times import naive
from lohko.engine.sql import render
from lohko.model.schema import EventType

_ALIVE = "CREATE OR REPLACE TEMP TABLE explore_alive (person INTEGER)"
_LIVES = """
INSERT INTO explore_alive SELECT DISTINCT e.person FROM __table AS e JOIN member AS m ON m.person = e.person
WHERE e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
"""
_STEPS = 'CREATE OR REPLACE TEMP TABLE explore_step (person INTEGER, "at" TIMESTAMP, kind VARCHAR)'
_TAKE = """
INSERT INTO explore_step SELECT e.person, e."at", CAST(? AS VARCHAR) FROM __table AS e JOIN member AS m ON m.person = e.person
WHERE e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
"""
_LINKS = """
WITH turned AS (
    SELECT person, "at", kind, lag(kind) OVER own AS before FROM explore_step
    WINDOW own AS (PARTITION BY person ORDER BY "at", kind)
), steps AS (
    SELECT person, "at", kind, row_number() OVER own AS n FROM turned WHERE before IS NULL OR before <> kind
    WINDOW own AS (PARTITION BY person ORDER BY "at", kind)
), begun AS (
    SELECT person, min(n) AS first FROM steps WHERE $start IS NULL OR kind = $start GROUP BY person
), ways AS (
    SELECT s.person, s.kind, s.n - b.first AS place, lead(s.kind) OVER (PARTITION BY s.person ORDER BY s.n) AS next
    FROM steps AS s JOIN begun AS b ON b.person = s.person WHERE s.n >= b.first
)
SELECT place, kind, next, next IS NULL AND person IN (SELECT person FROM explore_alive) AS open, count(*) FROM ways WHERE place < CAST($depth AS BIGINT) GROUP BY ALL
"""


@dataclass(frozen=True)
class Link:
    """How many go from a kind of event at a place on their way to the next; None for those who have done nothing after it.

    `open` are those among the last who have done anything of late, of whatever kind: it is too soon to say that they have left.
    """

    place: int
    kind: str
    next: str | None
    open: bool
    people: int


def links(
    cursor: DuckDBPyConnection,
    events: Sequence[EventType],
    every: Iterable[EventType],
    *,
    start: str | None,
    depth: int,
    since: dt.datetime,
    quiet: dt.datetime,
    until: dt.datetime,
) -> list[Link]:
    """The first `depth` steps of the members' ways, of events in `[since, until)`; who did something after `quiet`, of `every` kind that there is, has not left."""
    cursor.execute(_STEPS)
    for event in events:
        cursor.execute(render(_TAKE, {"__table": event.table}), [event.name, naive(since), naive(until)])
    cursor.execute(_ALIVE)
    for event in every:
        cursor.execute(render(_LIVES, {"__table": event.table}), [naive(quiet), naive(until)])
    rows = cursor.execute(_LINKS, {"start": start, "depth": depth}).fetchall()
    return [Link(*row) for row in rows]
