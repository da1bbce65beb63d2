"""What accounts have of their deals, at every instant, is what one finds by looking at each deal by itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.layout import empty_store, insert
from lohko.engine import deals
from lohko.engine.accounts import follow_events, table_of
from lohko.model.account import DEAL, FROM_DEALS
from lohko.model.schema import Attribute, EventType, Property, Schema

SCHEMA = Schema(
    attributes={name: Attribute(name, kind, f"a{n}_{name}") for n, (name, kind) in enumerate(FROM_DEALS.items(), start=1)},
    events={
        DEAL: EventType(
            DEAL, "e1_deal", {"status": Property("status", "text", "c1_status"), "value": Property("value", "money", "c2_value")}
        )
    },
)
DAYS = [dt.datetime(2026, 1, day) for day in range(1, 8)]
steps = st.tuples(
    st.sampled_from([1, 2]),
    st.sampled_from(DAYS),
    st.sampled_from(["open", "won", "lost"]),
    st.sampled_from([None, Decimal(5), Decimal("7.5")]),
)
"""An account, a day, how the deal then stood, and its value."""
histories = st.lists(st.lists(steps, min_size=1, max_size=4, unique_by=lambda step: step[1]), max_size=4)


@lru_cache(maxsize=1)
def kept_store() -> DuckDBPyConnection:
    store = empty_store(SCHEMA)
    store.execute(f'CREATE TABLE "{table_of("e1_deal")}" AS SELECT * FROM e1_deal LIMIT 0')
    follow_events(store, SCHEMA.event(DEAL))
    return store


def by_looking(told, account, at):
    """The figures of an account just before an instant."""
    stand = [past[-1] for deal in told if (past := sorted((step for step in deal if step[1] < at), key=lambda step: step[1]))]
    own = {
        status: [value or Decimal(0) for who, _at, how, value in stand if who == account and how == status]
        for status in ("open", "won", "lost")
    }
    moved = [when for deal in told for who, when, _how, _value in deal if who == account and when < at]
    return {
        "open_deal": bool(own["open"]), "open_deals": len(own["open"]), "open_deal_value": sum(own["open"]), "won_deals": len(own["won"]),
        "won_value": sum(own["won"]), "lost_deals": len(own["lost"]), "lost_value": sum(own["lost"]), "last_deal": max(moved, default=None),
    }  # fmt: skip


@settings(max_examples=30)
@given(histories)
def test_figures_of_deals_have_their_past(told):
    """Deals that are opened, change their value, are won, lost, opened again and move to another account; none yet is nothing of each."""
    store, table = kept_store(), table_of("e1_deal")
    store.execute("BEGIN")
    try:
        for number, deal in enumerate(told):
            for record, (account, at, status, value) in enumerate(sorted(deal, key=lambda step: step[1])):
                row = {"person": account, "at": at, "batch": 1, "record": record, "order_key": str(number)}
                insert(store, [(table, row | {"c1_status": status, "c1_status_f": status, "c2_value": value})])
        store.execute("CREATE OR REPLACE TEMP TABLE keyed AS SELECT 0 AS record, unnest([1, 2]) AS account")
        deals._derive_figures(store, SCHEMA, table, {"__status": "c1_status", "__value": "c2_value"})
        for account in (1, 2):
            for at in [day + dt.timedelta(hours=1) for day in DAYS]:
                found = {}
                for name, attribute in SCHEMA.attributes.items():
                    sql = f'SELECT value FROM "{table_of(attribute.table)}" WHERE person = ? AND valid_from < ? AND valid_to >= ?'
                    rows = store.execute(sql, [account, at, at]).fetchall()
                    found[name] = rows[0][0] if rows else None if name == "last_deal" else 0
                    assert len(rows) <= 1
                assert found == by_looking(told, account, at)
    finally:
        store.execute("ROLLBACK")
