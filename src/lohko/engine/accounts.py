"""Accounts in the analytical store: a list of companies becomes accounts, their names and their attributes with a past.

Accounts have keys of their own (1, 2 ... in the order in which the log first names them) and tables of
their own, shaped like those of people: `account_a7_industry` beside `a7_industry`, `account_e3_deal` beside
`e3_deal`. So the engine that asks people asks accounts too, by another schema (`schema_of_accounts`), and
nothing that reads the tables of people ever meets a company.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.business_id import business_id
from lohko.base.text import fold
from lohko.engine.listed import KNOWN_ROWS
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast, retype
from lohko.model.account import Borne, borne, domain_of
from lohko.model.schema import TEXTUAL, Attribute, EventType, Schema

if TYPE_CHECKING:
    from lohko.engine.load import Batch, StagedColumn

_OBSERVED = """CREATE TABLE IF NOT EXISTS __table (account INTEGER, value VARCHAR, fold VARCHAR, "at" TIMESTAMP,
    timeless BOOLEAN, batch INTEGER)"""
_INTERVALS = """CREATE TABLE IF NOT EXISTS __table (person INTEGER, node INTEGER, value VARCHAR, fold VARCHAR,
    valid_from TIMESTAMP, valid_to TIMESTAMP, assumed BOOLEAN, source VARCHAR, batch INTEGER)"""
_SEE = """
INSERT INTO __observed SELECT DISTINCT k.account, __value, __fold, coalesce(s."at", CAST(? AS TIMESTAMP)), s."at" IS NULL, CAST(? AS INTEGER)
FROM staged AS s JOIN keyed AS k ON k.record = s.record
"""
_DROP_BLANKS = """
DELETE FROM __observed WHERE batch = CAST(? AS INTEGER) AND value IS NULL
    AND account NOT IN (SELECT account FROM __observed WHERE value IS NOT NULL AND batch <> CAST(? AS INTEGER))
"""
_FORGET = "DELETE FROM __table WHERE person IN (SELECT account FROM keyed)"
# The same road from what was seen to intervals as for people (intervals.py), without nodes and survivorship.
_HOLD = """
INSERT INTO __table (person, value, fold, valid_from, valid_to, assumed, batch)
WITH seen AS (
    SELECT account, value, fold, "at", timeless, batch FROM __observed WHERE account IN (SELECT account FROM keyed)
    QUALIFY row_number() OVER (PARTITION BY account, "at" ORDER BY value IS NULL, batch DESC, value DESC) = 1
), line AS (
    SELECT account, value, fold, "at", batch, false AS assumed FROM seen
    UNION ALL
    SELECT account, value, fold, TIMESTAMP '0001-01-01 00:00:00', batch, true FROM seen WHERE timeless AND value IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY account ORDER BY "at") = 1
), change AS (
    SELECT *, lag(value) OVER past AS value_before, lag(assumed) OVER past AS assumed_before FROM line
    WINDOW past AS (PARTITION BY account ORDER BY "at")
    QUALIFY assumed_before IS NULL OR value IS DISTINCT FROM value_before OR assumed <> assumed_before
), span AS (
    SELECT *, lead("at", 1, TIMESTAMP '9999-12-31 00:00:00') OVER (PARTITION BY account ORDER BY "at") AS valid_to FROM change
)
SELECT account, value, fold, "at", valid_to, assumed, batch FROM span WHERE value IS NOT NULL
"""


def judge_rows(cursor: DuckDBPyConnection, rows: str, key: str, source: str) -> None:
    """Which rows of the temporary table `incoming` say something new of what they are about, in the temporary table `verdict`."""
    cursor.execute(render(KNOWN_ROWS, {"__table": rows, "__key": key}), [source])


# --- the schema of accounts


def table_of(table: str) -> str:
    """Where accounts have what people have in a table."""
    return f"account_{table}"


def schema_of_accounts(cursor: DuckDBPyConnection, schema: Schema) -> Schema:
    """What can be asked of accounts: the attributes and events that there are tables of, under the same names."""
    found = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'account_')").fetchall()
    return of_accounts({name for (name,) in found}, schema)


def of_accounts(have: Collection[str], schema: Schema) -> Schema:
    """The same, where it is known which tables there are."""
    attributes = {
        name: replace(item, table=table_of(item.table))
        for name, item in schema.attributes.items()
        if not item.trait and table_of(item.table) in have
    }
    events = {name: replace(item, table=table_of(item.table)) for name, item in schema.events.items() if table_of(item.table) in have}
    return Schema(attributes, events)


def shape_attribute(cursor: DuckDBPyConnection, attribute: Attribute) -> None:
    """Make the tables of an attribute of accounts, or bring them to the type that the attribute has by now."""
    wished = SQL_TYPES[attribute.type]
    table = table_of(attribute.table)
    observed = f"account_o_{attribute.table}"
    found = cursor.execute(
        "SELECT data_type FROM duckdb_columns() WHERE table_name = ? AND column_name = 'value' AND NOT internal", [observed]
    ).fetchall()
    if found and found[0][0] == wished:
        return
    before = found[0][0] if found else None
    if before is not None and attribute.type != "text_set":
        for name in (observed, table):  # in place: the intervals of figures of deals are made of nothing that was observed
            retype(cursor, name, "value", before, wished)
            if attribute.type == "text":
                cursor.execute(render("UPDATE __table SET fold = lower(value)", {"__table": name}))
        return
    if before is not None:
        cursor.execute(render("CREATE OR REPLACE TEMP TABLE seen_so_far AS SELECT * FROM __t", {"__t": observed}))
        for name in (observed, table):
            cursor.execute(render("DROP TABLE __t", {"__t": name}))
    folds = "VARCHAR[]" if attribute.type == "text_set" else "VARCHAR"
    for name, template in ((observed, _OBSERVED), (table, _INTERVALS)):
        tree = expression(template, {"__table": name})
        for item in tree.find_all(exp.ColumnDef):
            if item.name in ("value", "fold"):
                item.set("kind", exp.DataType.build(wished if item.name == "value" else folds, "duckdb"))
        cursor.execute(tree.sql("duckdb"))
    if before is not None:
        value = cast(column("value"), before, wished)
        again = {"__value": [value], "__fold": [_fold(value, attribute)]}
        cursor.execute(
            render('INSERT INTO __o SELECT account, __value, __fold, "at", timeless, batch FROM seen_so_far', {"__o": observed}, again)
        )
        cursor.execute("CREATE OR REPLACE TEMP TABLE keyed AS SELECT 0 AS record, account FROM account")
        cursor.execute(render(_HOLD, {"__observed": observed, "__table": table}))


def _fold(value: exp.Expr, attribute: Attribute) -> exp.Expr:
    """The fold of a value that was no text until now: its letters are plain ones."""
    if attribute.type == "text_set":
        return expression("list_transform(__v, lambda x: lower(x))", nodes={"__v": value})
    return exp.func("lower", value.copy()) if attribute.type == "text" else exp.cast(exp.Null(), "VARCHAR")


def follow_schema(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Bring what accounts have to the types and columns that it has by now."""
    own = schema_of_accounts(cursor, schema)
    for item in own.attributes.values():
        shape_attribute(cursor, replace(item, table=item.table.removeprefix("account_")))
    for name in own.events:
        follow_events(cursor, schema.event(name))


_COLUMNS = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND NOT internal ORDER BY column_index"


def follow_events(cursor: DuckDBPyConnection, event: EventType) -> None:
    """Bring the table of accounts' events to the columns of the one of people; what there is of it is copied."""
    table = table_of(event.table)
    wished: Sequence[tuple[str, str]] = cursor.execute(_COLUMNS, [event.table]).fetchall()
    have = dict(cursor.execute(_COLUMNS, [table]).fetchall())
    if have and have != dict(wished):
        picked = [
            cast(column(name), have[name], kind) if name in have else exp.cast(exp.Null(), kind, dialect="duckdb") for name, kind in wished
        ]
        named = [item.as_(name, quoted=True) for item, (name, _kind) in zip(picked, wished, strict=True)]
        cursor.execute(render("CREATE OR REPLACE TEMP TABLE copied AS SELECT __c FROM __t", {"__t": table}, {"__c": named}))
        cursor.execute(render("DROP TABLE __t", {"__t": table}))
        cursor.execute(render("CREATE TABLE __t AS SELECT * FROM copied", {"__t": table}))


# --- who is who


@dataclass
class Register:
    """Which account bears what, while a batch is read. An account found by its name or domain alone must not contradict the row."""

    by_id: dict[tuple[str, str], int]
    by: dict[tuple[str, str], int]
    ids: dict[int, set[str]]
    business: dict[int, str]
    names: dict[int, str]
    fresh: list[tuple[int, str, str, str, str]]
    next: int
    held: set[tuple[int, str, str, str]] = field(default_factory=set)

    def account(self, source: str, number: str | None, name: str | None, business_id: str | None = None, domain: str | None = None) -> int:
        """The account that a row is about, a new one where none bears any of it; what the row adds is remembered."""
        found = self._known(source, number, name, business_id, domain)
        if found is None:
            found, self.next = self.next, self.next + 1
        if name and found not in self.names:
            self.names[found] = name
        self._bear(found, "id", source, number)
        for kind, text in (("business_id", business_id), ("domain", domain), ("name", name)):
            self._bear(found, kind, "", text)
        return found

    def _known(self, source: str, number: str | None, name: str | None, business_id: str | None, domain: str | None) -> int | None:
        if number and (source, fold(number)) in self.by_id:
            return self.by_id[source, fold(number)]
        if business_id and ("business_id", fold(business_id)) in self.by:
            return self.by["business_id", fold(business_id)]
        for kind, text in (("domain", domain), ("name", name), ("name", number if not name else None)):
            found = self.by.get((kind, fold(text))) if text else None
            if found is not None and not self._contradicts(found, source, number, business_id):
                return found
        return None

    def _contradicts(self, account: int, source: str, number: str | None, business_id: str | None) -> bool:
        """Whether the account has another business id, or another id in the same source: then it is another company of that name."""
        other = business_id is not None and self.business.get(account, business_id) != business_id
        return other or (number is not None and source in self.ids.get(account, set()))

    def _bear(self, account: int, kind: str, source: str, text: str | None) -> None:
        if not text:
            return
        borne = (account, kind, source, fold(text))
        if borne in self.held:
            return
        self.held.add(borne)
        known, key = (self.by_id, (source, fold(text))) if kind == "id" else (self.by, (kind, fold(text)))
        known.setdefault(key, account)
        if kind == "id":
            self.ids.setdefault(account, set()).add(source)
        if kind == "business_id":
            self.business.setdefault(account, text)
        self.fresh.append((account, kind, source, text, fold(text)))


def register(cursor: DuckDBPyConnection) -> Register:
    """What accounts bear by now."""
    made = Register({}, {}, {}, {}, dict(cursor.execute("SELECT account, name FROM account WHERE name IS NOT NULL").fetchall()), [], 1)
    made.next = 1 + int(cursor.execute("SELECT coalesce(max(account), 0) FROM account").fetchall()[0][0])
    rows = cursor.execute("SELECT account, kind, source, value FROM account_name ORDER BY account, kind, source, value").fetchall()
    for account, kind, source, value in rows:
        made._bear(account, kind, source, value)
    made.fresh.clear()
    return made


def keep(cursor: DuckDBPyConnection, made: Register, batch: int) -> None:
    """Write what a batch added."""
    known = {number for (number,) in cursor.execute("SELECT account FROM account").fetchall()}
    added = [(number, made.names.get(number), batch) for number in range(1, made.next) if number not in known]
    insert(cursor, "account", ("account", "name", "batch"), added)
    insert(cursor, "account_name", ("account", "kind", "source", "value", "fold"), made.fresh)


def insert(cursor: DuckDBPyConnection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows that Python made."""
    if not rows:
        return
    arrays = {name: np.array(values, dtype=object) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    cursor.register("made_rows", arrays)
    places = {"__columns": [column(name) for name in names]}
    cursor.execute(render("INSERT INTO __t (__columns) SELECT __columns FROM made_rows", {"__t": table}, places))
    cursor.unregister("made_rows")


def read_borne(cursor: DuckDBPyConnection) -> Borne:
    """What accounts bear, to find those of people by."""
    rows = cursor.execute("SELECT account, kind, fold FROM account_name").fetchall()
    return borne(
        ((account, text) for account, kind, text in rows if kind in ("id", "name")),
        ((account, text) for account, kind, text in rows if kind == "domain"),
    )


# --- the loader


def load_accounts(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    """A list of companies: its rows find or make accounts, and say what these are like."""
    given = {item.name: item for item in batch.columns if item.role == "account"}
    made = register(cursor)
    picked = [text_of(given.get(name)) for name in ("account_id", "company", "business_id", "domain", "vat_number")]
    names = [item.as_(f"v{place}", quoted=True) for place, item in enumerate(picked)]
    rows = cursor.execute(
        render("SELECT record, __picked, message_id, digest FROM staged ORDER BY record", lists={"__picked": names})
    ).fetchall()
    found = [
        (record, made.account(batch.source, number, name, own or business_id(vat or ""), domain_of(domain)), message_id, digest)
        for record, number, name, own, domain, vat, message_id, digest in rows
    ]
    keep(cursor, made, batch.number)
    key_rows(cursor, [(record, account) for record, account, _key, _digest in found])
    insert(
        cursor,
        "account_row",
        ("account", "source", "account_key", "digest", "batch", "record"),
        [(account, batch.source, message_id, digest, batch.number, record) for record, account, message_id, digest in found],
    )
    for item in given.values():
        _load_attribute(cursor, batch, item, schema.attribute(item.name))


def text_of(item: StagedColumn | None) -> exp.Expr:
    """A staged column's value as a text; null when the file has none."""
    return exp.cast(exp.Null(), "VARCHAR") if item is None else exp.cast(column(item.column), "VARCHAR")


def key_rows(cursor: DuckDBPyConnection, pairs: Sequence[tuple[int, int | None]]) -> None:
    """The temporary table `keyed`: which account each record is about."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE keyed (record BIGINT, account INTEGER)")
    insert(cursor, "keyed", ("record", "account"), [pair for pair in pairs if pair[1] is not None])


def _load_attribute(cursor: DuckDBPyConnection, batch: Batch, item: StagedColumn, attribute: Attribute) -> None:
    shape_attribute(cursor, attribute)
    value = cast(column(item.column, "s"), item.sql_type, SQL_TYPES[attribute.type])
    own = item.type in TEXTUAL and attribute.type == "text"
    names = {"__observed": f"account_o_{attribute.table}", "__table": table_of(attribute.table)}
    lists = {"__value": [value], "__fold": [column(item.fold_column, "s") if own else _fold(value, attribute)]}
    received = batch.received_at.astimezone(dt.UTC).replace(tzinfo=None)
    cursor.execute(render(_SEE, names, lists), [received, batch.number])
    cursor.execute(render(_DROP_BLANKS, names), [batch.number, batch.number])
    cursor.execute(render(_FORGET, names))
    cursor.execute(render(_HOLD, names))


_OF_BATCH = """
SELECT count(DISTINCT r.account), count(DISTINCT r.account) FILTER (a.batch = r.batch)
FROM account_row AS r LEFT JOIN account AS a ON a.account = r.account WHERE r.batch = ?
"""


def of_batch(cursor: DuckDBPyConnection, batch: int) -> tuple[int, int]:
    """Of how many companies a list told, and how many of them no list had told before."""
    companies, new = cursor.execute(_OF_BATCH, [batch]).fetchall()[0]
    return companies, new


def accounts_of(cursor: DuckDBPyConnection) -> Mapping[int, str]:
    """Every account by its key, with its name."""
    rows: Iterable[tuple[int, str | None]] = cursor.execute("SELECT account, name FROM account ORDER BY account").fetchall()
    return {number: name or f"account {number}" for number, name in rows}


# --- asked together with their contacts


def empty_like(cursor: DuckDBPyConnection, table: str) -> str:
    """A temporary table without rows, of the columns of another: what accounts have of what only people have."""
    name = f"no_{table}"
    cursor.execute(render("CREATE OR REPLACE TEMP TABLE __no AS SELECT * FROM __t LIMIT 0", {"__no": name, "__t": table}))
    return name
