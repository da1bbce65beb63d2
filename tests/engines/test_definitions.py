"""What stands beside a condition: DuckDB finds the members that the reference finds, for definitions drawn at random."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engines.layout import lent_store
from lohko.base.times import zone
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate_all
from lohko.engine.reference import Reference
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, AttributeIs, EventsAre, InSegment, Not, Number, Or
from lohko.model.condition import Test as Comparison
from lohko.model.definition import Definition, Limit, before_in_group
from strategies import AS_OF, SCHEMA, figures, people

ZONE = zone("Europe/Helsinki")
CROWD = st.lists(people(), min_size=1, max_size=8).map(
    lambda crowd: {key: replace(person, person_id=str(key * 7 % 10)) for key, person in enumerate(crowd, start=1)}
)
NAMES = "abcdef"


def _leaf(test):
    return st.sampled_from([AttributeIs("a_integer", test), EventsAre("visit", "count", test), EventsAre("reply", "count", test)])


# What stands beside a condition is tried here; conditions of every kind are in `test_same_people.py`.
simple = st.builds(Comparison, st.sampled_from(["over", "at_most", "is"]), st.integers(-1, 3).map(lambda n: (Number(Decimal(n)),))).flatmap(
    _leaf
)

limits = st.builds(Limit, st.integers(1, 5), st.none() | figures, st.sampled_from(["highest", "lowest"]))


@st.composite
def definitions(draw):
    """Definitions by id, each of which may name those drawn before it: by its rule, as its parent, or before it in its group."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    tied = draw(st.booleans())
    found = {}
    for place, name in enumerate(sorted(names) if tied else names):
        earlier = st.sampled_from(sorted(found)) if found else st.nothing()
        rule = draw(simple)
        where = rule if not found or draw(st.booleans()) else draw(_with(rule, InSegment(draw(earlier))))
        group = draw(st.none() | st.sampled_from(["g", "h"]))
        parent = draw(st.none() | earlier)
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


@given(CROWD, simple, limits)
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
