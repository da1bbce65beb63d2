"""Nobody moves by time alone whom the bands between two instants do not tell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engines.layout import lent_store
from engines.test_same_people import ZONES
from lohko.base.times import zone
from lohko.engine.crossings import Between, crossing, swept
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.reference import Event, Person, Value
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Against, And, AttributeIs, EventsAre, EventsFigure, Followed, InSegment, Moved, Not, Step
from lohko.model.operand import Number, Period, Span
from lohko.model.operand import Test as Comparison
from lohko.model.walk import leaves as leaves_of
from lohko.model.window import InLast
from strategies import AS_OF, SCHEMA, instants, nested, of_segments, own_leaves, people

HELSINKI = zone("Europe/Helsinki")
NOBODY = Not(And(()))
of_ledger = of_segments.filter(lambda leaf: isinstance(leaf, Moved) or (isinstance(leaf, InSegment) and leaf.at is not None))
later_by = st.sampled_from(
    [
        dt.timedelta(0),
        dt.timedelta(microseconds=1),
        dt.timedelta(minutes=7),
        dt.timedelta(hours=5),
        dt.timedelta(days=1),
        dt.timedelta(days=31),
        dt.timedelta(days=400),
    ]
)


def moved_and_told(store: Any, rule: Any, zone: Any, earlier: dt.datetime, later: dt.datetime) -> tuple[set[int], set[int] | None]:
    """Who is in at one of two instants only, and whom the bands tell; None where everyone may move."""
    catalogue = Catalogue(SCHEMA, {"base": NOBODY, "other": NOBODY})
    told = swept(leaves_of(catalogue.resolve(rule)), Between(SCHEMA, zone, earlier, later))
    if told is None:
        return set(), None
    one, other = (set(evaluate(DuckEngine(store, SCHEMA, at, zone), catalogue, rule)) for at in (earlier, later))
    return one ^ other, set(crossing(store, told))


@given(
    st.data(), st.sampled_from(ZONES), st.lists(people(), min_size=1, max_size=4), st.lists(nested(own_leaves, 4), min_size=1, max_size=4)
)
def test_whoever_moves_between_two_instants_is_told(data, zone, crowd, rules):
    earlier = data.draw(st.just(AS_OF) | instants)
    later = earlier + data.draw(later_by)
    with lent_store(crowd, SCHEMA, zone) as store:
        for rule in rules:
            moved, told = moved_and_told(store, rule, zone, earlier, later)
            assert told is None or moved <= told


@given(
    st.data(), st.sampled_from(ZONES), st.lists(people(), min_size=1, max_size=4), st.lists(own_leaves | of_ledger, min_size=1, max_size=6)
)
def test_whoever_moves_by_a_single_condition_is_told(data, zone, crowd, leaves):
    """Each kind of leaf by itself: a band that is missing cannot hide behind another leaf's."""
    earlier = data.draw(st.just(AS_OF) | instants)
    later = earlier + data.draw(later_by)
    with lent_store(crowd, SCHEMA, zone) as store:
        for leaf in leaves:
            moved, told = moved_and_told(store, leaf, zone, earlier, later)
            assert told is None or moved <= told


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(dt.UTC)


def visitor(*moments: str) -> Person:
    return Person(events={"visit": [Event(at(moment), {}) for moment in moments]})


ONE = Comparison("at_least", (Number(1),))
CROWD = [visitor("2026-03-20T15:00"), visitor("2026-03-25T15:00"), visitor("2026-04-19T12:00")]


def told_of(rule: Any, earlier: str, later: str, crowd: list[Person] = CROWD) -> tuple[set[int], set[int] | None]:
    with lent_store(crowd, SCHEMA, HELSINKI) as store:
        return moved_and_told(store, rule, HELSINKI, at(earlier), at(later))


def test_only_who_leaves_a_window_is_told():
    """At midnight the visitor of the 20th leaves `in last 30 days`; nobody else has a visit on that day."""
    recent = EventsAre("visit", "count", ONE, window=InLast(Span(30, "day")))
    assert told_of(recent, "2026-04-19T23:00", "2026-04-20T01:00") == ({1}, {1})
    assert told_of(recent, "2026-04-20T09:00", "2026-04-20T17:00") == (set(), set())


def test_an_event_that_was_still_to_come_is_told_when_it_happens():
    assert told_of(EventsAre("visit", "count", ONE), "2026-04-19T11:00", "2026-04-19T13:00") == ({3}, {3})


def test_what_was_not_followed_in_time_is_told_when_the_time_is_over():
    alone = Followed("visit", (Step("reply", within=Span(2, "day"), did=False),))
    assert told_of(alone, "2026-03-22T23:00", "2026-03-23T01:00") == ({1}, {1})


def test_a_birthday_is_told_on_its_day_and_when_its_month_ends():
    crowd = [Person({"a_date": [Value(at("2020-01-01"), at("2099-01-01"), dt.date(1990, month, 17))]}) for month in (4, 5)]
    today = AttributeIs("a_date", Comparison("anniversary_during", (Period("this", "day"),)))
    assert told_of(today, "2026-04-16T22:00", "2026-04-17T02:00", crowd) == ({1}, {1})
    month = AttributeIs("a_date", Comparison("anniversary_during", (Period("this", "month"),)))
    assert told_of(month, "2026-04-30T22:00", "2026-05-01T02:00", crowd) == ({1, 2}, {1, 2})


def test_the_time_since_something_moves_everyone():
    since = Against(EventsFigure("visit", "last"), "over", EventsFigure("visit", "gap"))
    assert told_of(since, "2026-04-19T11:00", "2026-04-19T13:00") == (set(), None)
