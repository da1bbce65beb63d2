"""What stands beside a condition: DuckDB finds the members that the reference finds, for definitions drawn at random."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.layout import lent_store
from lohko.base.times import zone
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate_all
from lohko.engine.reference import Event, Person, Reference, Value
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, AttributeFigure, AttributeIs, EventsAre, EventsFigure, InSegment, Not, Or
from lohko.model.definition import Definition, Limit, before_in_group
from lohko.model.operand import Number, Span
from lohko.model.operand import Test as Comparison
from lohko.model.window import InLast
from strategies import AS_OF, SCHEMA

ZONE = zone("Europe/Helsinki")
NAMES = "abcdef"
FOREVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
few = st.none() | st.integers(0, 2)  # few different values, so that people tie


@st.composite
def plain_people(draw):
    """Someone with a value or none and some visits: small, so that crowds are large and limits and lists are tight."""
    points, visits = draw(few), draw(st.lists(st.tuples(st.integers(1, 20), few), max_size=3))
    held = [] if points is None else [Value(AS_OF - dt.timedelta(days=90), FOREVER, points)]
    happened = [Event(AS_OF - dt.timedelta(days=days), {} if value is None else {"p_integer": value}) for days, value in visits]
    return Person({"a_integer": held}, {"visit": happened})


# Ids that are not in the order of the keys.
CROWD = st.lists(plain_people(), min_size=3, max_size=8).map(
    lambda crowd: {key: replace(person, person_id=str(key * 7 % 10)) for key, person in enumerate(crowd, start=1)}
)


def rules(most):
    """Rules that many people pass: conditions of every kind are in `test_same_people.py`."""
    tests = st.builds(Comparison, st.sampled_from(["at_least", "at_most"]), st.integers(0, most).map(lambda n: (Number(Decimal(n)),)))
    return tests.flatmap(lambda test: st.sampled_from([AttributeIs("a_integer", test), EventsAre("visit", "count", test)]))


windows = st.none() | st.builds(InLast, st.builds(Span, st.integers(5, 15), st.just("day")))
figures = st.one_of(
    st.just(AttributeFigure("a_integer")),
    st.builds(EventsFigure, st.just("visit"), st.sampled_from(["count", "days", "last", "gap"]), window=windows),
    st.builds(
        EventsFigure, st.just("visit"), st.sampled_from(["sum", "average", "min", "max", "distinct"]), st.just("p_integer"), window=windows
    ),
)
limits = st.builds(Limit, st.integers(1, 4), st.none() | figures, st.sampled_from(["highest", "lowest"]))


@st.composite
def definitions(draw):
    """Definitions by id, each of which may name those drawn before it: by its rule, as its parent, or before it in its group."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(2, len(NAMES)))]
    tied = draw(st.booleans())
    found = {}
    for place, name in enumerate(sorted(names) if tied else names):
        earlier = st.sampled_from(sorted(found)) if found else st.nothing()
        rule = draw(rules(2))
        where = rule if not found or draw(st.booleans()) else draw(_with(rule, InSegment(draw(earlier))))
        group = draw(st.sampled_from([None, "g", "g", "h"]))
        parent = draw(st.none() | st.none() | earlier)
        priority = place if group and not tied else 0
        found[name] = Definition(where, parent, group, priority, draw(st.none() | limits))
    return found


def _with(rule, other):
    return st.sampled_from([other, Not(other), And((rule, other)), Or((rule, other))])


class Silent(Reference):
    """The reference without sentences, which are most of its work: only who is in counts here."""

    def _said(self, _node):
        return ""


def both_engines(crowd, found):
    """Members of every segment by DuckDB and by the reference."""
    catalogue = Catalogue(SCHEMA, found)
    resolved = {name: catalogue.definition(name) for name in found}
    reference = Silent(SCHEMA, resolved, AS_OF, ZONE, population=crowd)
    with lent_store(list(crowd.values()), SCHEMA) as store:
        engine = DuckEngine(store, SCHEMA, AS_OF, ZONE)
        by_duckdb = {name: set(answer) for name, answer in evaluate_all(engine, catalogue).items()}
    return by_duckdb, {name: reference.members_of(name) for name in found}


def _check(found, members):
    for name, definition in found.items():
        assert definition.parent is None or members[name] <= members[definition.parent]
        assert definition.limit is None or len(members[name]) <= definition.limit.n
        for other in before_in_group(found, name):
            assert not members[name] & members[other]


@given(CROWD, definitions())
def test_definitions_hold_the_people_that_the_reference_finds(crowd, found):
    """Rules about other segments, within parents, in groups, of the best by any figure with ties by id: the same members in both engines.

    Children are within their parents, nobody is in two lists of a group, and nobody is too many.
    """
    by_duckdb, by_reference = both_engines(crowd, found)
    assert by_duckdb == by_reference
    _check(found, by_duckdb)


@given(CROWD, rules(2), limits)
def test_a_limit_takes_all_when_they_are_few_and_grows_by_those_who_come_next(crowd, rule, limit):
    """Whoever is among the best n is among the best n + 1, and of few people nobody is left out."""
    sizes = range(1, len(crowd) + 2)
    found = {str(n): Definition(rule, limit=replace(limit, n=n)) for n in sizes} | {"all": Definition(rule)}
    members, _ = both_engines(crowd, found)
    for n in sizes:
        assert len(members[str(n)]) == min(n, len(members["all"]))
        assert members[str(n)] <= members.get(str(n + 1), members["all"])


@given(CROWD, definitions(), st.randoms(use_true_random=False))
def test_who_is_in_does_not_depend_on_the_order_in_which_people_came(crowd, found, random):
    """Keys are given in the order of arrival; members are the same people whatever that was."""
    turned = list(crowd.values())
    random.shuffle(turned)
    first, _ = both_engines(crowd, found)
    second, _ = both_engines(dict(enumerate(turned, start=1)), found)
    ids = {key: person.person_id for key, person in enumerate(turned, start=1)}
    assert {name: {crowd[key].person_id for key in keys} for name, keys in first.items()} == {
        name: {ids[key] for key in keys} for name, keys in second.items()
    }


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (Limit(1, AttributeFigure("a_integer")), "d"),
        (Limit(2, AttributeFigure("a_integer")), "bd"),
        (Limit(3, AttributeFigure("a_integer")), "bcd"),
        (Limit(1, AttributeFigure("a_integer"), "lowest"), "b"),
        (Limit(2, AttributeFigure("a_integer"), "lowest"), "bc"),
        (Limit(3, AttributeFigure("a_integer"), "lowest"), "bcd"),
        (Limit(4, AttributeFigure("a_integer"), "lowest"), "abcd"),
        (Limit(3), "abc"),
        (Limit(9), "abcde"),
        (Limit(1, EventsFigure("visit", "count")), "e"),
        (Limit(2, EventsFigure("visit", "count"), "lowest"), "ae"),
    ],
)
def test_the_best_come_first_those_without_a_value_last_and_ties_by_id(limit, expected):
    """Points of a to e are none, 1, 1, 2 and none; only e has visited, and no visit is no value."""
    points = {"d": 2, "c": 1, "b": 1, "a": None, "e": None}
    crowd = {}
    for key, (name, value) in enumerate(points.items(), start=1):
        held = [] if value is None else [Value(AS_OF - dt.timedelta(days=90), FOREVER, value)]
        visits = [Event(AS_OF - dt.timedelta(days=1), {})] if name == "e" else []
        crowd[key] = Person({"a_integer": held}, {"visit": visits}, person_id=name)
    anyone = EventsAre("visit", "count", Comparison("at_least", (Number(Decimal(0)),)))
    by_duckdb, by_reference = both_engines(crowd, {"best": Definition(anyone, limit=limit)})
    assert by_duckdb == by_reference
    assert "".join(sorted(crowd[key].person_id for key in by_duckdb["best"])) == expected
