"""Finding a customer: by what means exactly one, by parts of names, and by names that are only alike; and what is open of a customer's matters.

Alike is Jaro-Winkler's similarity of DuckDB, word by word, so that letters
that changed places or are missing do not matter much. Of the living, as known at an instant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base import contacts
from lohko.base.text import fold
from lohko.engine.sql import expression, query, render
from lohko.model.schema import TEXTUAL, Attribute, EventType, Schema

if TYPE_CHECKING:
    from pyroaring import BitMap

NUMBERS = ("order_id", "booking_id", "ticket_id", "lead_id", "deal_id", "response_id")
"""Properties of events by which a customer is found: what they have at hand when they ask."""
ALIKE = 0.87
"""From this similarity on, a word may be meant: one letter of seven that is another, or two that changed places."""
_CLOSED = "^(solved|closed|resolved|done|completed|cancelled|canceled|ratkais|sulje|valmis|peru)"

_BY_NUMBER = """
SELECT DISTINCT p.person FROM node AS n JOIN person AS p ON p.person = n.person AND p.living LEFT JOIN person AS o ON o.person = n.own
WHERE n.value = $text OR p.person_id = $text OR p.label = $text OR o.person_id = $text
"""
_BY_TEXT = """
SELECT DISTINCT a.person FROM __attribute AS a JOIN person AS p ON p.person = a.person AND p.living
WHERE a.__fold = ? AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
_IN_SETS = """
SELECT DISTINCT a.person FROM __attribute AS a JOIN person AS p ON p.person = a.person AND p.living
WHERE list_contains(a.fold, ?) AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
_BY_EVENT = """
SELECT DISTINCT e.person FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.__fold IN (SELECT unnest(CAST(? AS VARCHAR[]))) AND e."at" < CAST(? AS TIMESTAMP)
"""
_AMONG = "CREATE OR REPLACE TEMP TABLE among AS SELECT person FROM among_keys"
_NEAR = "CREATE OR REPLACE TEMP TABLE near (person INTEGER, word INTEGER, alike DOUBLE)"
_ALIKE = """
INSERT INTO near WITH told AS (SELECT DISTINCT fold FROM __attribute WHERE NOT fold IS NULL),
near AS (
    SELECT fold, list_max(list_transform(string_split(fold, ' '), lambda part: jaro_winkler_similarity(part, CAST($word AS VARCHAR)))) AS alike FROM told
)
SELECT a.person, CAST($place AS INTEGER), max(n.alike)
FROM __attribute AS a JOIN near AS n ON n.fold = a.fold JOIN person AS p ON p.person = a.person AND p.living
WHERE n.alike >= CAST($least AS DOUBLE) AND a.valid_from < CAST($now AS TIMESTAMP) AND a.valid_to >= CAST($now AS TIMESTAMP) GROUP BY a.person
"""
_WHOLE = """
CREATE OR REPLACE TEMP TABLE alike AS
SELECT person, round(sum(alike) / CAST($words AS INTEGER), 4) AS alike
FROM (SELECT person, word, max(alike) AS alike FROM near GROUP BY person, word) AS best GROUP BY person HAVING count(*) = CAST($words AS INTEGER)
"""
_LIKEST = "SELECT person, alike, count(*) OVER () FROM alike ORDER BY alike DESC, person LIMIT CAST(? AS BIGINT)"
_LIKEST_AMONG = """
SELECT a.person FROM among AS a LEFT JOIN alike AS w ON w.person = a.person ORDER BY coalesce(w.alike, 0) DESC, a.person LIMIT CAST(? AS BIGINT)
"""
_OPEN = """
SELECT e.person, e."at", __id, __subject, __status, __priority FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e."at" < CAST($now AS TIMESTAMP) AND __solved IS NULL AND NOT coalesce(regexp_matches(__folded, CAST($closed AS VARCHAR)), false)
    AND ($person IS NULL OR e.person = CAST($person AS INTEGER)) ORDER BY e."at", e.person LIMIT CAST($most AS BIGINT)
"""
_HOW_MANY_OPEN = """
SELECT count(*) FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e."at" < CAST($now AS TIMESTAMP) AND __solved IS NULL AND NOT coalesce(regexp_matches(__folded, CAST($closed AS VARCHAR)), false)
"""


def exactly(cursor: DuckDBPyConnection, schema: Schema, text: str, now: dt.datetime, country: str) -> dict[int, str]:
    """The people whom an identifier means, each with what it is of them: `number`, `email`, `phone` or the name of an event's number."""
    wanted, found = text.strip(), dict[int, str]()
    for how, people in (
        ("number", cursor.execute(_BY_NUMBER, {"text": wanted}).fetchall()),
        ("email", _having(cursor, schema, "email", contacts.email(wanted) if "@" in wanted else None, now)),
        ("phone", _having(cursor, schema, "phone", contacts.phone(wanted, country), now)),
        *((name, _of_events(cursor, schema, name, wanted, now)) for name in NUMBERS),
    ):
        for (person,) in people:
            found.setdefault(person, how)
    return found


def _having(cursor: DuckDBPyConnection, schema: Schema, name: str, text: str | None, now: dt.datetime) -> Sequence[tuple[int]]:
    attribute = schema.attributes.get(name)
    if text is None or attribute is None or attribute.type not in TEXTUAL:
        return ()
    sql = (
        render(_IN_SETS, {"__attribute": attribute.table})
        if attribute.type == "text_set"
        else render(_BY_TEXT, {"__attribute": attribute.table, "__fold": "fold"})
    )
    return cursor.execute(sql, [fold(text), now, now]).fetchall()


def _of_events(cursor: DuckDBPyConnection, schema: Schema, name: str, text: str, now: dt.datetime) -> list[tuple[int]]:
    """Whose events have that number; an order's may be said with or without its `#`."""
    said, found = fold(text), list[tuple[int]]()
    for event in schema.events.values():
        item = event.properties.get(name)
        if item is not None and item.type == "text":
            sql = render(_BY_EVENT, {"__event": event.table, "__fold": item.fold_column})
            found += cursor.execute(sql, [[said, f"#{said}", said.removeprefix("#")], now]).fetchall()
    return found


def alike(
    cursor: DuckDBPyConnection, attributes: Iterable[Attribute], words: Sequence[str], now: dt.datetime, most: int
) -> tuple[list[tuple[int, float]], int]:
    """The people of whom every word is like a word of theirs, the likest first, each with how alike (1 is the same); and how many there are in all."""
    _take_alike(cursor, attributes, words, now)
    rows = cursor.execute(_LIKEST, [most]).fetchall()
    return [(person, how) for person, how, _ in rows], rows[0][2] if rows else 0


def likest(
    cursor: DuckDBPyConnection, people: BitMap, attributes: Iterable[Attribute], words: Sequence[str], now: dt.datetime, most: int
) -> list[int]:
    """The first of some people: those whose words are most like these, then by key."""
    _take_alike(cursor, attributes, words, now)
    cursor.register("among_keys", {"person": np.array(people.to_array(), dtype=np.int32)})
    cursor.execute(_AMONG)
    cursor.unregister("among_keys")
    return [person for (person,) in cursor.execute(_LIKEST_AMONG, [most]).fetchall()]


def _take_alike(cursor: DuckDBPyConnection, attributes: Iterable[Attribute], words: Sequence[str], now: dt.datetime) -> None:
    """Make the temporary table `alike`: of whom every word is like a word of theirs, and how much."""
    cursor.execute(_NEAR)
    for attribute in attributes:
        if attribute.type == "text":
            sql = render(_ALIKE, {"__attribute": attribute.table})
            for place, word in enumerate(words):
                cursor.execute(sql, {"word": word, "place": place, "least": ALIKE, "now": now})
    cursor.execute(_WHOLE, {"words": len(words)})


# --- open matters ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Matter:
    """Something a customer waits for an answer to: a support ticket that is not solved."""

    person: int
    at: dt.datetime
    number: str | None
    subject: str | None
    status: str | None
    priority: str | None


def open_matters(cursor: DuckDBPyConnection, ticket: EventType, now: dt.datetime, most: int, person: int | None = None) -> list[Matter]:
    """Tickets that are not solved, those who wait longest first; of one person, or of all."""
    sql = _of_ticket(_OPEN, ticket)
    return [Matter(*row) for row in cursor.execute(sql, {"now": now, "closed": _CLOSED, "person": person, "most": most}).fetchall()]


def how_many_open(cursor: DuckDBPyConnection, ticket: EventType, now: dt.datetime) -> int:
    """How many tickets are not solved."""
    return int(cursor.execute(_of_ticket(_HOW_MANY_OPEN, ticket), {"now": now, "closed": _CLOSED}).fetchall()[0][0])


def _of_ticket(template: str, ticket: EventType) -> str:
    """A ticket list need not say all of this."""
    places: dict[str, exp.Expr] = {}
    for place, name, folded in (
        ("__id", "ticket_id", False),
        ("__subject", "subject", False),
        ("__status", "status", False),
        ("__folded", "status", True),
        ("__priority", "priority", False),
        ("__solved", "solved_at", False),
    ):
        item = ticket.properties.get(name)
        kind = "TIMESTAMP" if name == "solved_at" else "VARCHAR"
        if item is None or (folded and item.type != "text"):
            made = expression(f"CAST(NULL AS {kind})")
        else:
            made = expression(f"CAST(e.__own AS {kind})", {"__own": item.fold_column if folded else item.column})
        places[place] = made
    return query(template, {"__event": ticket.table}, places).sql(dialect="duckdb")
