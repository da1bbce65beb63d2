"""How an attribute lies among people, or a property among events, and how two attributes lie beside each other.

People are those in the temporary table `member` (`figures.take_members`). A `Cut`
says how values become parts: numbers and days by edges, texts by the commonest.
Each value stands in one part; a person with a set of texts stands in several.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.times import local_day, midnight, naive
from lohko.engine.sql import render
from lohko.maths.bins import Step, day_edges, number_edges
from lohko.maths.few import FEW
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Attribute, EventType, Property

OTHER = 0
"""The part of values that have none of their own: those below the first edge, texts that are not among the commonest."""

_OF_PEOPLE = """
CREATE OR REPLACE TEMP TABLE __side AS SELECT m.person, a.value AS value, a.__fold AS fold, CASE WHEN NOT a.assumed THEN a.valid_from END AS "at" FROM __table AS a JOIN member AS m ON m.person = a.person
WHERE NOT a.value IS NULL AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
_SET_OF_PEOPLE = """
CREATE OR REPLACE TEMP TABLE __side AS SELECT DISTINCT ON (person, fold) person, value, fold, "at" FROM (
    SELECT m.person, unnest(a.value) AS value, unnest(a.fold) AS fold, CASE WHEN NOT a.assumed THEN a.valid_from END AS "at" FROM __table AS a JOIN member AS m ON m.person = a.person
    WHERE NOT a.value IS NULL AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)) AS u
"""
_OF_TRAIT = """
CREATE OR REPLACE TEMP TABLE __side AS SELECT m.person, t.__value AS value, CAST(t.__value AS VARCHAR) AS fold, CAST(? AS TIMESTAMP) AS "at"
FROM trait_rfm AS t JOIN member AS m ON m.person = t.person WHERE NOT t.__value IS NULL
"""
_OF_EVENTS = """
CREATE OR REPLACE TEMP TABLE __side AS SELECT e.person, e.__value AS value, e.__fold AS fold, e."at" AS "at"
FROM __table AS e JOIN member AS m ON m.person = e.person WHERE NOT e.__value IS NULL AND e."at" < CAST(? AS TIMESTAMP)
"""
_SETS_OF_EVENTS = """
CREATE OR REPLACE TEMP TABLE __side AS SELECT e.person, unnest(e.__value) AS value, unnest(e.__fold) AS fold, e."at" AS "at"
FROM __table AS e JOIN member AS m ON m.person = e.person WHERE NOT e.__value IS NULL AND e."at" < CAST(? AS TIMESTAMP)
"""
_TEXTS = """
SELECT CAST(fold AS VARCHAR), min(CAST(value AS VARCHAR)), count(DISTINCT person), count(*) FROM __side GROUP BY 1 HAVING count(DISTINCT person) >= CAST(? AS BIGINT)
ORDER BY 3 DESC, 1 LIMIT CAST(? AS BIGINT)
"""
_NUMBER_RANGE = """
SELECT CAST(quantile_disc(value, 0.01) AS DECIMAL(38,10)), CAST(quantile_disc(value, 0.99) AS DECIMAL(38,10)) FROM __side
"""
_DAY_RANGE = """
SELECT CAST(quantile_disc(value, 0.01) AS TIMESTAMP), CAST(quantile_disc(value, 0.99) AS TIMESTAMP) FROM __side
"""
_MIDDLE = "SELECT CAST(quantile_disc(value, 0.25) AS DOUBLE), CAST(quantile_disc(value, 0.5) AS DOUBLE), CAST(quantile_disc(value, 0.75) AS DOUBLE) FROM __side"
_BY_NUMBERS = """
CREATE OR REPLACE TEMP TABLE __parts AS SELECT DISTINCT person,
    len(list_filter(CAST(? AS DECIMAL(38,10)[]), lambda x: x <= CAST(value AS DECIMAL(38,10)))) AS part FROM __side
"""
_BY_TIMES = """
CREATE OR REPLACE TEMP TABLE __parts AS SELECT DISTINCT person,
    len(list_filter(CAST(? AS TIMESTAMP[]), lambda x: x <= CAST(value AS TIMESTAMP))) AS part FROM __side
"""
_BY_TEXTS = """
CREATE OR REPLACE TEMP TABLE __parts AS SELECT DISTINCT person,
    coalesce(list_position(CAST(? AS VARCHAR[]), CAST(fold AS VARCHAR)), 0) AS part FROM __side
"""
_ROWS_BY_NUMBERS = (
    "SELECT len(list_filter(CAST(? AS DECIMAL(38,10)[]), lambda x: x <= CAST(value AS DECIMAL(38,10)))), count(*) FROM __side GROUP BY 1"
)
_ROWS_BY_TIMES = "SELECT len(list_filter(CAST(? AS TIMESTAMP[]), lambda x: x <= CAST(value AS TIMESTAMP))), count(*) FROM __side GROUP BY 1"
_COUNTS = "SELECT part, count(*) FROM __parts GROUP BY part"
_KNOWN = "SELECT count(DISTINCT person) FROM __side"
_CROSSED = """
SELECT a.part, b.part, count(*) FROM __rows AS a JOIN __columns AS b ON b.person = a.person GROUP BY 1, 2
"""
_ROWS = "SELECT a.part, count(*) FROM __rows AS a WHERE a.person IN (SELECT person FROM __columns) GROUP BY 1"


@dataclass(frozen=True)
class Cut:
    """How the values of an attribute become parts 1 .. n, and part 0 for the rest.

    kind     number: part n is from edge n up to edge n + 1, part 0 below the first; day: likewise, of calendar steps; text: the
             commonest values, part 0 all others
    edges    of numbers
    days     first days of the steps
    step     of which calendar step
    texts    folds and how they are written
    """

    kind: Literal["number", "day", "text"]
    edges: tuple[Decimal, ...] = ()
    days: tuple[dt.date, ...] = ()
    step: Step = "month"
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def parts(self) -> int:
        """How many parts there are besides part 0."""
        return len(self.edges or self.days or self.texts)


def take_values(cursor: DuckDBPyConnection, attribute: Attribute, as_of: dt.datetime, side: str) -> None:
    """Make the temporary table `side(person, value, fold, at)` of what the members' attribute was at an instant; a trait needs `trait_rfm`.

    `at` is since when, where that is known.
    """
    if attribute.trait:
        cursor.execute(render(_OF_TRAIT, {"__side": side, "__value": attribute.name}), [naive(as_of)])
        return
    template = _SET_OF_PEOPLE if attribute.type == "text_set" else _OF_PEOPLE
    fold = "fold" if attribute.type in TEXTUAL else "value"
    cursor.execute(render(template, {"__side": side, "__table": attribute.table, "__fold": fold}), [naive(as_of), naive(as_of)])


def take_events(cursor: DuckDBPyConnection, event: EventType, item: Property, as_of: dt.datetime, side: str) -> None:
    """Make the same table of what the members' events before an instant carry: a row for each event, of a set of texts for each of them."""
    template = _SETS_OF_EVENTS if item.type == "text_set" else _OF_EVENTS
    names = {"__table": event.table, "__value": item.column, "__fold": item.fold_column if item.type in TEXTUAL else item.column}
    cursor.execute(render(template, {**names, "__side": side}), [naive(as_of)])


def commonest(cursor: DuckDBPyConnection, side: str, least: int, most: int) -> list[tuple[str, str, int, int]]:
    """The values that at least so many people have, the commonest first: fold, as written, people, rows."""
    return cursor.execute(render(_TEXTS, {"__side": side}), [least, most]).fetchall()


def cut(cursor: DuckDBPyConnection, attribute: Attribute | Property, zone: ZoneInfo, side: str, most: int) -> Cut:
    """Parts that suit the values in `side`: round edges between the first and the last hundredth, or the commonest texts of at least FEW people."""
    if attribute.type in NUMERIC:
        low, high = cursor.execute(render(_NUMBER_RANGE, {"__side": side})).fetchall()[0]
        edges = () if low is None else number_edges(low, high, whole=attribute.type == "integer", most=most)
        return Cut("number", edges=tuple(edges))
    if attribute.type in TEMPORAL:
        first, last = cursor.execute(render(_DAY_RANGE, {"__side": side})).fetchall()[0]
        if first is None:
            return Cut("day")
        step, days = day_edges(_day(first, attribute, zone), _day(last, attribute, zone), most)
        return Cut("day", days=tuple(days), step=step)
    return Cut("text", texts=tuple((fold, text) for fold, text, _, _ in commonest(cursor, side, FEW, most)))


def _day(instant: dt.datetime, attribute: Attribute | Property, zone: ZoneInfo) -> dt.date:
    return instant.date() if attribute.type == "date" else local_day(instant.replace(tzinfo=dt.UTC), zone)


def take_parts(cursor: DuckDBPyConnection, attribute: Attribute, zone: ZoneInfo, found: Cut, side: str) -> str:
    """Make the temporary table `<side>_parts(person, part)`, and say its name."""
    names = {"__side": side, "__parts": f"{side}_parts"}
    if found.kind == "number":
        cursor.execute(render(_BY_NUMBERS, names), [list(found.edges)])
    elif found.kind == "day":
        cursor.execute(render(_BY_TIMES, names), [_starts(attribute, zone, found)])
    else:
        cursor.execute(render(_BY_TEXTS, names), [[fold for fold, _ in found.texts]])
    return names["__parts"]


def _starts(attribute: Attribute | Property, zone: ZoneInfo, found: Cut) -> list[dt.datetime]:
    return [dt.datetime.combine(day, dt.time()) if attribute.type == "date" else naive(midnight(day, zone)) for day in found.days]


def rows_of(cursor: DuckDBPyConnection, attribute: Attribute | Property, zone: ZoneInfo, found: Cut, side: str) -> dict[int, int]:
    """How many rows of numbers or days stand in each part: of events more than people."""
    if found.kind == "number":
        return dict(cursor.execute(render(_ROWS_BY_NUMBERS, {"__side": side}), [list(found.edges)]).fetchall())
    return dict(cursor.execute(render(_ROWS_BY_TIMES, {"__side": side}), [_starts(attribute, zone, found)]).fetchall())


def counts(cursor: DuckDBPyConnection, parts: str) -> dict[int, int]:
    """How many people stand in each part."""
    return dict(cursor.execute(render(_COUNTS, {"__parts": parts})).fetchall())


def known(cursor: DuckDBPyConnection, side: str) -> int:
    """How many people have a value."""
    return int(cursor.execute(render(_KNOWN, {"__side": side})).fetchall()[0][0])


def quarters(cursor: DuckDBPyConnection, side: str) -> tuple[float, float, float]:
    """The values below which a quarter, a half and three quarters lie; of numbers only, and when there are any."""
    low, middle, high = cursor.execute(render(_MIDDLE, {"__side": side})).fetchall()[0]
    return float(low), float(middle), float(high)


def crossed(cursor: DuckDBPyConnection, rows: str, columns: str) -> tuple[dict[tuple[int, int], int], dict[int, int], dict[int, int]]:
    """Of those in both tables of parts: how many in each row and column, in each row, and in each column."""
    names = {"__rows": rows, "__columns": columns}
    cells = {(row, column): n for row, column, n in cursor.execute(render(_CROSSED, names)).fetchall()}
    sums = [
        dict(cursor.execute(render(_ROWS, {"__rows": one, "__columns": other})).fetchall())
        for one, other in ((rows, columns), (columns, rows))
    ]
    return cells, sums[0], sums[1]
