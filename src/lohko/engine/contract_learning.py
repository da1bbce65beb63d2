"""The contract that the first file of a source and kind suggests: its types, and what all of many values have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.contracts import Cell, cells
from lohko.engine.sql import column, expression, render
from lohko.model.contract import Contract, FieldRules
from lohko.model.schema import NUMERIC

ENOUGH = 50
"""Of fewer values nothing is learned but the type."""
_MOST_ALLOWED = 20
_OFTEN = 5
"""A value is part of a closed list when it was said at least so often; so a list holds nobody's own words."""
_PERSONAL = frozenset(
    {"first_name", "last_name", "name", "email", "phone", "address", "postcode", "birthday", "company", "account", "order_id", "message_id"}
)
_OWN = frozenset({"email", "phone"})
_COUNTED = "SELECT count(*), __counts FROM kept"
_VALUES = "SELECT __v, count(*) AS n FROM kept WHERE NOT __v IS NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT CAST(? AS BIGINT)"
_SHARED = """
SELECT count(*) FROM (SELECT __v FROM kept WHERE NOT __v IS NULL GROUP BY __v HAVING count(DISTINCT node) > 1) AS shared
"""
_REFERRED = "SELECT count(*), count(*) FILTER (WHERE node IN (SELECT node FROM customer_row)) FROM kept WHERE NOT node IS NULL"


def learn(cursor: DuckDBPyConnection, source: str, kind: str, plan: Iterable[Mapping[str, Any]], number: int) -> Contract:
    """The contract of the rows of the view `kept`; every rule of it warns, since one file is no promise.

    Bounds are ten times what was seen, rounded up, and lists hold only what was said
    several times, so that no single customer's value is kept.
    """
    there = {name: cell for name, cell in cells(kind, plan).items() if name not in ("customer_id", "message_id")}
    parts = [part for cell in there.values() for part in _counted(cell)]
    total, *found = cursor.execute(render(_COUNTED, lists={"__counts": parts})).fetchall()[0]
    fields: dict[str, FieldRules] = {}
    for place, (name, cell) in enumerate(there.items()):
        seen = _Seen(total, *found[4 * place : 4 * place + 4])
        if seen.filled:
            fields[name] = _rules(cursor, kind, name, cell, seen)
    if kind in ("orders", "order-lines"):
        known, told = cursor.execute(_REFERRED).fetchall()[0]
        if known >= ENOUGH and told == known:
            fields["customer_id"] = FieldRules(references="customers")
    return Contract(source, kind, "warn", {name: rules for name, rules in fields.items() if any(rules.rules())}, number)


@dataclass(frozen=True)
class _Seen:
    """A column as one pass over the rows shows it: rows, values, the least and the greatest number, and about how many different texts."""

    rows: int
    filled: int
    low: Any
    high: Any
    different: int | None


def _counted(cell: Cell) -> list[exp.Expr]:
    value = {"__v": column(cell.value)}
    numeric, textual = cell.type in NUMERIC, cell.type == "text" and cell.fold is not None
    return [
        expression("count(__v)", nodes=value),
        expression("min(__v)", nodes=value) if numeric else exp.Null(),
        expression("max(__v)", nodes=value) if numeric else exp.Null(),
        expression("approx_count_distinct(__v)", nodes=value) if textual else exp.Null(),
    ]


def _rules(cursor: DuckDBPyConnection, kind: str, name: str, cell: Cell, seen: _Seen) -> FieldRules:
    type_ = None if cell.type == "text" or cell.label is None else cell.type
    if seen.filled < ENOUGH:
        return FieldRules(type_)
    bounded = seen.low is not None
    few = seen.different is not None and seen.different <= 2 * _MOST_ALLOWED and name not in _PERSONAL
    return FieldRules(
        type_,
        required=seen.filled == seen.rows and not name.startswith("consent_"),
        low=-_far(-Decimal(seen.low)) if bounded else None,
        high=_far(Decimal(seen.high)) if bounded else None,
        allowed=_closed(cursor, cell) if few else (),
        unique=kind == "customers" and name in _OWN and not _shared(cursor, cell),
    )


def _far(number: Decimal) -> Decimal:
    """Ten times a number, rounded up to one digit; 0 for what is not above it.

    >>> _far(Decimal("37.5")), _far(Decimal("-3"))
    (Decimal('400'), Decimal('0'))
    """
    if number <= 0:
        return Decimal(0)
    wide = number * 10
    step = Decimal(1).scaleb(wide.adjusted())
    return (wide / step).to_integral_value(ROUND_CEILING) * step.quantize(Decimal(1)) if wide >= 1 else Decimal(1)


def _closed(cursor: DuckDBPyConnection, cell: Cell) -> tuple[str, ...]:
    """The few values that a column repeats; empty when it says one thing, many things, or some of them rarely."""
    found = cursor.execute(render(_VALUES, {"__v": cell.value}), [_MOST_ALLOWED + 1]).fetchall()
    if not 2 <= len(found) <= _MOST_ALLOWED or any(n < _OFTEN for _, n in found):
        return ()
    return tuple(sorted(str(value) for value, _ in found))


def _shared(cursor: DuckDBPyConnection, cell: Cell) -> bool:
    """Whether two customers have the same."""
    return bool(cursor.execute(render(_SHARED, {"__v": cell.value})).fetchall()[0][0])
