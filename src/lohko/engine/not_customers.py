"""People who are known but are no customers: staff, test orders, resellers. They are set aside, and so do not live.

The list is kept in the log as decisions; a rule on it holds for whoever it fits now
and for whoever comes later. A person is set aside when any of their records is. What
sets people aside for other reasons adds its own rows to `set_aside` and calls `settle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render
from lohko.engine.tables import observed_table
from lohko.model.schema import Schema

if TYPE_CHECKING:
    from lohko.engine.load import Batch

WHY = "not a customer"

_TAKE = """
INSERT INTO not_customer
SELECT kind, value, source, arg_max(reason, place), CAST(? AS INTEGER) FROM staged WHERE adds
GROUP BY kind, value, source
"""
_FORGET = """
DELETE FROM not_customer WHERE EXISTS
    (SELECT 1 FROM staged AS s WHERE s.kind = not_customer.kind AND s.value = not_customer.value AND s.source = not_customer.source)
"""

# Every address that a record is known by, as its fold.
_ADDRESSES = "CREATE OR REPLACE TEMP TABLE address AS SELECT node, source, value AS said FROM node WHERE kind = 'email'"
_SEEN = """
INSERT INTO address SELECT DISTINCT n.node, n.source, o.fold FROM __observed AS o JOIN node AS n ON n.node = o.node WHERE NOT o.fold IS NULL
"""
_SEEN_SETS = "INSERT INTO address SELECT DISTINCT n.node, n.source, unnest(o.fold) FROM __observed AS o JOIN node AS n ON n.node = o.node"
_MATCHED = """
CREATE OR REPLACE TEMP TABLE matched AS
WITH address AS (SELECT node, source, said, split_part(said, '@', 2) AS host FROM temp.address)
SELECT n.node, r.kind, r.value, r.source, r.reason FROM node AS n JOIN not_customer AS r
    ON r.kind = 'customer' AND n.kind <> 'email' AND r.value = n.value AND (r.source = '' OR r.source = n.source)
UNION SELECT a.node, r.kind, r.value, r.source, r.reason FROM address AS a JOIN not_customer AS r
    ON r.kind = 'email' AND r.value = a.said AND (r.source = '' OR r.source = a.source)
UNION SELECT a.node, r.kind, r.value, r.source, r.reason FROM address AS a JOIN not_customer AS r
    ON r.kind = 'domain' AND (r.value = a.host OR ends_with(a.host, concat('.', r.value))) AND (r.source = '' OR r.source = a.source)
"""
_BEFORE = "CREATE OR REPLACE TEMP TABLE aside_before AS SELECT DISTINCT node FROM set_aside WHERE why = ?"
_CLEAR = "DELETE FROM set_aside WHERE why = ?"
_SET = "INSERT INTO set_aside SELECT node, CAST(? AS VARCHAR), min(reason) FROM matched GROUP BY node"
_MOVED = """
CREATE OR REPLACE TEMP TABLE aside_moved AS SELECT DISTINCT n.person FROM node AS n WHERE n.node IN (
    (SELECT node FROM matched EXCEPT SELECT node FROM aside_before) UNION (SELECT node FROM aside_before EXCEPT SELECT node FROM matched)
)
"""
_LISTED = """
SELECT r.kind, r.value, nullif(r.source, ''), r.reason, count(DISTINCT n.person)
FROM not_customer AS r LEFT JOIN matched AS m ON m.kind = r.kind AND m.value = r.value AND m.source = r.source
LEFT JOIN node AS n ON n.node = m.node GROUP BY r.kind, r.value, r.source, r.reason ORDER BY r.reason, r.kind, r.value, r.source
"""
_BY_REASON = """
SELECT reason, count(*) FROM (
    SELECT n.person, min(a.reason) AS reason FROM set_aside AS a JOIN node AS n ON n.node = a.node WHERE a.why = ? GROUP BY n.person
) AS p GROUP BY reason ORDER BY reason
"""
_TOLD = "INSERT INTO batch_person SELECT CAST(? AS INTEGER), person FROM aside_moved"
_LIVES_NOT = """
UPDATE person SET living = false WHERE living AND person IN (SELECT person FROM node WHERE node IN (SELECT node FROM set_aside))
"""
_LIVES_AGAIN = """
UPDATE person SET living = true WHERE NOT living AND person IN (SELECT person FROM aside_moved)
    AND NOT person IN (SELECT person FROM node WHERE node IN (SELECT node FROM set_aside))
"""


def load_not_customers(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    """Take rules into the list or out of it; whom they fit is found by `settle`."""
    cursor.execute(_FORGET)
    cursor.execute(_TAKE, [batch.number])


def settle(cursor: DuckDBPyConnection, batch: int, schema: Schema) -> None:
    """Set aside whom the list fits with the data of this batch; nobody else, and nothing is asked while there is no list."""
    if not cursor.execute("SELECT 1 FROM not_customer UNION ALL SELECT 1 FROM set_aside LIMIT 1").fetchall():
        return
    match(cursor, schema)
    cursor.execute(_BEFORE, [WHY])
    cursor.execute(_CLEAR, [WHY])
    cursor.execute(_SET, [WHY])
    cursor.execute(_MOVED)
    cursor.execute(_TOLD, [batch])
    cursor.execute(_LIVES_AGAIN)
    cursor.execute(_LIVES_NOT)


def match(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Fill the temporary table `matched`: which records each rule of `not_customer` fits."""
    cursor.execute(_ADDRESSES)
    email = schema.attributes.get("email")
    if email is not None:
        cursor.execute(render(_SEEN_SETS if email.type == "text_set" else _SEEN, {"__observed": observed_table(email)}))
    cursor.execute(_MATCHED)


def listed(cursor: DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rules on the list, each with how many people it sets aside. Needs `matched`."""
    keys = ("kind", "value", "source", "reason", "people")
    return [dict(zip(keys, row, strict=True)) for row in cursor.execute(_LISTED).fetchall()]


def set_aside(cursor: DuckDBPyConnection) -> dict[str, int]:
    """How many people the list sets aside, by reason; a person with several is counted at the first of them."""
    return dict(cursor.execute(_BY_REASON, [WHY]).fetchall())
