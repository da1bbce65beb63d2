"""No look-ahead: nothing that happens after a day changes who was in then; and an outcome counts nothing that was before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engines.layout import lent_store, store_of
from lohko.base.times import zone
from lohko.engine import cuts
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.reference import ConsentRecord, Event, Move, Person, Reference, Value
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, Condition, EventsAre, Moved, Not, OfAccount, Or, Ranked
from lohko.model.operand import Number, Test
from lohko.model.walk import event_names, leaves
from lohko.state.rfm_rules import RfmRules
from lohko.steps.backtest import afterwards
from lohko.steps.question import Question
from strategies import AS_OF, PURPOSES, SCHEMA, SEGMENTS, of_segments, people, plain_conditions

ZONE = zone("Europe/Helsinki")
CROWD = st.lists(people(), min_size=1, max_size=3).map(lambda crowd: [replace(one, person_id=f"p{n}") for n, one in enumerate(crowd)])
BEFORE = st.integers(0, 30 * 24 * 60).map(lambda minutes: AS_OF - dt.timedelta(minutes=minutes)) | st.just(AS_OF)
DAYS = st.integers(1, 40).map(lambda days: dt.timedelta(days=days))
FOREVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
OUTCOMES = plain_conditions | of_segments | st.tuples(plain_conditions, of_segments).map(And) | of_segments.map(Not)


def question(store, rules: dict[str, Condition], as_of: dt.datetime) -> Question:
    engine = DuckEngine(store, SCHEMA, as_of, ZONE)
    return Question(as_of, 0, SCHEMA, {}, Catalogue(SCHEMA, rules), engine, RfmRules())


def lived_on(draw: Any, person: Person, since: dt.datetime) -> Person:
    """The same person, who does more, is asked for consent, and moves between segments, from an instant on."""
    moments = st.integers(0, 60 * 24 * 50).map(lambda minutes: since + dt.timedelta(minutes=minutes))
    like = draw(people())
    events = {
        name: [*person.events.get(name, ()), *(replace(event, at=draw(moments)) for event in happened)]
        for name, happened in like.events.items()
    }
    consents = [*person.consents, ConsentRecord(PURPOSES[0], draw(st.booleans()), draw(moments))]
    # What a refresh wrote at the very instant is the state at it, so what comes after is later than that.
    moves = {name: [*person.moves.get(name, ()), Move(draw(moments) + dt.timedelta(minutes=1), True)] for name in SEGMENTS}
    moves = {name: sorted(happened, key=lambda move: move.at) for name, happened in moves.items()}
    return replace(person, events=events, consents=consents, moves=moves)


@given(CROWD, st.integers(0, 2), st.lists(plain_conditions | of_segments, min_size=1, max_size=2), plain_conditions, BEFORE, st.data())
def test_what_happens_after_a_day_changes_nobody_who_was_in_then(crowd, strangers, rules, base, at, data):
    """Whatever people do at the instant asked about and later, and whoever comes then, neither members nor who was known change."""
    more = [lived_on(data.draw, person, at) for person in crowd]
    more += [lived_on(data.draw, Person(person_id=f"new{n}"), at) for n in range(strangers)]
    catalogue = Catalogue(SCHEMA, {"base": base, "other": Not(base)})
    asked = [rule for rule in rules if not among_strangers(rule)]
    before, after = (who_was_in(people, catalogue, asked, at) for people in (crowd, more))
    assert before == after


def who_was_in(crowd: list[Person], catalogue: Catalogue, rules: list[Condition], at: dt.datetime) -> list[set[int]]:
    """Who was known at an instant, and who of them was in each rule."""
    with lent_store(crowd, SCHEMA) as store:
        engine = DuckEngine(store, SCHEMA, at, ZONE)
        known = cuts.first_seen(store, SCHEMA).before(at)
        return [set(known), *(set(evaluate(engine, catalogue, rule) & known) for rule in rules)]


def among_strangers(rule: Condition) -> bool:
    """Whether people known only from later are counted among others: in ranks within a segment that they fall into."""
    return any(isinstance(leaf, Ranked) and leaf.among is not None for leaf in leaves(rule))


def expected(node: Condition, whole: Reference, cut: Reference) -> set[int] | None:
    """The outcome as the reference decides it: events and moves after the instant alone, everything else as it is at the end.

    None where the reference cannot tell: ranks within a segment, and accounts of contacts by what they did and what they are.
    """
    match node:
        case And(parts) | Or(parts):
            found = [expected(part, whole, cut) for part in parts]
            if None in found:
                return None
            return set.intersection(*found) if isinstance(node, And) else set.union(*found)
        case Not(part):
            inner = expected(part, whole, cut)
            return None if inner is None else set(whole.population) - inner
        case OfAccount():
            kinds = {after(leaf) for leaf in leaves(node)}
            return None if len(kinds) > 1 or among_strangers(node) else (cut if kinds == {True} else whole).members(node)
    if among_strangers(node):
        return None
    return (cut if after(node) else whole).members(node)


def after(leaf: Condition) -> bool:
    return bool(event_names(leaf)) or isinstance(leaf, Moved)


@given(CROWD, st.lists(OUTCOMES, min_size=1, max_size=2), plain_conditions, BEFORE, DAYS)
def test_an_outcome_is_what_people_without_a_past_did(crowd, rules, base, since, within):
    """An outcome over the whole data is the same rule asked of people whose earlier events are taken away, and of their state at the end."""
    until = since + within
    with lent_store(crowd, SCHEMA) as store:
        asked = question(store, {"base": base, "other": Not(base)}, until)
        segments = {name: asked.catalogue.definition(name) for name in SEGMENTS}
        whole = dict(enumerate(crowd, start=1))
        without = {key: cut_before(person, since) for key, person in whole.items()}
        references = [Reference(SCHEMA, segments, until, ZONE, population=population) for population in (whole, without)]
        for rule in rules:
            resolved = asked.catalogue.resolve(rule)
            wanted = expected(resolved, *references)
            if wanted is not None:
                assert set(afterwards(asked, ZONE, resolved, since=since, until=until)) == wanted


def cut_before(person: Person, since: dt.datetime) -> Person:
    events = {name: [event for event in events if event.at >= since] for name, events in person.events.items()}
    moves = {name: [move for move in moves if move.at >= since] for name, moves in person.moves.items()}
    return replace(person, events=events, moves=moves)


def test_a_rank_within_a_segment_is_among_who_is_in_it_at_the_end():
    """The segment is asked of the whole data, the number that ranks of what came after alone."""
    since = AS_OF - dt.timedelta(days=10)
    often = [Event(since - dt.timedelta(days=n), {}) for n in (1, 2, 3)]
    once = [Event(since + dt.timedelta(days=1), {})]
    crowd = [Person(events={"visit": visits}) for visits in ([*often, *once], [*often, *once, *once], [*once, *once, *once])]
    three = EventsAre("visit", "count", Test("at_least", (Number(Decimal(4)),)))
    count = EventsAre("visit", "count", Test("at_least", (Number(Decimal(1)),))).figure
    with store_of(crowd, SCHEMA) as store:
        asked = question(store, {"frequent": three}, AS_OF)
        rule = asked.catalogue.resolve(Ranked(count, "top", 1, "frequent"))
        assert set(afterwards(asked, ZONE, rule, since=since, until=AS_OF)) == {2}


def test_a_cut_leaves_no_trace():
    """After a cut, also one that fails within, the whole data is there again."""
    visits = [Event(AS_OF - dt.timedelta(days=n), {}) for n in (1, 9)]
    with store_of([Person(events={"visit": visits})], SCHEMA) as store:
        cursor = store.cursor()
        table = SCHEMA.event("visit").table

        def seen() -> int:
            return len(cursor.execute(f"SELECT * FROM {table}").fetchall())

        with cuts.only_since(cursor, SCHEMA, AS_OF - dt.timedelta(days=5)):
            assert seen() == 1
        assert seen() == 2
        try:
            with cuts.only_since(cursor, SCHEMA, AS_OF):
                raise KeyError
        except KeyError:
            pass
        assert seen() == 2


def test_assumed_values_make_nobody_known_and_can_be_left_out():
    """A value that only holds for earlier times by assumption makes nobody known then, and is gone without assumed values."""
    later = AS_OF + dt.timedelta(days=3)
    person = Person({"a_text": [Value(dt.datetime(1, 1, 1, tzinfo=dt.UTC), later, "Ada"), Value(later, FOREVER, "Ada")]})
    table = SCHEMA.attribute("a_text").table
    with store_of([person], SCHEMA) as store:
        store.execute(f"UPDATE {table} SET assumed = year(valid_from) = 1")
        cursor = store.cursor()
        assert cuts.any_assumed(cursor, SCHEMA)
        known = cuts.first_seen(cursor, SCHEMA)
        assert not known.before(AS_OF)
        assert not known.before(later) and known.before(later + dt.timedelta(days=1))
        with cuts.without_assumed(cursor, SCHEMA):
            assert len(cursor.execute(f"SELECT * FROM {table}").fetchall()) == 1
            assert not cuts.any_assumed(cursor, SCHEMA)
