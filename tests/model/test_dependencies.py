"""Which segments stand behind which, what belongs to a rule, and whose data an answer depends on."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.model.condition import AttributeFigure, AttributeIs, EventsAre, EventsFigure, InSegment, Moved, Not, OfAccount, Ranked
from lohko.model.definition import Definition, Limit
from lohko.model.dependencies import behind, evaluation_order, needed, reaches_everyone, rule_hash, traits_of
from lohko.model.operand import Number, Span
from lohko.model.operand import Test as Comparison
from lohko.model.schema import RFM_TRAITS, Schema

BOUGHT = EventsAre("order", "count", Comparison("at_least", (Number(Decimal(1)),)))
TWICE = EventsAre("order", "count", Comparison("at_least", (Number(Decimal(2)),)))
TOTAL = EventsFigure("order", "sum", "total")
SCORED = AttributeIs("rfm_m", Comparison("at_least", (Number(Decimal(4)),)))
SCHEMA = Schema({trait.name: trait for trait in RFM_TRAITS}, {})


@pytest.mark.parametrize(
    "definition",
    [
        Definition(InSegment("base")),
        Definition(Not(InSegment("BASE"))),
        Definition(InSegment("base", Span(30, "day"))),
        Definition(Moved("base", "entered")),
        Definition(Ranked(TOTAL, "top", 10, "base")),
        Definition(OfAccount("any", InSegment("base"))),
        Definition(BOUGHT, parent="base"),
        Definition(BOUGHT, group="g", priority=1),
    ],
)
def test_everything_that_names_a_segment_needs_it(definition):
    """Membership now or then, moves, ranks, contacts of an account, parents and earlier lists of the group."""
    segments = {"a": definition, "base": Definition(BOUGHT, group="g"), "other": Definition(BOUGHT, group="h")}
    assert behind(segments, "a") == ("base",)
    assert needed(segments, ["a"]) == {"a", "base"}
    assert evaluation_order(segments).index("base") < evaluation_order(segments).index("a")
    with pytest.raises(InputError, match="circle") as caught:
        evaluation_order({**segments, "base": Definition(InSegment("a"), group="g")})
    assert caught.value.place == "a -> base -> a"


def test_what_is_needed_reaches_through_segments_to_any_distance():
    """A rule that names a child needs the child's parent, and the lists before that."""
    segments = {
        "asked": Definition(InSegment("child")),
        "child": Definition(BOUGHT, parent="second"),
        "second": Definition(BOUGHT, group="g", priority=2),
        "first": Definition(BOUGHT, group="g", priority=1),
        "third": Definition(BOUGHT, group="g", priority=3),
    }
    assert needed(segments, ["asked"]) == {"asked", "child", "second", "first"}


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "g", "h"]), st.integers(0, 2)))
)
def test_an_order_puts_every_segment_after_those_behind_it_or_names_a_circle(drawn):
    """Each segment is there once, after all that it needs; else the circle that is named is one."""
    segments = {
        name: Definition(BOUGHT, parent, group or None, priority if group else 0) for name, (parent, group, priority) in drawn.items()
    }
    try:
        order = evaluation_order(segments)
    except InputError as error:
        circle = (error.place or "").split(" -> ")
        assert circle[0] == circle[-1] and len(circle) > 1
        assert all(later in behind(segments, earlier) for earlier, later in pairwise(circle))
    else:
        assert sorted(order) == sorted(segments)
        assert all(order.index(item) < order.index(name) for name in order for item in behind(segments, name) if item in segments)


BASE = {
    "a": Definition(BOUGHT, group="g", priority=1),
    "b": Definition(BOUGHT, group="g", priority=2),
    "c": Definition(TWICE, "p", "g", 3, Limit(10, AttributeFigure("points"))),
    "p": Definition(BOUGHT),
    "q": Definition(BOUGHT),
}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("c", Definition(BOUGHT, "p", "g", 3, Limit(10, AttributeFigure("points")))),
        ("c", Definition(TWICE, "q", "g", 3, Limit(10, AttributeFigure("points")))),
        ("c", Definition(TWICE, None, "g", 3, Limit(10, AttributeFigure("points")))),
        ("c", Definition(TWICE, "p", None, 0, Limit(10, AttributeFigure("points")))),
        ("c", Definition(TWICE, "p", "g", 0, Limit(10, AttributeFigure("points")))),
        ("c", Definition(TWICE, "p", "g", 3, Limit(11, AttributeFigure("points")))),
        ("c", Definition(TWICE, "p", "g", 3, Limit(10, AttributeFigure("points"), "lowest"))),
        ("c", Definition(TWICE, "p", "g", 3, Limit(10, TOTAL))),
        ("c", Definition(TWICE, "p", "g", 3)),
        ("p", Definition(TWICE)),
        ("a", Definition(BOUGHT, group="g", priority=5)),
        ("a", Definition(BOUGHT, group="h", priority=1)),
        ("b", Definition(BOUGHT, "q", "g", 2)),
        ("b", Definition(BOUGHT, group="g", priority=0)),
    ],
)
def test_a_rule_is_another_when_anything_that_decides_it_is(name, other):
    """Condition, parent, limit, the place in the group, and the same of every segment behind it."""
    assert rule_hash({**BASE, name: other}, "c") != rule_hash(BASE, "c")


def test_a_rule_stays_the_same_when_nothing_that_decides_it_changes():
    """Other numbers with the same order, and segments that it does not need, are no change."""
    spread = {**BASE, "a": Definition(BOUGHT, group="g", priority=-7), "c": Definition(TWICE, "p", "g", 30, BASE["c"].limit)}
    assert rule_hash(spread, "c") == rule_hash(BASE, "c")
    assert rule_hash({**BASE, "q": Definition(TWICE)}, "c") == rule_hash(BASE, "c")
    assert rule_hash({**BASE, "d": Definition(TWICE, group="g", priority=9)}, "c") == rule_hash(BASE, "c")


@pytest.mark.parametrize(
    ("definition", "scored", "others"),
    [
        (Definition(BOUGHT), False, False),
        (Definition(BOUGHT, group="g"), False, False),
        (Definition(SCORED), True, True),
        (Definition(BOUGHT, limit=Limit(5)), False, True),
        (Definition(BOUGHT, limit=Limit(5, AttributeFigure("monetary"))), True, True),
        (Definition(Ranked(TOTAL, "top", 10)), False, True),
        (Definition(Not(Ranked(AttributeFigure("monetary"), "decile", 10))), True, True),
        (Definition(OfAccount("any", BOUGHT)), False, True),
    ],
)
def test_an_answer_depends_on_others_by_scores_ranks_limits_and_accounts(definition, scored, others):
    """Its own, and those of what it names, its parent, and the lists before it in its group."""
    segments = {
        "own": definition,
        "naming": Definition(Not(InSegment("own"))),
        "child": Definition(BOUGHT, parent="own"),
        "later": Definition(BOUGHT, group="g", priority=1),
    }
    asked = ["own", "naming", "child"] + (["later"] if definition.group == "g" else [])
    for name in asked:
        assert traits_of(SCHEMA, segments, name) == ({"rfm"} if scored else set())
        assert reaches_everyone(SCHEMA, segments, name) is others
    assert not reaches_everyone(SCHEMA, segments, "later")
