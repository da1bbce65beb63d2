"""Leaves about one kind of event, and the numbers made from a person's events.

The filter comes first, and people are grouped only when a number has to be made
of their events. Thresholds that 0 satisfies are asked as their complement, so
that people without events are in.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from lohko.base.times import back, local_day
from lohko.engine.asked import Asked, Query
from lohko.engine.compile_tests import Subject, compared_parts, holds, on_event
from lohko.engine.sql import column, expression, query
from lohko.model.condition import AttributeFigure, Condition, EdgeEvent, EventsAre, EventsFigure, Figure, Periods
from lohko.model.edges import window_range
from lohko.model.operand import Number, Test
from lohko.model.operators import plain, positive, zero_satisfies
from lohko.model.resolve import kind_of_figure
from lohko.model.schema import EventType, Property, Type
from lohko.model.window import Latest, Window

DAY = 86_400_000_000
"""Microseconds in a day of 24 hours."""
MOST_DAYS = 10_000_000
"""More days than lie between any two instants: what is larger in a rule is compared as this, so that products stay exact."""
SCALES: dict[Type, int] = {"integer": 0, "money": 4, "decimal": 10}
"""Digits after the point, by type."""


# --- the events that count


def counted(asked: Asked, event: EventType, where: Condition | None, window: Window | None, **shown: exp.Expr) -> exp.Select:
    """The people of the events that pass `where` in the window, with `at`, `local_day` and what is shown by name."""
    low, _ = window_range(window, asked.as_of, asked.zone)
    tree = query('SELECT person, "at", local_day FROM __events WHERE NOT person IS NULL', {"__events": event.table})
    for name, value in shown.items():
        tree.select(exp.alias_(value.copy(), name, quoted=False), copy=False)
    tree.where(exp.LT(this=column("at"), expression=asked.end_of(window)), copy=False)
    if low is not None:
        tree.where(exp.GTE(this=column("at"), expression=asked.begin_of(window)), copy=False)
    if where is not None:
        tree.where(on_event(where, event, asked), copy=False)
    if isinstance(window, Latest):
        latest = 'SELECT 1 FROM t QUALIFY rank() OVER (PARTITION BY person ORDER BY "at" DESC) <= __n'
        tree.set("qualify", query(latest, nodes={"__n": asked.bind(window.n, "BIGINT")}).args["qualify"])
    return tree


def compared_column(item: Property) -> exp.Expr:
    """What makes two values of a property the same: the fold of texts, the value of anything else."""
    return column(item.fold_column if item.type in ("text", "text_set") else item.column)


def _counted_of(asked: Asked, figure: EventsFigure) -> exp.Select:
    event, shown = asked.schema.event(figure.event), {}
    if figure.property is not None:
        item = event.property(figure.property)
        by_fold = figure.measure in ("distinct", "most_frequent")
        value = compared_column(item) if by_fold else column(item.column)
        if by_fold and item.type == "text_set":
            value = expression(_TEXTS[figure.measure], nodes={"__value": value})
        shown["value"] = value
    if figure.has is not None:
        shown["hit"] = on_event(figure.has, event, asked)
    return counted(asked, event, figure.where, figure.window, **shown)


# --- one figure against a comparison


NUMBERS = {
    "count": "count(*)",
    "sum": "coalesce(sum(value), 0)",
    "distinct": "count(DISTINCT value)",
    "days": "count(DISTINCT local_day)",
    "min": "min(value)",
    "max": "max(value)",
    "first": 'min("at")',
    "last": 'max("at")',
}
SHARES = {  # as two whole numbers, so that nothing is divided
    "average": ("sum(value)", "count(value)"),
    "share": ("100 * count(*) FILTER (WHERE hit)", "count(*)"),
    "gap": ('epoch_us(max("at")) - epoch_us(min("at"))', "count(*) - 1"),
}
_DAYS_OF_GAPS = "CAST(__whole AS HUGEINT) * 86400000000"
ZERO = ("count", "sum", "distinct", "days")

_FIGURE = "SELECT person, __value AS value FROM __counted AS counted GROUP BY person"
_WHO = "SELECT person FROM __figure AS figure WHERE __passes"
_SHARE = """
SELECT person FROM (SELECT person, __parts AS parts, __whole AS whole FROM __counted AS counted GROUP BY person) AS figure
WHERE whole > 0 AND __passes
"""
_OFTEN = "SELECT person, value, count(*) AS n FROM __counted AS counted WHERE NOT value IS NULL GROUP BY person, value"
_MOST_FREQUENT = """
SELECT person FROM (SELECT person, n, __passes AS passes FROM __often AS often) AS judged
GROUP BY person HAVING max(n) FILTER (WHERE passes) = max(n)
"""
_TEXTS = {  # the texts of a set, one by one; a set without any is one row without a text
    "distinct": "unnest(CASE WHEN len(__value) > 0 THEN __value ELSE [CAST(NULL AS VARCHAR)] END)",
    "most_frequent": "unnest(list_distinct(__value))",
}


def events(leaf: EventsAre, asked: Asked) -> Query:
    """The people whose events make a number, time or value that passes."""
    test, negated = positive(leaf.test)
    if leaf.measure in SHARES:
        return asked.query(_share(leaf, test, asked), negated)
    if leaf.measure == "count" and not negated and test == Test("at_least", (Number(1),)):  # type: ignore[arg-type]
        return asked.query(_counted_of(asked, leaf.figure).select("person", append=False, copy=False))
    template = _OFTEN if leaf.measure == "most_frequent" else _FIGURE
    nodes: dict[str, exp.Expr] = {"__counted": _counted_of(asked, leaf.figure)}
    if template == _FIGURE:
        nodes["__value"] = expression(NUMBERS[leaf.measure])
    figure = query(template, nodes=nodes)
    if leaf.measure in ZERO:
        return of_number(leaf.test, figure, asked, type_of_number(leaf, asked))
    kind, value = kind_of_figure(asked.schema, leaf.figure, None).type, column("value")
    subject = Subject(kind, value, value, exp.Subquery(this=figure.copy(), alias=exp.TableAlias(this=exp.to_identifier("t"))))
    passing: dict[str, exp.Expr] = {"__passes": holds(test, subject, asked)}
    if leaf.measure == "most_frequent":
        return asked.query(query(_MOST_FREQUENT, nodes=passing | {"__often": figure}), negated)
    return asked.query(query(_WHO, nodes=passing | {"__figure": figure}), negated)


def type_of_number(leaf: EventsAre, asked: Asked) -> Type:
    """The type of a count, or of a sum."""
    return "integer" if leaf.measure != "sum" else asked.schema.event(leaf.event).property(leaf.property or "").type


def of_number(test: Test, figure: exp.Select, asked: Asked, kind: Type = "integer") -> Query:
    """The people whose number passes, when it is 0 for those who are not in `figure`."""
    keep, complement = number_passes(test, column("value"), asked, kind)
    return asked.query(query(_WHO, nodes={"__figure": figure, "__passes": keep}), complement)


def number_passes(test: Test, value: exp.Expr, asked: Asked, kind: Type) -> tuple[exp.Expr, bool]:
    """Who of those with events is selected by a number that is 0 for all others, and whether everyone else is meant."""
    asked_test, negated = positive(test)
    complement = zero_satisfies(test)
    passes = holds(asked_test, Subject(kind, value), asked)
    # Among people with events: keep those that pass, or, when 0 passes, take away those that do not.
    return exp.not_(exp.paren(passes)) if negated != complement else passes, complement


def _share(leaf: EventsAre, test: Test, asked: Asked) -> exp.Select:
    """Averages and the like: sum > x * count, and no division, whose type and rounding differ between engines."""
    parts, whole = (expression(text) for text in SHARES[leaf.measure])
    source, passing = _counted_of(asked, leaf.figure), share_passes(leaf, test, column("parts"), column("whole"), asked)
    return query(_SHARE, nodes={"__parts": parts, "__whole": whole, "__counted": source, "__passes": passing})


def share_passes(leaf: EventsAre, test: Test, parts: exp.Expr, whole: exp.Expr, asked: Asked) -> exp.Expr:
    """Whether parts / whole passes, where the whole is not 0."""
    if test.op == "known":
        return exp.true()
    operands = [plain(operand) for operand in test.operands]
    if leaf.measure == "gap":
        operands = [max(min(operand, MOST_DAYS), -MOST_DAYS) for operand in operands]
        whole = expression(_DAYS_OF_GAPS, nodes={"__whole": whole})
    return compared_parts(test.op, parts, exp.cast(whole.copy(), "DECIMAL(38,0)", dialect="duckdb"), operands, asked)


# --- the first or last event, and how many periods


_EDGE = """
SELECT person FROM __counted AS counted GROUP BY person HAVING __edge
"""
_EDGES = {
    "first": 'min("at") FILTER (WHERE hit) = min("at")',
    "last": 'max("at") FILTER (WHERE hit) = max("at")',
}


def edge_event(leaf: EdgeEvent, asked: Asked) -> Query:
    """The people whose first or last counted event, or one of several at that instant, passes."""
    event = asked.schema.event(leaf.event)
    source = counted(asked, event, leaf.where, leaf.window, hit=on_event(leaf.has, event, asked))
    return asked.query(query(_EDGE, nodes={"__counted": source, "__edge": expression(_EDGES[leaf.edge])}))


# Which period a day is in is told from its distance to today; months clamp to their end as `in last n months` does.
_DISTANCE = {
    "day": "CAST(__today - local_day AS BIGINT)",
    "month": """date_diff('month', local_day, __today)
        + CASE WHEN local_day < CAST(__today - to_months(CAST(date_diff('month', local_day, __today) AS INTEGER)) AS DATE) THEN 1 ELSE 0 END""",
}
_UNITS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "quarter": ("month", 3), "year": ("month", 12)}
_PERIODS = """
SELECT person, count(DISTINCT greatest(1, (__distance + __length - 1) // __length)) AS value
FROM __counted AS counted WHERE "at" >= __low GROUP BY person
"""


def periods(leaf: Periods, asked: Asked) -> Query:
    """The people with an event in so many of the last periods."""
    unit, length = _UNITS[leaf.unit]
    today = asked.edge(lambda as_of: local_day(as_of, asked.zone), "DATE")
    nodes = {
        "__distance": exp.paren(expression(_DISTANCE[unit], nodes={"__today": today})),
        "__length": exp.Literal.number(length),
        "__low": asked.instant(lambda as_of: back(as_of, leaf.n, leaf.unit, asked.zone)),
        "__counted": counted(asked, asked.schema.event(leaf.event), leaf.where, None),
    }
    return of_number(leaf.test, query(_PERIODS, nodes=nodes), asked)


# --- figures as exact numbers


@dataclass(frozen=True)
class Ratio:
    """A figure as whole numbers: it is num / (den x unit x 10^scale).

    people   a query of person, num and den, without those who have no value
    zero     whether those who are not there have 0
    """

    people: exp.Select
    scale: int
    unit: int
    zero: bool


_RATIO = """
SELECT person, CAST(num AS HUGEINT) AS num, CAST(den AS HUGEINT) AS den FROM (
    SELECT person, __num AS num, __den AS den FROM __counted AS counted GROUP BY person
) AS figure WHERE NOT num IS NULL AND den > 0
"""
_HELD = """
SELECT person, CAST(__value AS HUGEINT) AS num, CAST(1 AS HUGEINT) AS den FROM __table AS t
WHERE valid_from < __as_of AND valid_to >= __as_of AND NOT value IS NULL
"""
_COMPUTED = "SELECT person, CAST(__value AS HUGEINT) AS num, CAST(1 AS HUGEINT) AS den FROM __table AS t WHERE NOT __column IS NULL"


def ratio(figure: Figure, asked: Asked) -> Ratio:
    """A figure of everyone who has it."""
    return _held(figure, asked) if isinstance(figure, AttributeFigure) else _made(figure, asked)


def _held(figure: AttributeFigure, asked: Asked) -> Ratio:
    attribute = asked.schema.attribute(figure.name)
    scale = SCALES[attribute.type]
    if attribute.trait:
        name = column(attribute.name)
        nodes = {"__value": _whole(name, scale), "__column": name}
        return Ratio(query(_COMPUTED, {"__table": f"trait_{attribute.table}"}, nodes), scale, 1, False)
    nodes = {"__value": _whole(column("value"), scale), "__as_of": asked.instant(lambda as_of: as_of)}
    return Ratio(query(_HELD, {"__table": attribute.table}, nodes), scale, 1, False)


def _made(figure: EventsFigure, asked: Asked) -> Ratio:
    scale, unit = 0, 1
    if figure.property is not None and figure.measure in ("sum", "average", "min", "max"):
        scale = SCALES[asked.schema.event(figure.event).property(figure.property).type]
    if figure.measure in SHARES:
        num, den = (expression(text) for text in SHARES[figure.measure])
        unit = DAY if figure.measure == "gap" else 1
    elif figure.measure in ("first", "last"):
        nodes = {"__as_of": asked.instant(lambda as_of: as_of), "__at": expression(NUMBERS[figure.measure])}
        num, den, unit = expression("epoch_us(__as_of) - epoch_us(__at)", nodes=nodes), exp.Literal.number(1), DAY
    else:
        num, den = expression(NUMBERS[figure.measure]), exp.Literal.number(1)
    nodes = {"__num": _whole(num, scale), "__den": den, "__counted": _counted_of(asked, figure)}
    return Ratio(query(_RATIO, nodes=nodes), scale, unit, figure.measure in ZERO)


def _whole(value: exp.Expr, scale: int) -> exp.Expr:
    """A number of so many decimals as a whole number."""
    return exp.Mul(this=exp.paren(value.copy()), expression=exp.Literal.number(10**scale)) if scale else value
