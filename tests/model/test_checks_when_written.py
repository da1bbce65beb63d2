"""What is said about a rule when it is written; what is called impossible really is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.engine.reference import Person, Reference
from lohko.model.catalogue import Catalogue
from lohko.model.checks import DataSpan, checks, checks_of
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, Followed, InSegment, Not, Or, PropertyIs, RandomShare, Step
from lohko.model.definition import Definition
from lohko.model.emptiness import Proof
from lohko.model.operand import Number
from lohko.model.operand import Test as Comparison
from lohko.model.parse import parse
from lohko.model.sentence import sentence
from spec.shop import SCHEMA as SHOP
from strategies import AS_OF, SCHEMA, conditions, event_leaves, leaves, nested, people, plain_conditions, windows
from strategies import tests_of as comparisons

HELSINKI = ZoneInfo("Europe/Helsinki")


class Silent(Reference):
    """The reference engine without its sentences."""

    def _said(self, node: Condition) -> str:
        return ""


def resolved(text: str, *names: str) -> Condition:
    return Catalogue(SHOP, dict.fromkeys(names, Definition(And(())))).resolve(parse(text).condition)


def written(text: str) -> str:
    return sentence(parse(text).condition)


def said(text: str, **more) -> list[tuple[str, str]]:
    return [(check.code, check.place) for check in checks(resolved(text), SHOP, **more)]


NEVER = (
    "city is Oulu and city is Turku",
    "city is Oulu and city is unknown",
    "city is Oulu and city is none of oulu, Turku",
    "city starts with Ou and city starts with Tu",
    "city is Oulu and city does not contain ou",
    "city starts with Oulu and city does not start with ou",
    "`tags` is shoes and `tags` is none of Shoes, hats",
    "points > 5 and points < 6",
    "height >= 2 and height < 2",
    "subscribed is yes and subscribed is no",
    "subscribed is known and subscribed is not yes and subscribed is not no",
    "birthday is before 2000-01-01 and birthday is since 2000-01-01",
    "joined is in last 30 days and joined is not in last 60 days",
    "did order and did not order",
    "did order in last 30 days and did not order in last 90 days",
    "did order in last 2 weeks and did not order in last 14 days",
    "did order where total > 50 and did not order",
    "did order at least 3 times in last 1 year and did order at most 2 times",
    "sum of total of order > 10 and did not order",
    "average of total of order > 10 and did not order",
    "did order between 2026-01-01 and 2026-01-31 and did not order since 2025-06-01",
    "(did order or did quiz_done) and did not order and did not quiz_done",
    "not (did order or did not order)",
)
POSSIBLE = (
    "`tags` is shoes and `tags` is hats",
    "city is not Oulu and city is not Turku",
    "height > 2 and height < 2.1",
    "points > 5 and points < 7",
    "city starts with Ou and city starts with Oulu",
    "city contains a and city does not contain b",
    "subscribed is not yes and subscribed is not no",
    "did order in last 90 days and did not order in last 30 days",
    "did order where total > 50 and did not order where total > 60",
    "did order in last 1 month and did not order in last 30 days",
    "did order where total > 50 and did not order where (total > 40 and brand is x)",
    "sum of total of order < 10 and did not order",
    "birthday is before 2000-01-01 and birthday is since 1999-12-31",
    "joined is more than 30 days ago and joined is in last 60 days",
)


@pytest.mark.parametrize("text", NEVER)
def test_rules_that_exclude_themselves_are_seen(text):
    """Each of these can hold of nobody, and is told with the place; its negation always holds."""
    assert {code for code, _ in said(text)} == {"contradiction"}
    assert Proof(SHOP).always(Not(resolved(text)))


@pytest.mark.parametrize("text", POSSIBLE)
def test_rules_that_somebody_can_fit_are_let_be(text):
    """Close to a contradiction is none."""
    assert said(text) == []


def test_a_part_that_never_holds_is_named_by_itself():
    """The place is the smallest part, and the hint says whether the whole rule is lost."""
    (check,) = checks(resolved("did quiz_done or (did order and (city is Oulu and city is Turku))"), SHOP)
    assert check.place == written("did order and city is Oulu and city is Turku") and check.hint == "this part never holds."
    (check,) = checks(resolved("did order and (city is Oulu or not (city is Oulu or city is not Oulu))"), SHOP)
    assert (check.code, check.place) == ("contradiction", written("not (city is Oulu or city is not Oulu)"))
    (check,) = checks(resolved("did order and (points > 5 and points < 3)"), SHOP)
    assert check.hint == "so the whole rule holds of nobody."


def test_what_always_holds_asks_nothing():
    """p or not p, in whatever words."""
    assert said("did order or did not order") == [("always_true", written("did order or did not order"))]
    assert said("did quiz_done and (points > 3 or points <= 3 or points is unknown)") == [
        ("always_true", written("points > 3 or points <= 3 or points is unknown"))
    ]
    assert said("did order at least 0 times") == [("always_true", written("did order at least 0 times"))]
    assert said("points > 3 or points <= 3") == []


def test_ranges_written_backwards_and_filters_that_exclude_themselves():
    """The leaf is named, also when the mistake is inside `where`."""
    assert said("points is between 9 and 3") == [("backwards", written("points is between 9 and 3"))]
    assert [code for code, _ in said("did order where total is between 9 and 3")] == ["backwards"]
    assert [code for code, _ in said("did not order where (total > 9 and total < 3)")] == ["nothing_counted"]
    assert [code for code, _ in said("did order where (brand is Ada and brand is Bo)")] == []  # an order has several brands


def test_windows_are_held_against_the_data():
    """Longer than the data, before it, not begun: each is told; a window that the data fills is not."""
    data = DataSpan(dt.date(2026, 1, 1), dt.datetime(2026, 3, 1, tzinfo=dt.UTC), HELSINKI)
    assert said("did order in last 30 days", data=data) == []
    assert [code for code, _ in said("did order in last 730 days", data=data)] == ["window_longer_than_data"]
    assert [code for code, _ in said("did order before 2025-06-01", data=data)] == ["before_the_data"]
    assert [code for code, _ in said("did order since 2027-01-01", data=data)] == ["window_not_begun"]
    assert [code for code, _ in said("did order in last 9000 years", data=data)] == ["window_longer_than_data"]


def nobody(condition: Condition) -> bool:
    return Reference(SHOP, {}, AS_OF, HELSINKI).holds(condition, Person())


def test_a_rule_true_of_people_without_data_is_told():
    """`did not order` holds of everyone who was never seen; it is said, and a random share does not count as data."""
    assert [code for code, _ in said("did not order in last 30 days", nobody=nobody)] == ["true_without_data"]
    assert said("did order and did not order in last 30 days", nobody=nobody) == []
    either = Or((RandomShare(Decimal(50)), Not(resolved("did order"))))
    assert [check.code for check in checks(either, SHOP, nobody=nobody)] == ["true_without_data"]
    assert checks(And((RandomShare(Decimal(50)), Not(resolved("did order")))), SHOP, nobody=nobody) == ()
    assert said("did order", nobody=nobody) == []


def test_a_segment_that_does_not_fit_into_its_parent_or_group_is_told():
    """A child of buyers for those who never ordered; a list whose people an earlier list of the group takes."""
    buyers, none = Definition(resolved("did order")), Definition(resolved("did not order"), parent="buyers")
    (check,) = checks_of("none", SHOP, {"buyers": buyers, "none": none})
    assert check.code == "cannot_fit_parent" and "'buyers'" in check.message
    assert checks_of("some", SHOP, {"buyers": buyers, "some": replace(none, where=resolved("did order at least 2 times"))}) == ()
    deep = {"buyers": buyers, "big": Definition(resolved("points > 5"), parent="buyers"), "none": replace(none, parent="big")}
    assert [check.code for check in checks_of("none", SHOP, deep)] == ["cannot_fit_parent"]
    gold = Definition(resolved("did order"), group="mail", priority=1)
    taken = {"gold": gold, "rest": Definition(resolved("did order where total > 60"), group="mail", priority=2)}
    assert [check.code for check in checks_of("rest", SHOP, taken)] == ["taken_by_group"]
    assert checks_of("gold", SHOP, taken) == ()


def test_segments_that_are_named_are_looked_into():
    """In a segment of buyers and did not order is nobody; not in it and ordered is nobody either, unless it has a limit."""
    segments = {"buyers": Definition(resolved("did order"))}
    proof = Proof(SHOP, segments)
    assert proof.never(And((InSegment("buyers"), resolved("did not order"))))
    assert proof.never(And((Not(InSegment("buyers")), resolved("did order"))))
    from lohko.model.definition import Limit

    few = Proof(SHOP, {"buyers": replace(segments["buyers"], limit=Limit(1))})
    assert not few.never(And((Not(InSegment("buyers")), resolved("did order"))))


def test_a_rule_with_too_many_ways_is_let_be():
    """Forty alternatives of two parts each would be 2^40 ways: nothing is proven, at once."""
    pair = Or((resolved("points > 5"), resolved("height > 5")))
    parts = tuple(Or((pair.parts[0], AttributeIs("points", Comparison("is", (Number(Decimal(n)),))))) for n in range(40))
    assert not Proof(SHOP).never(And(parts))


# --- soundness


def _pairs() -> st.SearchStrategy[Condition]:
    """Two comparisons of one thing, or two counts of nearly the same events: where contradictions are common."""
    attribute = st.sampled_from([item for item in SCHEMA.attributes.values() if item.name.startswith("a_")])
    same = attribute.flatmap(
        lambda item: st.lists(st.builds(AttributeIs, st.just(item.name), comparisons(item.type)), min_size=2, max_size=3).map(tuple)
    )
    events = st.tuples(event_leaves(), windows, comparisons("integer"), st.booleans()).map(
        lambda drawn: (
            drawn[0],
            EventsAre(drawn[0].event, "count", drawn[2], None, drawn[0].where if drawn[3] else None, drawn[1]),
        )
    )
    prop = st.sampled_from(sorted(SCHEMA.events["visit"].properties.values(), key=lambda item: item.name)).flatmap(
        lambda item: st.lists(st.builds(PropertyIs, st.just(item.name), comparisons(item.type)), min_size=2, max_size=3).map(
            lambda found: (EventsAre("visit", "count", Comparison("at_least", (Number(Decimal(1)),)), None, And(tuple(found))),)
        )
    )
    joined = st.one_of(same, events, prop)
    return st.builds(lambda parts, negate: And(tuple(Not(part) if flip else part for part, flip in zip(parts, negate, strict=False))),
                     joined, st.tuples(st.booleans(), st.booleans(), st.booleans()))  # fmt: skip


PROVEN = {"never": 0, "drawn": 0}


@settings(max_examples=max(210, settings().max_examples))
@given(rule=_pairs() | nested(_pairs(), 3) | plain_conditions, crowd=st.lists(people(), min_size=1, max_size=6))
def test_whom_a_contradiction_is_said_to_exclude_it_excludes(rule, crowd):
    """A rule proven to hold of nobody holds of none of the people; one proven to hold always holds of all."""
    proof = Proof(SCHEMA)
    reference = Silent(SCHEMA, {}, AS_OF, HELSINKI, population=dict(enumerate(crowd)))
    PROVEN["drawn"] += 1
    if proof.never(rule):
        PROVEN["never"] += 1
        assert not reference.members(rule)
    if proof.always(rule):
        assert len(reference.members(rule)) == len(crowd)


def test_contradictions_were_among_the_drawn_rules():
    """The property before this one is not empty: a good part of the rules it drew was proven impossible."""
    if PROVEN["drawn"] < 200:
        pytest.skip("asked alone")
    assert PROVEN["never"] > PROVEN["drawn"] / 50


@settings(max_examples=max(100, settings().max_examples))
@given(rule=conditions, base=leaves, crowd=st.lists(people(), min_size=1, max_size=4))
def test_what_is_proven_of_segments_holds_of_their_members(rule, base, crowd):
    """The same with segments that are looked into."""
    from hypothesis import assume

    assume("base" not in repr(base) and "other" not in repr(base))
    definitions = {"base": Definition(base), "other": Definition(Not(base), parent=None)}
    reference = Silent(SCHEMA, definitions, AS_OF, HELSINKI, population=dict(enumerate(crowd)))
    proof = Proof(SCHEMA, definitions)
    for asked in (rule, And((InSegment("base"), rule)), And((InSegment("base"), InSegment("other"), rule))):
        if proof.never(asked):
            assert not reference.members(asked)


def test_a_chain_of_events_that_cannot_come_is_seen():
    """A step whose filter excludes itself can never follow."""
    where = And(
        (PropertyIs("total", Comparison("over", (Number(Decimal(9)),))), PropertyIs("total", Comparison("under", (Number(Decimal(3)),))))
    )
    assert Proof(SHOP).never(Followed("page_view", (Step("order", where),)))
    assert not Proof(SHOP).never(Followed("page_view", (Step("order", where, did=False),)))
