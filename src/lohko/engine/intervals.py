"""From what was seen of an attribute to the intervals of each person's value.

Two values of one instant are settled by the greater one, so the order of arrival does not matter.

A person may have several records (nodes), each with its own values. Then at every
instant one of them is the person's: by the attribute's rule of survivorship, where
a value that is only assumed never wins over a known one. As long as nobody was ever merged, nothing of this is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import expression, query, render

_ANY_LINK = "SELECT 1 FROM link LIMIT 1"
_HOW_MANY = "SELECT count(*) FROM __touched"
_FORGET = "DELETE FROM __table WHERE node IN (SELECT node FROM __touched)"
# To plan a statement takes longer than to read a few people's rows, so whether there is anything to do is asked of many attributes at once.
_MADE = "SELECT nth FROM __each AS e"
_MADE_ONE = "SELECT __nth AS nth FROM __table WHERE node IN (SELECT node FROM __touched) LIMIT 1"

# Who is touched: with each record those that are one person with it.
_WHOLE = """
CREATE OR REPLACE TEMP TABLE whole AS
SELECT node, person FROM node WHERE person IN (SELECT person FROM node WHERE node IN (SELECT node FROM __touched))
"""
# Who of them said something of an attribute (by its place), in how many rows, and whether another record of the person did too.
# Of most attributes nobody did, and of most others one record of each person: so that is asked of many attributes at once.
_SAYING = """
CREATE OR REPLACE TEMP TABLE saying AS
SELECT s.nth, s.node, count(*) AS times, count(*) OVER (PARTITION BY s.nth, w.person) > 1 AS many
FROM __each AS s JOIN whole AS w ON w.node = s.node GROUP BY s.nth, s.node, w.person
"""
_SAID = "SELECT __nth AS nth, node FROM __table"
_HOW = "SELECT nth, many, max(times) = 1 FROM saying GROUP BY nth, many ORDER BY nth, many"
_ALONE = "CREATE OR REPLACE TEMP VIEW alone AS SELECT node FROM saying WHERE nth = __nth AND NOT many"
_MANY = "CREATE OR REPLACE TEMP VIEW many AS SELECT node FROM saying WHERE nth = __nth AND many"
# Most records of a first import said one thing once, which needs no ordering.
_ONCE = """
SELECT nth, count(*) = count(DISTINCT node) FROM __each AS s WHERE node IN (SELECT node FROM __touched) GROUP BY nth ORDER BY nth
"""
_AT_ONCE, _MOST_AT_ONCE = 1_000_000, 100
"""Of so many attributes times records, and so many attributes, it is asked at once: what is held stays small, and the text short."""

# A view, so that whoever reads it reads no more of it than needed.
_LINE = """
CREATE OR REPLACE TEMP VIEW line AS
WITH seen AS (
    SELECT node, value, fold, at, timeless, batch FROM __observed
    WHERE node IN (SELECT node FROM __touched)
    QUALIFY row_number() OVER (PARTITION BY node, at ORDER BY value IS NULL, value DESC, batch) = 1
), assumed AS (
    SELECT node, value, fold, TIMESTAMP '0001-01-01 00:00:00' AS at, batch FROM seen
    WHERE timeless AND value IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY node ORDER BY "at") = 1
)
SELECT node, value, fold, at, batch, false AS assumed FROM seen
UNION ALL SELECT node, value, fold, at, batch, true FROM assumed
"""

_INTERVALS = """
INSERT INTO __table (person, node, value, fold, valid_from, valid_to, assumed, source, batch)
WITH change AS (
    SELECT *, lag(value) OVER past AS value_before, lag(assumed) OVER past AS assumed_before FROM line
    WINDOW past AS (PARTITION BY node ORDER BY "at")
    QUALIFY assumed_before IS NULL OR value IS DISTINCT FROM value_before OR assumed <> assumed_before
), span AS (
    SELECT *, lead("at", 1, TIMESTAMP '9999-12-31 00:00:00') OVER (PARTITION BY node ORDER BY "at") AS valid_to FROM change
)
SELECT n.person, s.node, s.value, s.fold, s.at, s.valid_to, s.assumed, n.source, s.batch
FROM span AS s JOIN node AS n ON n.node = s.node WHERE s.value IS NOT NULL
"""

# What was said once holds ever since, and is assumed of before where it has no time.
_AS_SEEN = """
INSERT INTO __table (person, node, value, fold, valid_from, valid_to, assumed, source, batch)
WITH seen AS (
    SELECT n.person, n.source, o.* FROM __observed AS o JOIN node AS n ON n.node = o.node
    WHERE o.node IN (SELECT node FROM __touched) AND o.value IS NOT NULL
)
SELECT person, node, value, fold, at, TIMESTAMP '9999-12-31 00:00:00', false, source, batch FROM seen
UNION ALL
SELECT person, node, value, fold, TIMESTAMP '0001-01-01 00:00:00', at, true, source, batch FROM seen WHERE timeless
"""

# Every observation with the time until its record's next one: a value said again is as recent as its last saying.
_HELD = """
CREATE OR REPLACE TEMP TABLE held AS
WITH span AS (
    SELECT *, lead("at", 1, TIMESTAMP '9999-12-31 00:00:00') OVER (PARTITION BY node ORDER BY "at") AS until FROM line
)
SELECT n.person, s.node, s.value, s.fold, s."at", s.until, s.assumed, n.source, s.batch,
    CASE WHEN r.rule = 'source priority' THEN coalesce(list_position(r.sources, n.source), 1000000) ELSE 0 END AS place,
    CASE WHEN r.rule = 'most complete' THEN length(CAST(s.value AS VARCHAR)) ELSE 0 END AS size
FROM span AS s JOIN node AS n ON n.node = s.node
LEFT JOIN survivorship AS r ON r.attribute = CAST(? AS VARCHAR)
WHERE s.value IS NOT NULL
"""

# Of the values of one instant the first one in this order: known ones, by the rule, the latest said, the greater.
_RANKED = """
CREATE OR REPLACE TEMP TABLE ranked_held AS
WITH edge AS (
    SELECT person, "at" FROM held UNION SELECT person, until FROM held
), slot AS (
    SELECT person, "at" AS start, lead("at") OVER (PARTITION BY person ORDER BY "at") AS until FROM edge
)
SELECT h.person, h.node, h.value, h.fold, h.assumed, h.source, h.batch, h."at", s.start, s.until, row_number() OVER (
    PARTITION BY s.person, s.start
    ORDER BY h.assumed, h.place, h.size DESC, CASE WHEN h.assumed THEN h.until END, h."at" DESC, h.value DESC, h.node
) AS rank
FROM slot AS s JOIN held AS h ON h.person = s.person AND h."at" <= s.start AND h.until >= s.until
"""

_SURVIVING = """
INSERT INTO __table (person, node, value, fold, valid_from, valid_to, assumed, source, batch)
WITH turn AS (
    SELECT *, CASE WHEN value IS DISTINCT FROM lag(value) OVER past OR assumed IS DISTINCT FROM lag(assumed) OVER past
        OR start IS DISTINCT FROM lag(until) OVER past THEN 1 ELSE 0 END AS turns
    FROM ranked_held WHERE rank = 1 WINDOW past AS (PARTITION BY person ORDER BY start)
), numbered AS (
    SELECT *, sum(turns) OVER (PARTITION BY person ORDER BY start) AS nth FROM turn
)
SELECT person, arg_min(node, start), arg_min(value, start), arg_min(fold, start), min(start), max(until), any_value(assumed),
    arg_min(source, start), arg_min(batch, start)
FROM numbered GROUP BY person, nth
"""


def make_intervals(cursor: DuckDBPyConnection, attributes: Iterable[tuple[str, str]], touched: str) -> None:
    """Make the intervals of the people of the nodes in `touched` again, of each attribute by its table of what was seen and its own."""
    every = list(attributes)
    linked = bool(cursor.execute(_ANY_LINK).fetchall())
    if linked:
        cursor.execute(render(_WHOLE, {"__touched": touched}))
        touched = "whole"
    ((records,),) = cursor.execute(render(_HOW_MANY, {"__touched": touched})).fetchall()
    size = min(max(_AT_ONCE // max(records, 1), 1), _MOST_AT_ONCE)
    for first in range(0, len(every), size):
        some = every[first : first + size]
        tables = tuple(table for _, table in some)
        for (nth,) in cursor.execute(_together(_MADE, _MADE_ONE, tables, touched)).fetchall():
            cursor.execute(render(_FORGET, {"__table": tables[nth], "__touched": touched}))
        (_of_people if linked else _of_records)(cursor, some, touched)


def _of_records(cursor: DuckDBPyConnection, attributes: list[tuple[str, str]], touched: str) -> None:
    """Make the intervals of records each of which is a person."""
    for nth, once in cursor.execute(_together(_ONCE, _SAID, tuple(observed for observed, _ in attributes), touched)).fetchall():
        observed, table = attributes[nth]
        _of_each(cursor, {"__observed": observed, "__table": table, "__touched": touched}, once)


def _of_people(cursor: DuckDBPyConnection, attributes: list[tuple[str, str]], touched: str) -> None:
    """Make the intervals of the people in `whole`, some of whom may have several records."""
    cursor.execute(_together(_SAYING, _SAID, tuple(observed for observed, _ in attributes), touched))
    for nth, many, once in cursor.execute(_HOW).fetchall():
        observed, table = attributes[nth]
        cursor.execute(_numbered(_MANY if many else _ALONE, nth))
        if many:
            rank_held(cursor, observed, table, "many")
            cursor.execute(render(_SURVIVING, {"__table": table}))
        else:
            _of_each(cursor, {"__observed": observed, "__table": table, "__touched": "alone"}, once)


@lru_cache(maxsize=1024)
def _together(template: str, of_each: str, tables: tuple[str, ...], touched: str) -> str:
    """A query about many tables: what it asks of each of them, with its place, one below the other."""
    each: list[exp.Query] = [
        query(of_each, {"__table": table, "__touched": touched}, {"__nth": exp.Literal.number(nth)}) for nth, table in enumerate(tables)
    ]
    limited = [item.subquery() if item.args.get("limit") else item for item in each]  # else the limit would be of them all
    below = exp.union(*limited, distinct=False) if len(limited) > 1 else each[0]
    return expression(template, {"__touched": touched}, {"__each": below}).sql("duckdb")


@lru_cache(maxsize=1024)
def _numbered(template: str, nth: int) -> str:
    return expression(template, nodes={"__nth": exp.Literal.number(nth)}).sql("duckdb")


def _of_each(cursor: DuckDBPyConnection, names: dict[str, str], once: bool) -> None:
    if once:
        cursor.execute(render(_AS_SEEN, names))
        return
    cursor.execute(render(_LINE, names))
    cursor.execute(render(_INTERVALS, names))


def rank_held(cursor: DuckDBPyConnection, observed: str, table: str, nodes: str) -> None:
    """Fill the temporary table `ranked_held`: what the records in `nodes` said, for each stretch of time the person's own value first."""
    cursor.execute(render(_LINE, {"__observed": observed, "__touched": nodes}))
    cursor.execute(_HELD, [table])
    cursor.execute(_RANKED)
