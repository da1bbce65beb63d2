"""Counts and sums in arrays are those that SQL would give, exactly, or are left to SQL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

import strategies
from engines.layout import store_of
from lohko.base.times import zone
from lohko.engine import tallies
from lohko.engine.compiled import Compiled
from lohko.engine.duckdb import DuckEngine
from lohko.engine.leaf_cache import LeafCache, SharedAnswers
from lohko.engine.reference import Event, Person
from lohko.engine.tallies import Tallies, Tally, passing
from lohko.model.condition import EventsAre
from lohko.model.operand import Number, Span, Test
from lohko.model.operators import OPERATORS, plain
from lohko.model.window import Latest
from strategies import AS_OF, SCHEMA, people, windows

ZONE = zone("Europe/Helsinki")
OPS = ("over", "at_least", "under", "at_most", "is", "between", "one_of", "known")
small = st.decimals(-300, 300, places=3) | st.integers(-300, 300).map(Decimal)
operands = small | st.sampled_from([Decimal("0.3333333333"), Decimal(10) ** 30])


def _test(op: str, numbers: list[Decimal]) -> Test:
    wanted = OPERATORS[op].operands
    return Test(op, tuple(Number(n) for n in (numbers if wanted == "many" else numbers[:wanted])))


@given(st.sampled_from(OPS), st.lists(operands, min_size=2, max_size=3), st.lists(st.integers(0, 255), max_size=6))
def test_a_count_passes_as_the_operator_says(op, numbers, counts):
    """Any number stands on the right, whole or not, near or far beyond what an array holds."""
    test = _test(op, numbers)
    for kind in (np.uint8, np.int64):
        found = passing("count", test, Tally(np.array(counts, dtype=kind)), 1)
        assert list(found) == [OPERATORS[op].holds(count, *map(plain, test.operands)) for count in counts]


@given(
    st.sampled_from(OPS),
    st.lists(operands, min_size=2, max_size=3),
    st.lists(st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 5)), max_size=6),
)
def test_an_average_passes_as_the_exact_fraction_does(op, numbers, pairs):
    """Nothing is divided; someone without a value passes nothing; what does not fit is not answered."""
    test = _test(op, numbers)
    made = Tally(
        np.array([count for _, count in pairs], dtype=np.uint8), np.array([total if count else 0 for total, count in pairs], dtype=np.int64)
    )
    found = passing("average", test, made, 10_000)
    if found is None:
        assert any(abs(number) > 10**12 or number.as_tuple().exponent < -9 for number in numbers)
        return
    wanted = [Fraction(plain(operand)) for operand in test.operands]
    assert list(found) == [bool(n) and OPERATORS[op].holds(Fraction(total, n * 10_000), *wanted) for total, n in pairs]


def _engines(store, monkeypatch) -> tuple[Tallies, DuckEngine]:
    """Arrays alone, and SQL alone."""
    cursor = store.cursor()
    sql = DuckEngine(cursor, SCHEMA, AS_OF, ZONE)
    monkeypatch.setattr(sql._tallies, "people", lambda leaf: None)
    return Tallies(cursor, Compiled(SCHEMA, ZONE), AS_OF, ZONE, sql.everyone(), SharedAnswers(LeafCache(), cursor, None)), sql


@pytest.mark.parametrize("measure", ["count", "sum", "average"])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_arrays_and_sql_find_the_same_people(measure, data):
    """Thresholds of counts, sums and averages of whole numbers and money, read in one part or in several."""
    name = None if measure == "count" else data.draw(st.sampled_from(["p_integer", "p_money"]))
    test = _test(data.draw(st.sampled_from([*OPS, "not_between", "is_not", "none_of"])), data.draw(st.lists(small, min_size=2, max_size=2)))
    leaf = EventsAre("visit", measure, test, property=name)
    with pytest.MonkeyPatch.context() as patch, store_of(data.draw(st.lists(people(), min_size=1, max_size=5)), SCHEMA) as store:
        arrays, sql = _engines(store, patch)
        patch.setattr(tallies, "_ROWS_AT_ONCE", data.draw(st.sampled_from([2, 1 << 24])))
        found = arrays.people(leaf)
        assert found is None or found == sql.ask(leaf)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_first_and_last_instants_are_those_of_sql(data):
    """Every comparison of a time, with a window and without, and people without any event."""
    leaf = EventsAre(
        "visit",
        data.draw(st.sampled_from(["first", "last"])),
        data.draw(strategies.tests_of("time")),
        window=data.draw(st.none() | windows),
    )
    with pytest.MonkeyPatch.context() as patch, store_of(data.draw(st.lists(people(), min_size=1, max_size=5)), SCHEMA) as store:
        arrays, sql = _engines(store, patch)
        patch.setattr(tallies, "_ROWS_AT_ONCE", data.draw(st.sampled_from([2, 1 << 24])))
        found = arrays.people(leaf)
        assert found is None or found == sql.ask(leaf)


def test_counts_sums_and_averages_are_answered_by_arrays(monkeypatch):
    """The usual conditions take the fast road; the latest few events, and values that are no whole numbers, take the other."""
    with store_of(
        [Person(attributes={}, events={"visit": [Event(AS_OF - dt.timedelta(days=1), {"p_money": Decimal("12.3456"), "p_integer": 3})]})],
        SCHEMA,
    ) as store:
        arrays, _ = _engines(store, monkeypatch)
        over = Test("over", (Number(Decimal("0.5")),))
        assert arrays.people(EventsAre("visit", "count", over)) == BitMap([1])
        assert arrays.people(EventsAre("visit", "sum", over, property="p_money")) == BitMap([1])
        assert arrays.people(EventsAre("visit", "average", over, property="p_integer")) == BitMap([1])
        assert arrays.people(EventsAre("visit", "sum", over, property="p_decimal")) is None
        assert arrays.people(EventsAre("visit", "count", over, window=Latest(2))) is None
        assert arrays.people(EventsAre("visit", "days", over)) is None
        assert arrays.people(EventsAre("visit", "last", Test("in_last", (Span(3, "day"),)))) == BitMap([1])


def test_amounts_too_large_to_add_up_exactly_are_left_to_sql(monkeypatch):
    """A hundred trillion is money too; its sum is SQL's, and right."""
    large = Decimal("99999999999999.9999")
    rich = Person(attributes={}, events={"visit": [Event(AS_OF - dt.timedelta(days=n), {"p_money": large}) for n in range(1, 20)]})
    leaf = EventsAre("visit", "sum", Test("is", (Number(large * 19),)), property="p_money")
    with store_of([rich], SCHEMA) as store:
        arrays, sql = _engines(store, monkeypatch)
        assert arrays.people(leaf) is None
        assert DuckEngine(store.cursor(), SCHEMA, AS_OF, ZONE).ask(leaf) == sql.ask(leaf) == BitMap([1])


def test_counts_beyond_a_byte_are_kept_whole():
    """Someone with 300 events has 300 of them, not 44."""
    visits = [Event(AS_OF - dt.timedelta(minutes=n + 1), {}) for n in range(300)]
    with store_of([Person(events={"visit": visits}), Person(events={"visit": visits[:3]})], SCHEMA, ZONE) as store:
        engine = DuckEngine(store.cursor(), SCHEMA, AS_OF, ZONE)
        assert set(engine.ask(EventsAre("visit", "count", Test("is", (Number(Decimal(300)),))))) == {1}
        assert set(engine.ask(EventsAre("visit", "count", Test("under", (Number(Decimal(100)),))))) == {2}
