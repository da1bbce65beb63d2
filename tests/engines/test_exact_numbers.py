"""Numbers at the end of what is kept, ratios that are equal in other words, and times a microsecond apart: nothing is rounded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from engines.layout import HELSINKI, lent_store
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.reference import Event, Person, Reference
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Against, Condition, EventsAre, EventsFigure, PropertyIs, Ranked
from lohko.model.operand import Number, Span, Test
from lohko.model.window import InLast
from strategies import AS_OF, SCHEMA

TINY = dt.timedelta(microseconds=1)
LARGE = Decimal("99999999999999999.9999999999")
TINY_AMOUNT = Decimal("0.0000000001")


def who(rule: Condition, people: Sequence[Sequence[Any]]) -> list[set[int]]:
    """Who is in by DuckDB and by the reference; people are lists of events: instants, or decimals of p_decimal an hour apart."""
    crowd = {}
    for key, given in enumerate(people, start=1):
        events = [
            Event(item, {}) if isinstance(item, dt.datetime) else Event(AS_OF - dt.timedelta(hours=n), {"p_decimal": item})
            for n, item in enumerate(given, start=1)
        ]
        crowd[key] = Person(events={"visit": events}, person_id=str(key))
    catalogue = Catalogue(SCHEMA, {})
    with lent_store(list(crowd.values()), SCHEMA) as store:
        found = set(evaluate(DuckEngine(store, SCHEMA, AS_OF, HELSINKI), catalogue, rule))
    return [found, Reference(SCHEMA, {}, AS_OF, HELSINKI, population=crowd).members(catalogue.resolve(rule))]


def number(measure: str, op: str, *operands: Any) -> EventsAre:
    test = Test(op, tuple(Number(Decimal(item)) for item in operands))
    of = "p_decimal" if measure in ("sum", "average", "min", "max") else None
    has = PropertyIs("p_decimal", Test("over", (Number(Decimal(0)),))) if measure == "share" else None
    return EventsAre("visit", measure, test, of, has=has)


@pytest.mark.parametrize(
    ("rule", "people", "wanted"),
    [
        (number("sum", "over", LARGE), [[LARGE], [LARGE, TINY_AMOUNT], [LARGE, -TINY_AMOUNT]], {2}),
        (number("average", "is", LARGE), [[LARGE] * 3, [LARGE, LARGE - TINY_AMOUNT]], {1}),
        (number("average", "over", "0.3333333333"), [[1, 0, 0], [Decimal("0.3333333333")]], {1}),
        (number("average", "one_of", "0.5", "2"), [[1, 0], [1, 2, 3], [1, 1]], {1, 2}),
        (number("share", "over", "33.3333333333"), [[1, -1, -1], [1, -1, -1, -1]], {1}),
        (number("share", "between", "50", "50"), [[1, -1], [1, 1, -1]], {1}),
        (number("max", "at_least", LARGE), [[LARGE], [LARGE - TINY_AMOUNT]], {1}),
        (number("count", "over", "1.5"), [[1], [1, 1]], {2}),
        (number("count", "is", "1.5"), [[1], [1, 1]], set()),
        (number("count", "is_not", "1.5"), [[1], []], {1, 2}),
        (number("count", "under", "999999999999999999.9"), [[1], []], {1, 2}),
    ],
)
def test_figures_are_compared_exactly(rule, people, wanted):
    """Sums, averages, shares and counts at their edges, and operands that no value of the type equals."""
    assert who(rule, people) == [wanted, wanted]


def test_the_usual_time_between_is_exact_to_the_microsecond():
    """Three events within exactly two days lie a day apart; a microsecond more is more."""
    day = dt.timedelta(days=1)
    people = [[AS_OF - 3 * day, AS_OF - 2 * day, AS_OF - day], [AS_OF - 3 * day - TINY, AS_OF - 2 * day, AS_OF - day], [AS_OF - day]]
    assert who(number("gap", "is", 1), people) == [{1}, {1}]
    assert who(number("gap", "over", 1), people) == [{2}, {2}]
    assert who(number("gap", "under", "999999999999999999"), people) == [{1, 2}, {1, 2}]


SUM, COUNT, AVERAGE = (
    EventsFigure("visit", "sum", "p_decimal"),
    EventsFigure("visit", "count"),
    EventsFigure("visit", "average", "p_decimal"),
)


@pytest.mark.parametrize(
    ("rule", "people", "wanted"),
    [
        (Against(SUM, "over", COUNT), [[1, 1], [1, 1 + TINY_AMOUNT], [LARGE, LARGE]], {2, 3}),
        (Against(SUM, "at_least", SUM, Decimal("1.0000000001")), [[LARGE], [0], [-1]], {3}),
        (Against(SUM, "over", EventsFigure("visit", "last"), LARGE), [[LARGE], [1]], {1}),
        (Against(AVERAGE, "at_most", EventsFigure("visit", "max", "p_decimal")), [[LARGE] * 7, [1], []], {1, 2}),
        (Against(COUNT, "at_least", EventsFigure("visit", "count", window=InLast(Span(1, "hour")))), [[1], [1, 1], []], {1, 2}),
    ],
)
def test_numbers_of_one_person_are_compared_exactly(rule, people, wanted):
    """Also when the products are larger than any number that is kept."""
    assert who(rule, people) == [wanted, wanted]


def test_ranks_know_equal_ratios_and_an_exact_mean():
    """An average of 1/3 is one of 2/6; whoever has just the mean or the median of all is neither above nor below it."""
    people = [[1, 0, 0], [1, 1, 0, 0, 0, 0], [1], [0]]
    assert who(Ranked(AVERAGE, "top", 2), people) == [{1, 2, 3}, {1, 2, 3}]
    assert who(Ranked(AVERAGE, "bottom", 2), people) == [{1, 2, 4}, {1, 2, 4}]
    thirds = [[1, 0, 0], [1, 1, 0], [1, 0]]
    assert who(Ranked(AVERAGE, "above_average"), thirds) == [{2}, {2}]
    assert who(Ranked(AVERAGE, "below_average"), thirds) == [{1}, {1}]
    assert who(Ranked(AVERAGE, "below_median"), [*thirds, [1, 0, 1, 0]]) == [{1}, {1}]
    large = [[LARGE], [LARGE - TINY_AMOUNT], [LARGE], [LARGE - 3 * TINY_AMOUNT]]
    assert who(Ranked(SUM, "below_average"), large) == [{4}, {4}]
    assert who(Ranked(SUM, "above_average"), large) == [{1, 3}, {1, 3}]
    assert who(Ranked(SUM, "top", 1), large) == [{1, 3}, {1, 3}]
