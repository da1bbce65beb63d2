"""What accounts are worth: their own attributes and deals, and what their contacts did, at an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine.accounts import accounts_of, read_borne, schema_of_accounts
from lohko.engine.asked import Asked
from lohko.engine.compile_sets import contacts
from lohko.engine.sql import render
from lohko.model.account import DEAL
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema

_HELD = "SELECT person, value FROM __table WHERE valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)"
_BOUGHT = """
SELECT b.account, count(*), sum(o.__total), max(o."at") FROM __order AS o JOIN belonging AS b ON b.person = o.person
WHERE o."at" < CAST($1 AS TIMESTAMP) GROUP BY b.account
"""
_GIVEN_BACK = """
SELECT b.account, sum(r.__total) FROM __refund AS r JOIN belonging AS b ON b.person = r.person
WHERE r."at" < CAST($1 AS TIMESTAMP) GROUP BY b.account
"""
_DEALS = """
SELECT __id, __title, __status, __stage, __value, __product, "at" FROM __table WHERE person = $2 AND "at" < CAST($1 AS TIMESTAMP)
QUALIFY row_number() OVER (PARTITION BY order_key ORDER BY "at" DESC, CASE WHEN __status = 'open' THEN 1 ELSE 0 END, batch DESC) = 1
ORDER BY "at" DESC, __id LIMIT CAST($3 AS BIGINT)
"""
_PEOPLE = """
SELECT p.label, p.person_id FROM belonging AS b JOIN person AS p ON p.person = b.person AND p.living WHERE b.account = $1
ORDER BY p.label, p.person_id LIMIT CAST($2 AS BIGINT)
"""


class Figures:
    """The accounts of a snapshot at an instant, by key."""

    def __init__(self, cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> None:
        self.cursor, self.schema, self.at = cursor, schema, naive(as_of)
        self.own = schema_of_accounts(cursor, schema)
        self.names = accounts_of(cursor)
        asked = contacts(Asked(schema, as_of, zone), known=True) if self.names and _tells_accounts(schema) else None
        if asked is None:
            cursor.execute("CREATE OR REPLACE TEMP TABLE belonging (person INTEGER, account INTEGER)")
        else:
            found = cursor.execute(asked.sql, list(asked.parameters)).fetchnumpy()
            cursor.register("found_belonging", {"person": found["person"], "account": np.ma.filled(found["account"], 0)})
            cursor.execute("CREATE OR REPLACE TEMP TABLE belonging AS SELECT person, account FROM found_belonging WHERE account > 0")
            cursor.unregister("found_belonging")

    def of_person(self, person: int) -> list[int]:
        """The accounts that a person is a contact of."""
        rows = self.cursor.execute("SELECT account FROM belonging WHERE person = ? ORDER BY account", [person]).fetchall()
        return [account for (account,) in rows if account in self.names]

    def held(self, name: str) -> dict[int, Any]:
        """What each account has of an attribute."""
        attribute = self.own.attributes.get(name.casefold())
        return {} if attribute is None else dict(self.cursor.execute(render(_HELD, {"__table": attribute.table}), [self.at]).fetchall())

    def attributes(self, account: int) -> dict[str, Any]:
        """Everything that an account has."""
        found = {item.name: self.held(item.name).get(account) for item in self.own.attributes.values()}
        return {name: value for name, value in found.items() if value is not None}

    def contacts(self) -> dict[int, int]:
        """How many people belong to each."""
        return dict(self.cursor.execute("SELECT account, count(*) FROM belonging GROUP BY account").fetchall())

    def people(self, account: int, limit: int) -> list[tuple[str, str]]:
        """The label and public id of an account's contacts."""
        return self.cursor.execute(_PEOPLE, [account, limit]).fetchall()

    def bought(self) -> dict[int, tuple[int, Any, dt.datetime]]:
        """Per account, the orders of its contacts: how many, what they were worth less refunds, and the last one's instant."""
        if ORDER not in self.schema.events:
            return {}
        order, refund = self.schema.event(ORDER), self.schema.events.get(REFUND)
        rows = self.cursor.execute(
            render(_BOUGHT, {"__order": order.table, "__total": order.property("total").column}), [self.at]
        ).fetchall()
        back: dict[int, Any] = {}
        if refund is not None:
            names = {"__refund": refund.table, "__total": refund.property("total").column}
            back = dict(self.cursor.execute(render(_GIVEN_BACK, names), [self.at]).fetchall())
        return {account: (n, (total or 0) - (back.get(account) or 0), last) for account, n, total, last in rows}

    def parents(self) -> dict[int, int]:
        """Per account that names a parent that is known, the parent."""
        names = read_borne(self.cursor).names
        found = {account: names.get(fold(str(said))) for account, said in self.held("parent_account").items()}
        return {account: parent for account, parent in found.items() if parent is not None and parent != account}

    def deals(self, account: int, limit: int) -> list[dict[str, Any]]:
        """The account's deals as they stood, the latest first."""
        if DEAL not in self.own.events:
            return []
        event = self.own.event(DEAL)
        names = {f"__{name}": event.property(name).column for name in ("title", "status", "stage", "value", "product")}
        names |= {"__id": event.property("deal_id").column, "__table": event.table}
        rows = self.cursor.execute(render(_DEALS, names), [self.at, account, limit]).fetchall()
        keys = ("deal", "title", "status", "stage", "value", "product", "at")
        return [dict(zip(keys, row, strict=True)) for row in rows]

    def bears(self, account: int) -> dict[str, list[str]]:
        """What an account is known by: ids, business ids, domains, names."""
        sql = "SELECT kind, list(DISTINCT value ORDER BY value) FROM account_name WHERE account = ? GROUP BY kind"
        return dict(self.cursor.execute(sql, [account]).fetchall())


def _tells_accounts(schema: Schema) -> bool:
    return any(name in schema.attributes and schema.attributes[name].type == "text" for name in ("account", "company"))


def below(parents: Mapping[int, int], account: int) -> list[int]:
    """The accounts under an account, at any depth; a circle of parents ends where it closes."""
    found: list[int] = []
    waiting: Iterable[int] = [account]
    while waiting:
        waiting = [child for child, parent in parents.items() if parent in set(waiting) and child not in found and child != account]
        found += waiting
    return sorted(found)
