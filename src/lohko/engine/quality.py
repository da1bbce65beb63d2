"""How good what is known of people is: counted attribute by attribute, for everyone or for those in the table `asked`.

Each figure comes with the money of the people whom it is about, so that what
matters most can be mended first. Times are naive UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.accounts import schema_of_accounts
from lohko.engine.sql import expression, render
from lohko.engine.tables import SQL_TYPES, cast, observed_table
from lohko.model.account import FROM_DEALS, FROM_PEOPLE
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Attribute, Schema

STALE_DAYS = 730
"""A value that no source has said again for so long is taken to be old."""
OWN = frozenset({"email", "phone"})
"""What only one person should have."""
OF_CONTACTS = frozenset({"company", "account", "job_title", "industry", "employees"})
"""What is known of people as contacts of a company: a consumer who has none lacks nothing."""
_COMPANY = ("company", "account")
_OPTIONAL = frozenset({"tags", "lists", "groups"})
"""Where having none is an answer."""
SAYING_NOTHING = (
    "-",
    "--",
    ".",
    "?",
    "x",
    "xx",
    "xxx",
    "n/a",
    "na",
    "none",
    "null",
    "nan",
    "test",
    "testi",
    "unknown",
    "tuntematon",
    "ei tiedossa",
    "anonymous",
)
"""Texts that people write where they know nothing."""


@dataclass(frozen=True)
class Touched:
    """People whom a figure is about, and what they bought for in the last year."""

    people: int
    revenue: Decimal


@dataclass(frozen=True)
class AttributeFigures:
    """An attribute among the people asked about. `compared` are those whom two sources tell it of."""

    people: int
    missing: Touched
    invalid: Touched
    shared: Touched
    compared: int
    disagreeing: Touched
    stale: Touched
    age_days: float | None
    expected: bool = True
    """Whether those who have none lack something: not so of tags, nor of the company where most people are consumers."""

    @property
    def filled(self) -> int:
        """The people who have a value."""
        return self.people - self.missing.people


_ASK = "CREATE OR REPLACE TEMP TABLE asked AS SELECT p.person FROM person AS p WHERE p.living"
_ASK_MEMBERS = (
    "CREATE OR REPLACE TEMP TABLE asked AS SELECT p.person FROM person AS p JOIN asked_keys AS k ON k.person = p.person WHERE p.living"
)
_OF_SOURCE = "DELETE FROM asked WHERE NOT person IN (SELECT person FROM node WHERE source = ?)"
_CONTACTS = "CREATE OR REPLACE TEMP TABLE asked_contacts AS SELECT person FROM asked WHERE false"
_ADD_CONTACTS = """
INSERT INTO asked_contacts SELECT q.person FROM asked AS q SEMI JOIN __table AS a ON a.person = q.person
AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP) ANTI JOIN asked_contacts AS c ON c.person = q.person
"""
_WORTH = "CREATE OR REPLACE TEMP TABLE worth (person INTEGER, revenue DECIMAL(38,4))"
_ADD_WORTH = """
INSERT INTO worth SELECT e.person, sum(CASE WHEN CAST(? AS BOOLEAN) THEN e.__total ELSE -e.__total END)
FROM __event AS e WHERE NOT e.person IS NULL AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) GROUP BY e.person
"""
_SUM_WORTH = "CREATE OR REPLACE TEMP TABLE worth AS SELECT person, sum(revenue) AS revenue FROM worth GROUP BY person"

_HELD = """
CREATE OR REPLACE TEMP TABLE held_now AS
SELECT person, said, valid, CAST(? AS BOOLEAN) AND count(*) OVER (PARTITION BY said) > 1 AS shared FROM (
    SELECT a.person, max(__said) AS said, bool_and(__valid) AS valid FROM __table AS a JOIN person AS p ON p.person = a.person AND p.living
    WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP) GROUP BY a.person
) AS h
"""
# What one source says, whether or not another's word counts for the person; what a record said first is assumed to have held before, as everywhere.
_HELD_BY_SOURCE = """
CREATE OR REPLACE TEMP TABLE held_now AS
SELECT person, said, valid, CAST(? AS BOOLEAN) AND count(*) OVER (PARTITION BY said) > 1 AS shared FROM (
    SELECT n.person, max(l.said) AS said, bool_and(l.valid) AS valid FROM (
        SELECT o.node, arg_max(__said, o.near) AS said, arg_max(__valid, o.near) AS valid FROM (
            SELECT *, CASE WHEN "at" < CAST(? AS TIMESTAMP) THEN epoch_us("at") ELSE -epoch_us("at") END AS near FROM __observed
            WHERE NOT value IS NULL
        ) AS o GROUP BY o.node
    ) AS l JOIN node AS n ON n.node = l.node AND n.source = ? JOIN person AS p ON p.person = n.person AND p.living GROUP BY n.person
) AS h
"""
_SEEN = """
CREATE OR REPLACE TEMP TABLE seen_by AS
SELECT n.person, count(DISTINCT n.source) AS sources, count(DISTINCT l.said) AS different, max(l."at") AS last_at FROM (
    SELECT o.node, arg_max(__said, o."at") AS said, max(o."at") AS "at" FROM __observed AS o
    WHERE NOT o.value IS NULL AND o."at" < CAST(? AS TIMESTAMP) GROUP BY o.node
) AS l JOIN node AS n ON n.node = l.node WHERE CAST(? AS VARCHAR) IS NULL OR n.source = ? GROUP BY n.person
"""
_FIGURES = """
SELECT count(*),
    count(*) FILTER (WHERE h.person IS NULL), coalesce(sum(w.revenue) FILTER (WHERE h.person IS NULL), 0),
    count(*) FILTER (WHERE NOT h.valid), coalesce(sum(w.revenue) FILTER (WHERE NOT h.valid), 0),
    count(*) FILTER (WHERE h.shared), coalesce(sum(w.revenue) FILTER (WHERE h.shared), 0),
    count(*) FILTER (WHERE s.sources > 1),
    count(*) FILTER (WHERE s.sources > 1 AND s.different > 1), coalesce(sum(w.revenue) FILTER (WHERE s.sources > 1 AND s.different > 1), 0),
    count(*) FILTER (WHERE NOT h.person IS NULL AND s.last_at < CAST(? AS TIMESTAMP)),
    coalesce(sum(w.revenue) FILTER (WHERE NOT h.person IS NULL AND s.last_at < CAST(? AS TIMESTAMP)), 0),
    median(epoch(CAST(? AS TIMESTAMP)) - epoch(s.last_at)) FILTER (WHERE NOT h.person IS NULL) / 86400
FROM __asked AS q LEFT JOIN held_now AS h ON h.person = q.person LEFT JOIN seen_by AS s ON s.person = q.person
LEFT JOIN worth AS w ON w.person = q.person
"""


def ask_about(
    cursor: DuckDBPyConnection, schema: Schema, at: dt.datetime, people: Iterable[int] | None = None, source: str | None = None
) -> int:
    """Fill the tables `asked` (everyone living, or these people; of one source when it is named), `asked_contacts` and `worth`.

    The answer is how many are asked about.
    """
    if people is None:
        cursor.execute(_ASK)
    else:
        cursor.register("asked_keys", {"person": np.fromiter(people, dtype=np.int32)})
        cursor.execute(_ASK_MEMBERS)
        cursor.unregister("asked_keys")
    if source is not None:
        cursor.execute(_OF_SOURCE, [source])
    cursor.execute(_CONTACTS)
    for name in _COMPANY:
        if name in schema.attributes:
            cursor.execute(render(_ADD_CONTACTS, {"__table": schema.attribute(name).table}), [at, at])
    cursor.execute(_WORTH)
    for name in (ORDER, REFUND):
        if name in schema.events:
            event = schema.event(name)
            sql = render(_ADD_WORTH, {"__event": event.table, "__total": event.property("total").column})
            cursor.execute(sql, [name == ORDER, at - dt.timedelta(days=365), at])
    cursor.execute(_SUM_WORTH)
    return int(cursor.execute("SELECT count(*) FROM asked").fetchall()[0][0])


def attribute_figures(
    cursor: DuckDBPyConnection, attribute: Attribute, at: dt.datetime, country: str, source: str | None = None
) -> AttributeFigures:
    """How an attribute stands at an instant among the people in `asked`, by all sources or by one.

    Where most of them are consumers, what is known of contacts is asked of those who have a company.
    """
    said = _said(attribute)
    names = {"__table": attribute.table, "__observed": observed_table(attribute)}
    held, of = (_HELD, at) if source is None else (_HELD_BY_SOURCE, source)
    cursor.execute(_placed(held, names, {"__said": said, "__valid": _valid(attribute, country, at)}), [attribute.name in OWN, at, of])
    cursor.execute(_placed(_SEEN, names, {"__said": said}), [at, source, source])
    old = at - dt.timedelta(days=STALE_DAYS)
    of_few = attribute.name in OF_CONTACTS and _mostly_consumers(cursor)
    figures = render(_FIGURES, {"__asked": "asked_contacts" if of_few else "asked"})
    row = cursor.execute(figures, [old, old, at]).fetchall()[0]
    return AttributeFigures(
        row[0],
        Touched(row[1], row[2]),
        Touched(row[3], row[4]),
        Touched(row[5], row[6]),
        row[7],
        Touched(row[8], row[9]),
        Touched(row[10], row[11]),
        None if row[12] is None else float(row[12]),
        expected=attribute.name not in _OPTIONAL and not (of_few and attribute.name in _COMPANY),
    )


_MOSTLY = "SELECT (SELECT count(*) FROM asked_contacts) * 2 < (SELECT count(*) FROM asked)"


def _mostly_consumers(cursor: DuckDBPyConnection) -> bool:
    return bool(cursor.execute(_MOSTLY).fetchall()[0][0])


_IS_TOLD = "SELECT count(*) > 0 FROM asked AS q SEMI JOIN __table AS a ON a.person = q.person"


def of_people(cursor: DuckDBPyConnection, schema: Schema, attributes: Iterable[Attribute]) -> list[Attribute]:
    """Those that are not of companies alone: what accounts have, or get by their deals and people, and none of those asked about has."""
    companies = schema_of_accounts(cursor, schema).attributes.keys() | FROM_DEALS.keys() | FROM_PEOPLE.keys()
    return [
        item
        for item in attributes
        if item.name not in companies or cursor.execute(render(_IS_TOLD, {"__table": item.table})).fetchall()[0][0]
    ]


def _placed(template: str, names: dict[str, str], nodes: dict[str, exp.Expr]) -> str:
    return expression(template, names, nodes).sql(dialect="duckdb")


def _said(attribute: Attribute) -> exp.Expr:
    """A value as one text, the same however it was spelt."""
    if attribute.type == "text":
        return expression("fold")
    if attribute.type == "text_set":
        return expression("array_to_string(list_sort(fold), chr(31))")
    return cast(exp.column("value"), SQL_TYPES[attribute.type], "VARCHAR")


_CHECKS = {
    "email": r"regexp_full_match(fold, '[^@\s]{1,64}@([^@\s.]+\.)+[^@\s.]{2,63}')",
    "phone": r"length(regexp_replace(value, '\D', '', 'g')) BETWEEN 7 AND 15",
    "birthday": "value BETWEEN DATE '1900-01-01' AND __today",
    "age": "value BETWEEN 0 AND 120",
}
_POSTCODES = {
    "FI": r"regexp_full_match(value, '\d{5}') OR NOT regexp_full_match(value, '[\d ]*')",
    "SE": r"regexp_full_match(value, '\d{3} ?\d{2}')",
}


def _valid(attribute: Attribute, country: str, at: dt.datetime) -> exp.Expr:
    """Whether a value can be one: by what is known of the field, and for any text that it is no word for nothing."""
    if attribute.type not in ("text", "integer", "date", "decimal", "money"):
        return exp.true()
    today = exp.cast(exp.Literal.string(at.date().isoformat()), "DATE")
    check = _CHECKS.get(attribute.name) if attribute.name != "postcode" else _POSTCODES.get(country)
    expected = {"email": "text", "phone": "text", "postcode": "text", "birthday": "date", "age": "integer"}.get(attribute.name)
    parts: list[exp.Expr] = [expression(check, nodes={"__today": today})] if check and expected == attribute.type else []
    if attribute.type == "text":
        words = exp.Array(expressions=[exp.Literal.string(word) for word in SAYING_NOTHING])
        parts.append(expression("NOT list_contains(__words, fold)", nodes={"__words": words}))
    return exp.and_(*[exp.paren(part) for part in parts]) if parts else exp.true()


# --- values far from all others ----------------------------------------------------------

_QUARTERS = """
SELECT quantile_cont(v, 0.25), quantile_cont(v, 0.75), min(v), count(*) FROM (SELECT CAST(__value AS DOUBLE) AS v FROM __table AS t JOIN asked AS q ON q.person = t.person WHERE NOT __value IS NULL)
"""
# Somebody may have several such values, and what they bought for counts once.
_BEYOND = """
SELECT coalesce(sum(far.n), 0), count(*), coalesce(sum(w.revenue), 0) FROM (
    SELECT t.person, count(*) AS n FROM __table AS t JOIN asked AS q ON q.person = t.person
    WHERE __value < CAST(? AS DOUBLE) OR __value > CAST(? AS DOUBLE) GROUP BY t.person
) AS far LEFT JOIN worth AS w ON w.person = far.person
"""


@dataclass(frozen=True)
class Outliers:
    """Values beyond two bounds: how many, of how many people, what those bought for."""

    low: float
    high: float
    values: int
    touched: Touched
    of: int


def outliers(cursor: DuckDBPyConnection, table: str, value: str) -> Outliers | None:
    """The values of a column that are far out: more than three times the middle half's width beyond it (J. W. Tukey, 1977).

    Of numbers above 0 their logarithms are judged, since sums of money are skewed. None when there are few, or half of them are equal.
    """
    low, high, least, many = cursor.execute(render(_QUARTERS, {"__table": table, "__value": value})).fetchall()[0]
    if many < 50 or low == high:
        return None
    if least > 0:
        a, b = np.log(low), np.log(high)
        bounds = float(np.exp(a - 3 * (b - a))), float(np.exp(b + 3 * (b - a)))
    else:
        bounds = low - 3 * (high - low), high + 3 * (high - low)
    values, people, revenue = cursor.execute(render(_BEYOND, {"__table": table, "__value": value}), list(bounds)).fetchall()[0]
    return Outliers(*bounds, int(values), Touched(people, revenue), many)


_TOUCHED = """
SELECT count(*), coalesce(sum(w.revenue), 0) FROM asked AS q LEFT JOIN worth AS w ON w.person = q.person
WHERE q.person IN (SELECT person FROM node WHERE source = ?)
"""


def touched_by_source(cursor: DuckDBPyConnection, source: str) -> Touched:
    """The people asked about whom a source knows."""
    return Touched(*cursor.execute(_TOUCHED, [source]).fetchall()[0])
