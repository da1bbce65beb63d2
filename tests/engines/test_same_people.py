"""The reference decides; DuckDB must give the same people for every rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engines.given_traits import GivenTraits
from engines.layout import event_row, insert, lent_store
from lohko.base.times import zone
from lohko.engine.asked import Asked
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_ranks import ranking
from lohko.engine.plan import evaluate
from lohko.engine.reference import Event, Reference
from lohko.model import condition as nodes
from lohko.model import operand, window
from lohko.model.catalogue import Catalogue
from lohko.model.condition import InSegment, Not, Ranked
from lohko.model.edges import moment_of
from lohko.model.operators import OPERATORS
from strategies import (
    AS_OF,
    HELD,
    MEASURES,
    MOMENTS,
    PLACES_IN_RANK,
    SCHEMA,
    attributes,
    chains,
    conditions,
    event_leaves,
    figures,
    instants,
    leaves,
    numeric_attributes,
    people,
    people_with_traits,
    plain_conditions,
    property_leaves,
    ranks,
    windows,
)

ZONES = [zone(name) for name in ("Europe/Helsinki", "Europe/Helsinki", "America/Sao_Paulo", "Asia/Kathmandu")]
NOBODYS = st.lists(st.builds(Event, instants, st.just({"p_text": "Ada", "p_integer": 3})), max_size=2)


@st.composite
def crowds(draw: Any, zone: Any) -> list[Any]:
    """People with ids, and traits at all moments that rules ask about."""
    past = tuple(sorted({moment_of(at, AS_OF, zone) for at in MOMENTS} - {AS_OF}))
    return [
        replace(person, person_id=f"p{n}")
        for n, person in enumerate(draw(st.lists(people_with_traits(past), min_size=1, max_size=6)), start=1)
    ]


@given(st.data(), st.sampled_from(ZONES), st.lists(conditions, min_size=1, max_size=5), plain_conditions, plain_conditions)
def test_duckdb_finds_the_people_that_the_reference_finds(data, zone, rules, base, other):
    """Every rule, over people of every shape, gives the same members in both engines; not p is everyone else.

    Merged and erased people, and events that are nobody's, are in the tables and in no answer.
    """
    crowd, gone = data.draw(crowds(zone)), data.draw(st.lists(people(), max_size=2))
    catalogue = Catalogue(SCHEMA, {"base": base, "other": other})
    segments = {name: catalogue.definition(name) for name in catalogue.segments}
    everyone = dict(enumerate(crowd, start=1))
    reference = Reference(SCHEMA, segments, AS_OF, zone, population=everyone)
    with lent_store(crowd, SCHEMA, zone, gone) as store:
        insert(store, [event_row(None, SCHEMA.event("visit"), event, zone) for event in data.draw(NOBODYS)])
        engine = GivenTraits(store, SCHEMA, AS_OF, zone)
        engine.people = crowd
        for rule in rules:
            wanted = reference.members(catalogue.resolve(rule))
            assert set(evaluate(engine, catalogue, rule)) == wanted
            assert set(evaluate(engine, catalogue, Not(rule))) == set(everyone) - wanted


def parts_of(value: Any) -> Iterator[Any]:
    """A node and everything in it: conditions, tests, windows, figures, steps."""
    yield value
    if is_dataclass(value):
        for item in fields(value):
            yield from parts_of(getattr(value, item.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts_of(item)


NODES = [
    *(kind for kind in nodes.LEAVES if kind is not InSegment),
    *(nodes.PropertyIs, nodes.MomentIs, nodes.And, nodes.Or, nodes.Not, nodes.OfAccount),
    *(nodes.EventsFigure, nodes.AttributeFigure, nodes.Step, nodes.Ever),
]
WINDOWS = get_args(get_args(window.Window)[0])


def facts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """What a rule has in it: kinds of nodes, comparisons, measures, parts, places, lengths of steps."""
    for part in parts_of(value):
        yield "kind", type(part)
        for name in ("op", "measure", "part", "place", "way", "quantifier", "channel", "edge"):
            if hasattr(part, name):
                yield name, getattr(part, name)
        match part:
            case nodes.Step(within=within, did=did):
                yield from (("step", did), ("within", within.unit if within else None))
            case InSegment(at=at):
                yield "segment", type(at)
            case Ranked(among=among):
                yield "among", among is not None


class _Enough(Exception):
    """All that was looked for has been drawn."""


def missing(wanted: set[tuple[str, Any]], strategy: Any, n: int) -> set[tuple[str, Any]]:
    """What of the wanted is not found in so many random rules; no more of them are made than it takes."""
    left = set(wanted)

    @settings(
        max_examples=n,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def collect(value: Any) -> None:
        left.difference_update(facts_of(value))
        if not left:
            raise _Enough

    with suppress(_Enough):
        collect()
    return left


@pytest.mark.slow
def test_every_node_is_drawn():
    """The random rules leave no kind of condition, figure or window out; segments are asked about now, then and as a base."""
    wanted = {("kind", kind) for kind in NODES} | {("segment", kind) for kind in (type(None), operand.Span, operand.Day)}
    wanted |= {("among", True), ("among", False)} | {("quantifier", name) for name in ("any", "all", "at_least")}
    assert not missing(wanted, conditions, 1500)
    assert not missing({("kind", kind) for kind in WINDOWS}, windows, 500)


@pytest.mark.slow
def test_every_operator_and_part_is_drawn_of_attributes_and_of_events():
    """Each comparison, of each part of a value, can be found among the tests of a person and among those of an event."""
    everything = {("op", key) for key in OPERATORS} | {("part", name) for name in ("weekday", "month", "day", "hour", "items")}
    assert not missing(everything, attributes(), 5000)
    assert not missing(everything, property_leaves("visit"), 5000)
    of_sets = {("op", "has_all"), ("op", "does_not_have_all")}  # no figure is a set of texts
    assert not missing({("op", key) for key in OPERATORS} - of_sets, event_leaves(), 4000)


@pytest.mark.slow
def test_every_measure_place_and_step_is_drawn():
    """So can each measure, of a person and against others, each place in a rank, and each length of a step that came or did not."""
    measures = {("measure", name) for name in MEASURES}
    assert not missing(measures, event_leaves(), 400)
    assert not missing(measures - {("measure", "most_frequent")}, figures, 500)
    assert not missing({("place", name) for name in PLACES_IN_RANK}, ranks(numeric_attributes, st.none()), 600)
    steps = {("step", True), ("step", False)}
    lengths = {("within", unit) for unit in (None, "minute", "hour", "day", "week", "month", "quarter", "year")}
    assert not missing(steps | lengths, chains(), 900)


def test_what_no_rule_has_is_missing():
    """The tests above can fail."""
    assert missing({("op", "nothing of the kind"), ("op", "is")}, attributes(), 100) == {("op", "nothing of the kind")}


def sql_of(leaf: Any) -> str:
    """The text that a leaf becomes."""
    if isinstance(leaf, Ranked):
        return ranking(leaf.figure, Asked(SCHEMA, AS_OF, ZONES[0]), among=leaf.among is not None).sql
    return compile_leaf(leaf, SCHEMA, AS_OF, ZONES[0]).sql


def is_asked(leaf: Any) -> bool:
    return not (isinstance(leaf, InSegment) and leaf.at is None)


@given(leaves.filter(is_asked))
def test_the_sql_text_never_holds_what_was_typed(leaf):
    """Values are bound: what a user types is never part of the SQL."""
    text = sql_of(leaf).casefold()
    for hostile in ("drop", "ada", "straße", "2026", "0.33", "60.1", "istanbul", "champions", "monday", "base"):
        assert hostile not in text, text


def with_other_values(value: Any) -> Any:
    """The same tree with other texts, numbers and days in its comparisons; a day that is still to come stays one, since nothing is known of it yet."""
    match value:
        case operand.Text():
            return operand.Text("quite another text")
        case operand.Number():
            return operand.Number(value.value + 7)
        case operand.Day():
            year = 2039 if value.value > AS_OF.date() else 2019
            return operand.Day(value.value.replace(year=year, day=min(value.value.day, 28)))
        case tuple():
            return tuple(map(with_other_values, value))
        case operand.Test():
            return operand.Test(value.op, with_other_values(value.operands))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{item.name: with_other_values(getattr(value, item.name)) for item in fields(value)})
    return value


@given(leaves.filter(is_asked).filter(lambda leaf: not isinstance(leaf, nodes.EventsAre | nodes.Periods | nodes.Tied)))
def test_the_sql_text_is_the_same_for_other_values(leaf):
    """Two rules that differ only in their values become one text, whatever these are; counts apart, which 0 may or may not pass."""
    if any(getattr(part, "part", None) == "items" for part in parts_of(leaf)):
        return
    assert sql_of(with_other_values(leaf)) == sql_of(leaf)


def test_everything_that_people_have_is_asked_about():
    """The rules ask about all kinds of values that the people are given."""
    assert {item.name for item in HELD} >= {"a_text", "a_integer", "a_decimal", "a_money", "a_boolean", "a_date", "a_time", "a_text_set"}
