"""A leaf of the tree becomes one SELECT of people. Values and edges are bound: the text never depends on them.

The filter comes first, people are grouped only when a number has to be made of
their events, and thresholds that 0 satisfies are asked as their complement, so
that people without events are in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from lohko.base.text import fold
from lohko.base.times import first_day_from
from lohko.engine.sql import column, expression
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, Not, Or, PropertyIs, Test
from lohko.model.operators import plain, positive, temporal_range, window_range, zero_satisfies
from lohko.model.schema import EventType, Schema, Type


@dataclass(frozen=True)
class Query:
    """SQL that selects a column of person keys, its parameters, and whether its complement is meant."""

    sql: str
    parameters: tuple[Any, ...]
    complement: bool


@dataclass
class _Asked:
    as_of: dt.datetime
    zone: ZoneInfo
    parameters: list[Any] = field(default_factory=list)

    def bind(self, value: Any) -> exp.Expr:
        """A place for a value."""
        self.parameters.append(value)
        return exp.Placeholder()

    def instant(self, moment: dt.datetime) -> exp.Expr:
        return exp.cast(self.bind(naive(moment)), "TIMESTAMP")


def naive(moment: dt.datetime) -> dt.datetime:
    """An instant as the engine keeps it: UTC without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def compile_leaf(leaf: AttributeIs | EventsAre, schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> Query:
    """The query of a resolved leaf at an instant."""
    asked = _Asked(as_of, zone)
    if isinstance(leaf, AttributeIs):
        return _attribute(leaf, schema, asked)
    return _events(leaf, schema, asked)


def _attribute(leaf: AttributeIs, schema: Schema, asked: _Asked) -> Query:
    attribute = schema.attribute(leaf.name)
    test, negated = positive(leaf.test)
    if attribute.trait:
        value = column(attribute.name)
        where = _holds(test, attribute.type, value, exp.func("lower", value.copy()), asked)
        sql = _with_where("SELECT person FROM __table", {"__table": f"trait_{attribute.table}"}, [where])
        return Query(sql, tuple(asked.parameters), negated)
    known = [
        exp.LT(this=column("valid_from"), expression=asked.instant(asked.as_of)),
        exp.GTE(this=column("valid_to"), expression=asked.instant(asked.as_of)),
    ]
    where = _holds(test, attribute.type, column("value"), column("fold"), asked)
    return Query(_with_where("SELECT person FROM __table", {"__table": attribute.table}, [*known, where]), tuple(asked.parameters), negated)


def _with_where(template: str, names: dict[str, str], conditions: list[exp.Expr], having: exp.Expr | None = None) -> str:
    tree = expression(template, names)
    assert isinstance(tree, exp.Select)
    tree = tree.where(*conditions, copy=False)
    if having is not None:
        tree = tree.group_by(column("person"), copy=False).having(having, copy=False)
    return tree.sql("duckdb")


def _events(leaf: EventsAre, schema: Schema, asked: _Asked) -> Query:
    event = schema.event(leaf.event)
    low, high = window_range(leaf.window, asked.as_of, asked.zone)
    conditions: list[exp.Expr] = [expression("NOT person IS NULL")]
    conditions.append(exp.LT(this=column("at"), expression=asked.instant(high)))
    if low is not None:
        conditions.append(exp.GTE(this=column("at"), expression=asked.instant(low)))
    if leaf.where is not None:
        conditions.append(_where(leaf.where, event, asked))
    names = {"__table": event.table}
    test, negated = positive(leaf.test)
    if leaf.measure in ("average", "min", "max"):
        having = _of_values(leaf, test, event, asked)
        return Query(_with_where("SELECT person FROM __table", names, conditions, having), tuple(asked.parameters), negated)
    complement = zero_satisfies(leaf.test)
    if leaf.measure == "count" and test.op == "at_least" and plain(test.operands[0]) == 1 and not negated:
        return Query(_with_where("SELECT person FROM __table", names, conditions), tuple(asked.parameters), False)
    holds = _holds(test, "decimal", _number(leaf, event), exp.Null(), asked)
    # Among people with events: keep those that pass, or, when 0 passes, take away those that do not.
    having = exp.not_(holds) if negated != complement else holds
    return Query(_with_where("SELECT person FROM __table", names, conditions, having), tuple(asked.parameters), complement)


def _number(leaf: EventsAre, event: EventType) -> exp.Expr:
    if leaf.property is None:
        return expression("count(*)")
    item = event.property(leaf.property)
    if leaf.measure == "sum":
        return expression("coalesce(sum(__c), 0)", {"__c": item.column})
    if item.type == "text_set":
        return expression("coalesce(len(list_distinct(flatten(list(__c) FILTER (WHERE NOT __c IS NULL)))), 0)", {"__c": item.fold_column})
    return expression("count(DISTINCT __c)", {"__c": item.fold_column if item.type == "text" else item.column})


def _of_values(leaf: EventsAre, test: Test, event: EventType, asked: _Asked) -> exp.Expr:
    item = event.property(leaf.property or "")
    if leaf.measure == "average":
        # Averages of decimals differ in type between engines: compare the sum with x times the count.
        total = expression("sum(CAST(__c AS DECIMAL(38,10)))", {"__c": item.column})
        count = expression("count(__c)", {"__c": item.column})
        if test.op == "known":
            return exp.GT(this=count, expression=exp.Literal.number(0))
        times = [exp.Mul(this=_decimal(asked, plain(operand)), expression=count.copy()) for operand in test.operands]
        return _compared(test.op, total, times)
    template = "min(__c)" if leaf.measure == "min" else "max(__c)"
    return _holds(test, item.type, expression(template, {"__c": item.column}), exp.Null(), asked)


_COMPARE = {"over": exp.GT, "at_least": exp.GTE, "under": exp.LT, "at_most": exp.LTE, "is": exp.EQ}


def _compared(op: str, value: exp.Expr, operands: Sequence[exp.Expr]) -> exp.Expr:
    if op in _COMPARE:
        return _COMPARE[op](this=value, expression=operands[0])
    if op == "between":
        return exp.and_(exp.GTE(this=value, expression=operands[0]), exp.LTE(this=value.copy(), expression=operands[1]))
    return exp.or_(*(exp.EQ(this=value.copy(), expression=item) for item in operands))


def _decimal(asked: _Asked, value: Decimal) -> exp.Expr:
    return exp.cast(asked.bind(value), "DECIMAL(38,10)", dialect="duckdb")


def _where(node: Condition, event: EventType, asked: _Asked) -> exp.Expr:
    match node:
        case And(parts):
            return exp.and_(*(exp.paren(_where(part, event, asked)) for part in parts))
        case Or(parts):
            return exp.or_(*(exp.paren(_where(part, event, asked)) for part in parts))
        case Not(part):
            return exp.not_(exp.paren(_where(part, event, asked)))
        case PropertyIs(name, test):
            item = event.property(name)
            asked_test, negated = positive(test)
            folded = column(item.fold_column) if item.type in ("text", "text_set") else exp.Null()
            holds = exp.func("coalesce", _holds(asked_test, item.type, column(item.column), folded, asked), exp.false())
            return exp.not_(holds) if negated else holds
    raise TypeError(node)


def _holds(test: Test, kind: Type, value: exp.Expr, folded: exp.Expr, asked: _Asked) -> exp.Expr:
    """A positive test of one value."""
    if kind in ("date", "time"):
        return _in_range(test, kind, value, asked)
    if test.op == "known":
        return exp.not_(exp.Is(this=value, expression=exp.Null()))
    operands = [plain(operand) for operand in test.operands]
    if kind == "text_set":
        return _in_set(test.op, folded, [fold(item) for item in operands], asked)
    if kind == "text":
        return _on_text(test.op, folded, [fold(item) for item in operands], asked)
    if kind == "boolean":
        return exp.EQ(this=value, expression=exp.cast(asked.bind(operands[0]), "BOOLEAN"))
    if test.op == "one_of":
        values = exp.cast(asked.bind(operands), "DECIMAL(38,10)[]", dialect="duckdb")
        return exp.Anonymous(this="list_contains", expressions=[values, exp.cast(value, "DECIMAL(38,10)", dialect="duckdb")])
    return _compared(test.op, value, [_decimal(asked, item) for item in operands])


def _on_text(op: str, folded: exp.Expr, operands: list[str], asked: _Asked) -> exp.Expr:
    if op == "is":
        return exp.EQ(this=folded, expression=asked.bind(operands[0]))
    if op == "one_of":
        return exp.Anonymous(this="list_contains", expressions=[exp.cast(asked.bind(operands), "VARCHAR[]", dialect="duckdb"), folded])
    return exp.Anonymous(this="contains", expressions=[folded, asked.bind(operands[0])])


def _in_set(op: str, folded: exp.Expr, operands: list[str], asked: _Asked) -> exp.Expr:
    if op == "contains":
        # The unit separator stands between the texts, so a match never spans two of them.
        joined = exp.Anonymous(this="array_to_string", expressions=[folded, exp.func("chr", exp.Literal.number(31))])
        return exp.Anonymous(this="contains", expressions=[joined, asked.bind(operands[0])])
    wanted = exp.cast(asked.bind(operands), "VARCHAR[]", dialect="duckdb")
    return exp.Anonymous(this="list_has_any", expressions=[folded, wanted])


def _in_range(test: Test, kind: Type, value: exp.Expr, asked: _Asked) -> exp.Expr:
    low, high = temporal_range(test, asked.as_of, asked.zone)
    parts: list[exp.Expr] = [exp.not_(exp.Is(this=value, expression=exp.Null()))]
    for edge, compare in ((low, exp.GTE), (high, exp.LT)):
        if edge is not None:
            bound = asked.instant(edge) if kind == "time" else exp.cast(asked.bind(first_day_from(edge, asked.zone)), "DATE")
            parts.append(compare(this=value.copy(), expression=bound))
    return exp.and_(*parts)
