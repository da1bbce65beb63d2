"""When time alone will bring a person in or take them out is told to the microsecond."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.engine.reference import Event, Person, Value
from lohko.engine.turning import Silent, Turning
from lohko.model.condition import Against, And, AttributeIs, Condition, EventsAre, EventsFigure, InSegment, OfAccount, Ranked
from lohko.model.definition import Definition
from lohko.model.operand import Number, Period, Span
from lohko.model.operand import Test as Comparison
from lohko.model.walk import everything
from lohko.model.window import InLast
from strategies import AS_OF, SCHEMA, attributes, event_leaves, instants, nested, own_leaves, people

HELSINKI = ZoneInfo("Europe/Helsinki")
INSTANT = dt.timedelta(microseconds=1)
ONE = Comparison("at_least", (Number(Decimal(1)),))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(dt.UTC)


def turns(rule: Condition, person: Person, as_of: dt.datetime = AS_OF) -> dt.datetime | None:
    return Turning(SCHEMA, {}, HELSINKI, person).of_condition(rule, as_of)


def visitor(*moments: str) -> Person:
    return Person(events={"visit": [Event(at(moment), {}) for moment in moments]})


def test_a_window_of_days_is_left_at_a_midnight():
    """A visit on the 20th is in the last 30 days until the midnight with which the 31st day after it begins."""
    recent = EventsAre("visit", "count", ONE, window=InLast(Span(30, "day")))
    assert turns(recent, visitor("2026-03-20T15:00")) == at("2026-04-20")
    assert turns(recent, visitor("2026-03-20T15:00", "2026-03-22T09:00")) == at("2026-04-22")
    assert turns(recent, visitor("2025-03-20T15:00")) is None


def test_a_window_of_hours_is_left_just_after_its_end():
    """The edge itself still counts, so the answer changes a microsecond after it."""
    recent = EventsAre("visit", "count", ONE, window=InLast(Span(48, "hour")))
    assert turns(recent, visitor("2026-03-28T15:00")) == at("2026-03-28T15:00") + dt.timedelta(hours=48) + INSTANT


def test_a_date_comes_into_the_next_days_and_a_birthday_comes_again():
    """`in the next 14 days` is entered at a midnight; an anniversary is entered and left by the calendar."""
    held = {"a_date": [Value(at("2020-01-01"), at("2099-01-01"), dt.date(2026, 6, 1))]}
    soon = AttributeIs("a_date", Comparison("in_next", (Span(14, "day"),)))
    assert turns(soon, Person(held)) == at("2026-05-18")
    again = AttributeIs("a_date", Comparison("anniversary_during", (Period("this", "month"),)))
    assert turns(again, Person(held)) == at("2027-06-01")
    assert turns(again, Person(held), at("2027-06-10")) == at("2027-07-01")


def test_a_rhythm_is_broken_at_an_instant_between_all_days():
    """More than twice the usual time since the last visit: 2 x 10.25 days after it, and a microsecond."""
    rule = Against(EventsFigure("visit", "last"), "over", EventsFigure("visit", "gap"), Decimal(2))
    person = visitor("2026-03-10T06:00", "2026-03-20T12:00")
    assert turns(rule, person) == at("2026-03-20T12:00").astimezone(dt.UTC) + dt.timedelta(days=20.5) + INSTANT


def test_segments_behind_a_segment_count_with_all_that_stands_beside_them():
    """A member leaves when the parent is left, and enters when an earlier list of the group lets go."""
    recent = EventsAre("visit", "count", ONE, window=InLast(Span(10, "day")))
    ever = EventsAre("visit", "count", ONE)
    definitions = {
        "recent": Definition(recent),
        "child": Definition(ever, parent="recent"),
        "first": Definition(recent, group="g", priority=1),
        "second": Definition(ever, group="g", priority=2),
        "named": Definition(InSegment("child")),
    }
    told = Turning(SCHEMA, definitions, HELSINKI, visitor("2026-03-25T15:00"))
    assert {told.of_segment(name, AS_OF) for name in definitions} == {at("2026-04-05")}


def _alone(rule: Condition) -> bool:
    return not any(isinstance(node, Ranked | OfAccount) for node in everything(rule))


alone = nested((own_leaves | attributes() | event_leaves()).filter(_alone), 3)


@settings(max_examples=max(60, settings().max_examples))
@given(
    rule=alone,
    person=people(),
    tried=st.lists(instants, max_size=20),
    weeks=st.integers(0, 60),
)
def test_the_instant_told_is_the_first_at_which_the_answer_changes(rule, person, tried, weeks):
    """At it the answer is another, a microsecond before it the old one, and nowhere between: tried at midnights, hours and odd instants."""
    told = turns(rule, person)

    def holds(moment: dt.datetime) -> bool:
        return Silent(SCHEMA, {}, moment, HELSINKI).holds(rule, person)

    now = holds(AS_OF)
    if told is not None:
        assert told > AS_OF
        assert holds(told) != now
        assert holds(told - INSTANT) == now
    start = AS_OF + dt.timedelta(weeks=weeks)
    grid = [start + n * dt.timedelta(hours=6) for n in range(60)]
    grid += [
        dt.datetime.combine(AS_OF.date() + dt.timedelta(days=n), dt.time(hour), tzinfo=dt.UTC)
        for n in range(0, 400, 3)
        for hour in (21, 22)
    ]
    grid += [AS_OF + abs(moment - AS_OF) + edge for moment in tried for edge in (dt.timedelta(), INSTANT)]
    for event in (item for items in person.events.values() for item in items):
        grid += [event.at + n * dt.timedelta(hours=1) + edge for n in (1, 6, 12, 24, 48) for edge in (dt.timedelta(), INSTANT)]
    for moment in grid:
        if moment > AS_OF and (told is None or moment < told):
            assert holds(moment) == now, moment


@given(rule=alone, person=people())
def test_from_turn_to_turn_every_answer_alternates(rule, person):
    """Asked again at the instant told, the next one is later, and the answer changes back there."""
    moment, answers = AS_OF, []
    for _ in range(4):
        answers.append(Silent(SCHEMA, {}, moment, HELSINKI).holds(rule, person))
        following = turns(rule, person, moment)
        if following is None:
            break
        assert following > moment
        moment = following
    assert all(one != other for one, other in pairwise(answers))


def test_rules_about_nothing_that_passes_never_turn():
    """A value that is known, and a count of all time, stay as they are."""
    held = {"a_text": [Value(at("2020-01-01"), dt.datetime(9999, 12, 31, tzinfo=dt.UTC), "x")]}
    rule = And((AttributeIs("a_text", Comparison("known")), EventsAre("visit", "count", ONE)))
    person = Person(held, {"visit": [Event(at("2026-03-01"), {})]})
    assert turns(rule, person) is None
