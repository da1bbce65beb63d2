"""What is kept between questions is what would be answered if it were asked anew."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from engines.layout import empty_store, fill, store_of, write_event
from lohko.base.times import zone
from lohko.engine.duckdb import DuckEngine
from lohko.engine.leaf_cache import LeafCache, SharedAnswers, size_of_set
from lohko.engine.plan import evaluate
from lohko.engine.reference import Event, Person
from lohko.model.catalogue import Catalogue
from lohko.model.condition import EventsAre
from lohko.model.operand import Number, Span, Test
from lohko.model.walk import leaves
from lohko.model.window import InLast
from strategies import AS_OF, SCHEMA, instants, people, plain_conditions

ZONE = zone("Europe/Helsinki")
SECONDS = (0, 1, 7, 3600, -1, -3600, 86_400, 86_407, 400 * 86_400, 400 * 86_400 + 3)
NOWS = st.sampled_from([AS_OF + dt.timedelta(seconds=seconds) for seconds in SECONDS])
ONCE = Test("at_least", (Number(Decimal(1)),))
LATELY = EventsAre("visit", "count", ONCE, window=InLast(Span(30, "day")))
LATELY_BY_THE_CLOCK = EventsAre("visit", "count", ONCE, window=InLast(Span(30, "hour")))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    st.lists(people(), min_size=1, max_size=4),
    st.lists(plain_conditions, min_size=1, max_size=4),
    st.lists(NOWS, min_size=2, max_size=4),
    instants,
)
def test_a_kept_answer_is_the_answer_asked_anew(crowd, rules, nows, later):
    """Whatever was asked before, at whatever instant and of older data, every rule has the people it has in an engine that keeps nothing."""
    catalogue = Catalogue(SCHEMA, {})
    cache = LeafCache()
    with store_of(crowd, SCHEMA) as store:
        for version in (1, 2):
            for now in nows:
                keeping = DuckEngine(store.cursor(), SCHEMA, now, ZONE, shared=SharedAnswers(cache, store.cursor(), version))
                for rule in rules:
                    assert evaluate(keeping, catalogue, rule) == evaluate(DuckEngine(store.cursor(), SCHEMA, now, ZONE), catalogue, rule)
            write_event(store, 1, SCHEMA.event("visit"), Event(later, {"p_text": "Ada", "p_integer": 3}))


def _asked(cache: LeafCache, store, now: dt.datetime, leaf=LATELY, version: int = 1) -> tuple[BitMap, int]:
    """The people of a leaf, and how often the store had to be asked for them."""
    before = cache.misses
    engine = DuckEngine(store.cursor(), SCHEMA, now, ZONE, shared=SharedAnswers(cache, store.cursor(), version))
    return engine.ask(leaf), cache.misses - before


def _visitor(*at: dt.datetime) -> Person:
    return Person(attributes={}, events={"visit": [Event(moment, {}) for moment in at]})


def test_two_questions_of_now_share_an_answer_when_nothing_happened_between():
    """Seconds pass between two questions; while no event lies between them, only the first one reads the store."""
    cache = LeafCache()
    with store_of([_visitor(AS_OF - dt.timedelta(days=2))], SCHEMA) as store:
        assert _asked(cache, store, AS_OF)[0] == BitMap([1])
        assert _asked(cache, store, AS_OF + dt.timedelta(seconds=9)) == (BitMap([1]), 0)


def test_an_event_between_two_questions_keeps_them_apart():
    """An event after the first instant and before the second is in the second answer only, though both are of the same data."""
    cache, event = LeafCache(), AS_OF + dt.timedelta(seconds=5)
    with store_of([_visitor(event)], SCHEMA) as store:
        assert _asked(cache, store, AS_OF)[0] == BitMap()
        assert _asked(cache, store, event + dt.timedelta(seconds=5))[0] == BitMap([1])
        assert _asked(cache, store, event)[0] == BitMap()


def test_a_window_that_rolls_is_asked_anew():
    """Thirty hours before now is another instant each second, so such an answer is shared only at the very same instant."""
    cache = LeafCache()
    with store_of([_visitor(AS_OF - dt.timedelta(hours=30))], SCHEMA) as store:
        assert _asked(cache, store, AS_OF, LATELY_BY_THE_CLOCK)[0] == BitMap([1])
        assert _asked(cache, store, AS_OF + dt.timedelta(seconds=1), LATELY_BY_THE_CLOCK)[0] == BitMap()


def test_new_data_makes_old_answers_unknown():
    """Answers belong to the version of the data that was read."""
    cache = LeafCache()
    with store_of([_visitor()], SCHEMA) as store:
        assert _asked(cache, store, AS_OF, version=1)[0] == BitMap()
        write_event(store, 1, SCHEMA.event("visit"), Event(AS_OF - dt.timedelta(days=1), {}))
        assert _asked(cache, store, AS_OF, version=1)[0] == BitMap()
        assert _asked(cache, store, AS_OF, version=2)[0] == BitMap([1])


def test_another_threshold_of_the_same_events_reads_nothing():
    """`at least once` and `at least five times` of the same events in the same window are one reading of the table."""
    cache = LeafCache()
    often = EventsAre("visit", "count", Test("at_least", (Number(Decimal(2)),)), window=LATELY.window)
    with store_of([_visitor(AS_OF - dt.timedelta(days=2)), _visitor(*[AS_OF - dt.timedelta(days=3)] * 2)], SCHEMA) as store:
        assert _asked(cache, store, AS_OF)[0] == BitMap([1, 2])
        assert _asked(cache, store, AS_OF, often) == (BitMap([2]), 0)


def test_the_cache_stays_within_its_bytes_and_forgets_what_was_used_least_recently():
    """However much is put in, it holds no more than it may; what was just used is still there."""
    cache = LeafCache(most_bytes=10_000)
    for number in range(50):
        cache.put(number, f"answer {number}", 1_500)
        cache.get(0)
        assert cache.bytes <= 10_000
    assert cache.get(0) == "answer 0" and cache.get(49) == "answer 49" and cache.get(1) is None
    cache.put("large", "larger than all the room", 10_001)
    assert cache.get("large") is None


def test_parameters_that_python_holds_equal_are_not_one_key():
    """True, 1 and 1.0 bound to the same text ask different things."""
    with empty_store(SCHEMA) as store:
        shared = SharedAnswers(LeafCache(), store.cursor(), 1)
        given_ = [True, 1, 1.0, Decimal(1), "1", [1], [True]]
        answers = [shared.kept("people", "SELECT $1", [value], lambda _: 1, lambda n=n: f"answer {n}") for n, value in enumerate(given_)]
        assert len(set(answers)) == len(given_)


def test_the_size_of_a_set_grows_with_what_it_holds():
    """A million scattered people take more than a hundred."""
    assert 0 < size_of_set(BitMap(range(100))) < size_of_set(BitMap(range(0, 2_000_000, 2)))


def test_every_leaf_of_a_rule_is_kept_apart():
    """Rules of several leaves do not mix them up when asked twice."""
    cache = LeafCache()
    with empty_store(SCHEMA) as store:
        fill(store, [_visitor(AS_OF - dt.timedelta(days=2)), _visitor()], SCHEMA)
        never = EventsAre("visit", "count", Test("at_most", (Number(Decimal(0)),)), window=LATELY.window)
        for _ in range(2):
            assert _asked(cache, store, AS_OF)[0] == BitMap([1])
            assert _asked(cache, store, AS_OF, never)[0] == BitMap([2])
        assert leaves(never) == (never,)
