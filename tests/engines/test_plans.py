"""How DuckDB goes about the leaves that join: by hashing and in order, never row against row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engines.layout import HELSINKI
from lohko.engine.compile import compile_leaf
from lohko.engine.sql import render
from lohko.engine.store import new_store
from lohko.engine.tables import shape
from lohko.model.condition import Against, And, EventsFigure, Followed, Leaf, PropertyIs, Step, Tied
from lohko.model.operand import Number, Span, Test, Text
from strategies import AS_OF, SCHEMA

HOME = PropertyIs("p_text", Test("is", (Text("home"),)))
BOTH = And((HOME, PropertyIs("order_id", Test("is", (Text("home"),)))))
TWICE = Test("at_least", (Number(Decimal(2)),))

# Nine values in ten are one, the others all differ: the engine takes a filter on the one to leave a row or none.
_SKEWED = """
INSERT INTO __table (person, "at", local_day, __text, __order)
SELECT i % 300, TIMESTAMP '2025-01-01 00:00:00' + to_minutes(i), DATE '2025-01-01' + CAST(i // 1440 AS INTEGER),
    CASE WHEN i % 10 > 0 THEN 'home' ELSE concat('p', i) END, CASE WHEN i % 10 > 1 THEN 'home' ELSE concat('p', i) END
FROM range(20000) AS t(i)
"""


@pytest.mark.parametrize(
    "leaf",
    [
        Followed("visit", (Step("visit", None, Span(7, "day")),), BOTH),
        Followed("visit", (Step("visit", None, Span(5, "hour")), Step("visit", BOTH, Span(7, "day"), did=False)), BOTH),
        Followed("visit", (Step("visit", BOTH, None, did=False),), BOTH),
        Tied("visit", "reply", TWICE, BOTH),
        Tied("reply", "visit", TWICE, other_where=BOTH, linked=False),
        Against(EventsFigure("visit", "count", where=BOTH), "over", EventsFigure("visit", "count")),
    ],
    ids=["followed", "chain", "not followed", "tied", "not tied", "against"],
)
def test_joins_are_never_row_against_row(leaf: Leaf, tmp_path: Path):
    """A filter that leaves nearly all, though it looks like leaving nothing, does not make a loop of a join."""
    kind = SCHEMA.event("visit")
    names = {"__table": kind.table, "__text": kind.property("p_text").fold_column, "__order": kind.property("order_id").fold_column}
    query = compile_leaf(leaf, SCHEMA, AS_OF, HELSINKI)
    with new_store(tmp_path / "engine.duckdb", [], HELSINKI) as store:
        shape(store, SCHEMA)
        store.execute(render(_SKEWED, names))
        store.execute("CHECKPOINT")
        plan = store.execute("EXPLAIN " + query.sql, list(query.parameters)).fetchall()[0][1].casefold()
        assert "join" in plan
        for bad in ("nested loop", "cross product", "blockwise"):
            assert bad not in plan, plan
