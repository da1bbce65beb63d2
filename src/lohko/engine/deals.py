"""Deals: what was said of each, kept as it came, becomes events of its account and, where the file tells, of a person.

`deal_row` holds every accepted row. From the rows of one deal, in the order in which they came, follow its events:
opened (once, at its own time), every later change of stage or value while it is open, and won or lost. They stand
in the tables of the event `deal`: that of accounts has every deal of an account, that of people those with a person.
What an account has of open, won and lost deals, and since when, follows from them (`model.account.FROM_DEALS`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine import accounts
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast
from lohko.model.account import DEAL, FROM_DEALS, name_and_domain
from lohko.model.schema import TEXTUAL, EventType, Schema

if TYPE_CHECKING:
    from lohko.engine.load import Batch, StagedColumn

_ROWS = """
INSERT INTO deal_row (deal_key, source, account_key, account, node, created, closed, said, digest, batch, record, __columns)
SELECT concat(CAST(? AS VARCHAR), chr(31), s.message_id), CAST(? AS VARCHAR), s.message_id, k.account, s.node, __created, __closed,
    coalesce(s."at", CAST(? AS TIMESTAMP)), s.digest, CAST(? AS INTEGER), s.record, __values
FROM staged AS s LEFT JOIN keyed AS k ON k.record = s.record
"""
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT concat(CAST(? AS VARCHAR), chr(31), message_id) AS deal_key FROM staged
"""
# An account or a person that a row does not name is the one that an earlier or later row of the deal names.
_SAID = """
CREATE OR REPLACE TEMP TABLE deal_said AS
SELECT d.* EXCLUDE (account, node),
    coalesce(d.account, max(d.account) OVER deal) AS account, coalesce(d.node, max(d.node) OVER deal) AS node,
    row_number() OVER said AS nth, lag(__status) OVER said AS status_before, lag(__stage) OVER said AS stage_before,
    lag(__value) OVER said AS value_before
FROM deal_row AS d WHERE d.deal_key IN (SELECT deal_key FROM touched)
WINDOW deal AS (PARTITION BY d.deal_key), said AS (PARTITION BY d.deal_key ORDER BY d.batch, d.record)
"""
_CHANGES = """
CREATE OR REPLACE TEMP TABLE deal_change AS
SELECT CASE WHEN __status IN ('won', 'lost') THEN coalesce(least(created, closed), said) ELSE coalesce(created, said) END AS "at", 0 AS step, * FROM deal_said WHERE nth = 1
UNION ALL
SELECT coalesce(closed, said), 1, * FROM deal_said WHERE __status IN ('won', 'lost') AND status_before IS DISTINCT FROM __status
UNION ALL
SELECT said, 1, * FROM deal_said WHERE nth > 1 AND __status NOT IN ('won', 'lost')
    AND (__status IS DISTINCT FROM status_before OR __stage IS DISTINCT FROM stage_before OR __value IS DISTINCT FROM value_before)
"""
_MOMENTS = """
CREATE OR REPLACE TEMP TABLE moment AS SELECT m."at", z.seconds FROM (SELECT DISTINCT "at" FROM deal_change) AS m
ASOF LEFT JOIN local_offset AS z ON m."at" >= z.from_utc
"""
# The accounts that the touched deals are of, and those that they were of until now.
_KEYED = """
CREATE OR REPLACE TEMP TABLE keyed AS
SELECT 0 AS record, account FROM deal_said WHERE NOT account IS NULL
UNION SELECT 0, person FROM __table WHERE order_key IN (SELECT deal_key FROM touched)
"""
_FORGET = "DELETE FROM __table WHERE order_key IN (SELECT deal_key FROM touched)"
_OF_PEOPLE = """
INSERT INTO __table (person, node, at, local_day, local_hour, batch, record, source, order_key, __columns)
SELECT n.person, c.node, c."at", CAST(c."at" + to_seconds(z.seconds) AS DATE), hour(c."at" + to_seconds(z.seconds)), c.batch, c.record,
    c.source, c.deal_key, __values
FROM deal_change AS c JOIN node AS n ON n.node = c.node LEFT JOIN moment AS z ON z."at" = c."at"
"""
_OF_ACCOUNTS = """
INSERT INTO __table (person, at, local_day, local_hour, batch, record, source, order_key, __columns)
SELECT c.account, c."at", CAST(c."at" + to_seconds(z.seconds) AS DATE), hour(c."at" + to_seconds(z.seconds)), c.batch, c.record,
    c.source, c.deal_key, __values
FROM deal_change AS c LEFT JOIN moment AS z ON z."at" = c."at" WHERE NOT c.account IS NULL
"""
_ACCOUNT_EVENTS = """CREATE TABLE IF NOT EXISTS __table (person INTEGER, node INTEGER, "at" TIMESTAMP, local_day DATE, local_hour TINYINT,
    batch INTEGER, record BIGINT, source VARCHAR, message_id VARCHAR, digest VARCHAR, order_key VARCHAR)"""
# What each change adds to the figures of the deal's account and takes from those of the account that had it; their sums up to an instant are what it has from then on.
_FIGURES = """
CREATE OR REPLACE TEMP TABLE deal_figure AS
WITH step AS (
    SELECT person AS account, "at", __status AS status, coalesce(__value, 0) AS value, batch, lag(person) OVER deal AS account_before,
        lag(__status) OVER deal AS before, coalesce(lag(__value) OVER deal, 0) AS value_before
    FROM __table WHERE order_key IN (SELECT order_key FROM __table WHERE person IN (SELECT account FROM keyed))
    WINDOW deal AS (PARTITION BY order_key ORDER BY "at", CASE WHEN __status = 'open' THEN 0 ELSE 1 END, batch, record)
), part AS (
    SELECT account, "at", batch, status, value, 1 AS sign FROM step
    UNION ALL SELECT account_before, "at", batch, before, value_before, -1 FROM step WHERE NOT account_before IS NULL
), delta AS (
    SELECT account, "at", max(batch) AS batch,
        sum(CASE WHEN status = 'open' THEN sign ELSE 0 END) AS open_deals,
        sum(CASE WHEN status = 'open' THEN sign * value ELSE 0 END) AS open_deal_value,
        sum(CASE WHEN status = 'won' THEN sign ELSE 0 END) AS won_deals,
        sum(CASE WHEN status = 'won' THEN sign * value ELSE 0 END) AS won_value,
        sum(CASE WHEN status = 'lost' THEN sign ELSE 0 END) AS lost_deals,
        sum(CASE WHEN status = 'lost' THEN sign * value ELSE 0 END) AS lost_value,
        max(CASE WHEN sign = 1 THEN "at" END) AS moved
    FROM part WHERE account IN (SELECT account FROM keyed) GROUP BY account, "at"
)
SELECT account, "at", lead("at", 1, TIMESTAMP '9999-12-31 00:00:00') OVER past AS until, batch,
    sum(open_deals) OVER past AS open_deals, sum(open_deals) OVER past > 0 AS open_deal, sum(open_deal_value) OVER past AS open_deal_value,
    sum(won_deals) OVER past AS won_deals, sum(won_value) OVER past AS won_value, sum(lost_deals) OVER past AS lost_deals, sum(lost_value) OVER past AS lost_value,
    max(moved) OVER past AS last_deal
FROM delta WINDOW past AS (PARTITION BY account ORDER BY "at")
"""
_HOLD = """
INSERT INTO __table (person, value, valid_from, valid_to, assumed, batch)
WITH change AS (
    SELECT account, __figure AS value, "at", batch, lag(__figure) OVER (PARTITION BY account ORDER BY "at") AS before FROM deal_figure
    QUALIFY before IS NULL OR before <> __figure
)
SELECT h.* FROM (
    SELECT account, __value, "at", lead("at", 1, TIMESTAMP '9999-12-31 00:00:00') OVER (PARTITION BY account ORDER BY "at") AS until, false AS assumed, batch
    FROM change
) AS h WHERE NOT h.held IS NULL
"""
_SUMMED = {"open_deal": "BOOLEAN", "last_deal": "TIMESTAMP"}


def load_deals(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    """Rows about deals: their accounts are found or made, and the deals' events made again."""
    given = {item.name: item for item in batch.columns if item.role == "property"}
    keys = {item.name: item for item in batch.columns if item.role == "deal"}
    event = schema.event(DEAL)
    _find_accounts(cursor, batch, keys)
    values = _values(given, event)
    received = batch.received_at.astimezone(dt.UTC).replace(tzinfo=None)
    cursor.execute(
        render(
            _ROWS,
            lists={
                "__columns": [column(name) for name in values],
                "__values": list(values.values()),
                "__created": [_time(keys.get("created"))],
                "__closed": [_time(keys.get("closed"))],
            },
        ),
        [batch.source, batch.source, received, batch.number],
    )
    cursor.execute(_TOUCHED, [batch.source])
    derive_deals(cursor, schema)


def derive_deals(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Make the events of the deals in `touched`, and the figures of their accounts, again."""
    event = schema.event(DEAL)
    names = {f"__{name}": event.property(name).column for name in ("status", "stage", "value")}
    for template in (_SAID, _CHANGES):
        cursor.execute(render(template, names))
    cursor.execute(_MOMENTS)
    table = accounts.table_of(event.table)
    _shape_events(cursor, table, event)
    values = _changed(event)
    lists = {"__columns": [column(name) for name in values], "__values": list(values.values())}
    cursor.execute(render(_KEYED, {"__table": table}))
    for name, template in ((event.table, _OF_PEOPLE), (table, _OF_ACCOUNTS)):
        cursor.execute(render(_FORGET, {"__table": name}))
        cursor.execute(render(template, {"__table": name}, lists))
    _derive_figures(cursor, schema, table, names)


def _derive_figures(cursor: DuckDBPyConnection, schema: Schema, table: str, names: Mapping[str, str]) -> None:
    cursor.execute(render(_FIGURES, {"__table": table, "__status": names["__status"], "__value": names["__value"]}))
    for name in FROM_DEALS:
        attribute = schema.attribute(name)
        accounts.shape_attribute(cursor, attribute)
        held = accounts.table_of(attribute.table)
        cursor.execute(render("DELETE FROM __t WHERE person IN (SELECT account FROM keyed)", {"__t": held}))
        summed = _SUMMED.get(name, "DECIMAL(38,4)")
        value = cast(column("value"), summed, SQL_TYPES[attribute.type])
        if attribute.type == "money":  # a sum that no money holds is not known
            value = exp.TryCast(this=column("value"), to=exp.DataType.build(SQL_TYPES["money"], "duckdb"))
        cursor.execute(render(_HOLD, {"__table": held, "__figure": name}, {"__value": [value.as_("held")]}))


def _find_accounts(cursor: DuckDBPyConnection, batch: Batch, keys: Mapping[str, StagedColumn]) -> None:
    """Which account each row is about; a company that no list has named yet becomes an account."""
    made = accounts.register(cursor)
    picked = [accounts.text_of(keys.get(name)).as_(f"v{place}", quoted=True) for place, name in enumerate(("account_id", "company"))]
    rows = cursor.execute(render("SELECT record, __picked FROM staged ORDER BY record", lists={"__picked": picked})).fetchall()
    found = []
    for record, number, text in rows:
        name, domain = name_and_domain(text)
        found.append((record, made.account(batch.source, number, name, domain=domain) if number or name else None))
    accounts.keep(cursor, made, batch.number)
    accounts.key_rows(cursor, found)


def _time(item: StagedColumn | None) -> exp.Expr:
    return exp.cast(exp.Null(), "TIMESTAMP") if item is None else exp.cast(column(item.column, "s"), "TIMESTAMP")


def _values(given: Mapping[str, StagedColumn], event: EventType) -> dict[str, exp.Expr]:
    values: dict[str, exp.Expr] = {}
    for item in given.values():
        target = event.property(item.name)
        values[target.column] = cast(column(item.column, "s"), item.sql_type, SQL_TYPES[target.type])
        if target.type in TEXTUAL:
            own = item.type in TEXTUAL
            said = column(item.fold_column, "s") if own else exp.func("lower", cast(column(item.column, "s"), item.sql_type, "VARCHAR"))
            values[target.fold_column] = cast(said, "VARCHAR", SQL_TYPES[target.type])
    number, status = event.property("deal_id"), event.property("status")
    values |= {number.column: column("message_id", "s"), number.fold_column: exp.func("lower", column("message_id", "s"))}
    values[status.column] = _status(given)
    values[status.fold_column] = values[status.column].copy()
    return values


_WON = ("won", "closed won", "closedwon", "voitettu", "suljettu voitettu", "voitettu kauppa", "voitto", "kauppa")
_LOST = (
    "lost", "closed lost", "closedlost", "deleted", "hävitty", "suljettu hävitty", "hävitty kauppa", "hävitetty", "menetetty", "hylätty", "poistettu",
)  # fmt: skip
# Without the pipeline that some tools write behind it, as in `Closed Won (Sales Pipeline)`, and without what stands between words.
_PLAIN = r"trim(regexp_replace(regexp_replace(__s, '\s*\([^()]*\)\s*$', ''), '[-–—,:_ ]+', ' ', 'g'))"


def _status(given: Mapping[str, StagedColumn]) -> exp.Expr:
    """Whether a deal is open, won or lost: by its status, else by the name of its stage."""
    named = [given[name].fold_column for name in ("status", "stage") if name in given and given[name].type in TEXTUAL]
    said = [expression(_PLAIN, nodes={"__s": column(name, "s")}) for name in named]
    case = exp.Case()
    for words, name in ((_WON, "won"), (_LOST, "lost")):
        listed = exp.Array(expressions=[exp.Literal.string(word) for word in words])
        told = [expression("coalesce(list_contains(__l, __s), false)", nodes={"__l": listed, "__s": one}) for one in said]
        if told:
            case = case.when(exp.or_(*told), exp.Literal.string(name))
    return case.else_(exp.Literal.string("open")) if said else exp.Literal.string("open")


def _changed(event: EventType) -> dict[str, exp.Expr]:
    """The properties of a change. A deal that is first seen when it is over was open before, at a stage that nobody has told."""
    values: dict[str, exp.Expr] = {}
    for item in event.properties.values():
        for name in (item.column, item.fold_column) if item.type in TEXTUAL else (item.column,):
            values[name] = column(name, "c")
    over = expression("c.step = 0 AND __status IN ('won', 'lost')", {"__status": event.property("status").column})
    for name, then in (("status", "'open'"), ("stage", "NULL"), ("lost_reason", "NULL")):
        found = event.property(name)
        for place in (found.column, found.fold_column):
            values[place] = expression(f"CASE WHEN __over THEN {then} ELSE __own END", nodes={"__over": over, "__own": column(place, "c")})
    return values


def _shape_events(cursor: DuckDBPyConnection, table: str, event: EventType) -> None:
    """Make the table of accounts' deals, with the columns that the one of people has."""
    cursor.execute(render(_ACCOUNT_EVENTS, {"__table": table}))
    accounts.follow_events(cursor, event)
