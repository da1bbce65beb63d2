"""What stands beside a condition in a segment's file: read with place and candidates, and written so that it reads back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.model.beside_words import beside_words
from lohko.model.condition import AttributeFigure, EventsFigure, PropertyIs
from lohko.model.definition import Definition, Limit
from lohko.model.figure_words import figure_words, read_figure
from lohko.model.goal import METRICS, Goal, verdict
from lohko.model.need import Evidence, Need, need_from_json, need_to_json, write_needs
from lohko.model.operand import Span, Text
from lohko.model.operand import Test as Comparison
from lohko.model.parse import parse
from lohko.model.segment import Segment, read_definitions, read_segments, segment_from_json, segment_to_json, write_segment
from lohko.model.window import InLast
from strategies import figures

RULE = "id: vips\nwhere: did order\n"
ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
limits = (st.none() | figures).flatmap(
    lambda by: st.builds(Limit, st.integers(1, 10**9), st.just(by), st.sampled_from(["highest", "lowest"]) if by else st.just("highest"))
)
decimals = st.decimals(-(10**6), 10**6, places=4) | st.integers(0, 100).map(Decimal)


@st.composite
def goals(draw):
    metric = draw(st.sampled_from(sorted(METRICS)))
    baseline, target = draw(st.lists(decimals, min_size=2, max_size=2, unique=True))
    over = st.none() | st.builds(Span, st.integers(1, 999), st.sampled_from(["day", "week", "month", "quarter", "year"]))
    return Goal(
        metric, baseline, target, draw(st.dates(dt.date(2000, 1, 1), dt.date(9998, 12, 31))), draw(over) if METRICS[metric].bought else None
    )


@st.composite
def segments(draw):
    group = draw(st.none() | ids)
    return Segment(
        draw(ids),
        parse("did order in last 30 days").condition,
        parent=draw(st.none() | ids),
        group=group,
        priority=draw(st.integers(-5, 5)) if group else 0,
        limit=draw(st.none() | limits),
        needs=tuple(draw(st.lists(ids, max_size=3, unique=True))),
        goal=draw(st.none() | goals()),
    )


@given(segments())
def test_a_segment_written_out_reads_back_as_the_same_one(segment):
    """File and stored form say everything, and the same each time."""
    assert read_segments(write_segment(segment), "a.yaml")[0].segment == segment
    assert segment_from_json(segment_to_json(segment)) == segment


lines = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool)
needs = st.builds(
    Need,
    ids,
    st.dictionaries(st.sampled_from(["en", "fi"]), lines),
    st.dictionaries(st.sampled_from(["en", "fi"]), lines),
    st.lists(st.builds(Evidence, lines, st.none() | lines, st.none() | st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31))), max_size=3).map(
        tuple
    ),
)


@given(st.lists(needs, min_size=1, max_size=3))
def test_needs_written_out_read_back_as_the_same_ones(listed):
    """File and stored form of needs say everything: texts in any letters, sources and dates."""
    assert read_definitions(write_needs(listed), "needs.yaml") == ((), tuple(listed))
    assert [need_from_json(need_to_json(need)) for need in listed] == listed


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("monetary", AttributeFigure("monetary")),
        ("sum of total of order in the last 365 days", EventsFigure("order", "sum", "total", window=InLast(Span(365, "day")))),
        ("number of orders", EventsFigure("order", "count")),
        ("tilausten määrä", EventsFigure("order", "count")),
        (
            "number of orders where channel is web",
            EventsFigure("order", "count", where=PropertyIs("channel", Comparison("is", (Text("web"),)))),
        ),
    ],
)
def test_what_a_limit_counts_by_is_written_as_in_a_rule(text, figure):
    """An attribute's name, or a number made of events, in English or Finnish."""
    segment = read_segments(f"{RULE}limit: {{n: 5, by: {text}}}\n", "a.yaml")[0].segment
    assert segment.limit == Limit(5, figure)


@given(figures)
def test_a_number_about_a_person_said_in_finnish_is_the_same_number(figure):
    """English and Finnish words of a number are read as the same one, up to its normal form."""
    assert read_figure(figure_words(figure, "fi")) == read_figure(figure_words(figure))


def test_what_decides_besides_the_condition_is_said_in_both_languages():
    """The parent, the earlier lists of the group, and the limit, in the order in which they count."""
    parts = {"parent": "buyers", "group": "mail", "priority": 3}
    definition = Definition(parse("did order").condition, **parts, limit=Limit(1500, AttributeFigure("monetary"), "lowest"))
    assert beside_words(definition, ("gold", "silver")) == [
        "inside segment buyers",
        "not in an earlier list of group mail: gold, silver",
        "at most 1,500: those with the lowest monetary",
    ]
    assert beside_words(definition, ("gold", "silver"), "fi") == [
        "segmentin buyers sisällä",
        "ei ryhmän mail aiemmilla listoilla: gold, silver",
        "enintään 1\N{NO-BREAK SPACE}500: ne, joilla ostojen arvo on pienin",
    ]
    by_id = Definition(definition.where, group="mail", limit=Limit(5))
    assert beside_words(by_id) == ["at most 5, in the order of their ids"]
    assert beside_words(by_id, language="fi") == ["enintään 5, tunnuksen mukaisessa järjestyksessä"]


def test_a_definition_stored_before_there_was_anything_beside_it_still_loads():
    """What earlier versions stored has none of the keys, and nothing beside its condition."""
    segment = Segment("vips", parse("did order").condition)
    body = {key: value for key, value in segment_to_json(segment).items() if key in ("id", "title", "description", "owner", "tags", "rule")}
    assert segment_from_json(body) == segment
    assert segment.definition == Definition(segment.where)


def test_segments_and_needs_may_stand_in_one_file():
    """A document with the one key `needs` is a catalogue; a segment's own `needs` is a list of their ids."""
    segments, needs = read_definitions(f"{RULE}needs: [fast]\n---\nneeds:\n- id: fast\n  title: Fast delivery\n", "a.yaml")
    assert segments[0].segment.needs == ("fast",)
    assert needs == (Need("fast", {"en": "Fast delivery"}),)


@pytest.mark.parametrize(
    ("text", "code", "place", "says"),
    [
        ("grop: a\n", "unknown_key", "line 1", "did you mean group"),
        ("parent: VIP all\n", "bad_id", "line 3", "no segment id"),
        ("group: [a]\n", "bad_id", "line 3", "no group id"),
        ("priority: 1\n", "bad_priority", "line 3", "has no group"),
        ("group: a\npriority: high\n", "bad_priority", "line 4", "whole number"),
        ("group: a\npriority: yes\n", "bad_priority", "line 4", "whole number"),
        ("limit: 500\n", "bad_limit", "line 3", "limit: {n: 500"),
        ("limit: {n: 0}\n", "bad_limit", "line 3", "from 1 to"),
        ("limit: {n: 5.5, by: points}\n", "bad_limit", "line 3", "from 1 to"),
        ("limit: {n: true}\n", "bad_limit", "line 3", "from 1 to"),
        ("limit: {n: 5, best: hihgest, by: points}\n", "bad_limit", "line 3", "did you mean highest"),
        ("limit: {n: 5, best: lowest}\n", "bad_limit", "line 3", "by what"),
        ("limit: {n: 5, bi: points}\n", "unknown_key", "line 3", "did you mean by"),
        ("limit: {n: 5, by: [points]}\n", "bad_limit", "line 3", "a number about a person"),
        ("limit: {n: 5, by: did order}\n", "bad_figure", "line 3", "such as monetary"),
        ("limit: {n: 5, by: points and did order}\n", "bad_figure", "line 3", "no number about a person"),
        ("limit:\n  n: 5\n  by: {node: attribute_figure, nam: points}\n", "bad_tree", "line 3", "where.figure"),
        ("needs: fast\n", "bad_segment", "line 3", "list of ids"),
        ("needs: [Fast delivery]\n", "bad_id", "line 3", "no need id"),
        ("in_shop: 1\n", "bad_segment", "line 3", "true or false"),
        ("goal: more\n", "bad_goal", "line 3", "metric, baseline, target and by"),
        ("goal: {metric: repeatrate, baseline: 1, target: 2, by: 2026-12-31}\n", "unknown_metric", "line 3", "did you mean repeat_rate"),
        ("goal: {metric: [members], baseline: 1, target: 2, by: 2026-12-31}\n", "unknown_metric", "line 3", "No metric"),
        ("goal: {metric: members, target: 2, by: 2026-12-31}\n", "bad_goal", "line 3", "`baseline` is a number"),
        ("goal: {metric: members, baseline: 1, target: .nan, by: 2026-12-31}\n", "bad_goal", "line 3", "`target` is a number"),
        ("goal: {metric: members, baseline: 2, target: 2.0, by: 2026-12-31}\n", "bad_goal", "line 3", "nothing to reach"),
        ("goal: {metric: members, baseline: 1, target: 2, by: next year}\n", "bad_goal", "line 3", "last day"),
        ("goal: {metric: members, baseline: 1, target: 2, by: 2026-12-31, over: 9 days}\n", "bad_goal", "line 3", "at an instant"),
        ("goal: {metric: revenue, baseline: 1, target: 2, by: 2026-12-31, over: soon}\n", "bad_goal", "line 3", "length of time"),
        ("goal: {metric: members, baseline: 1, target: 2, when: 2026-12-31}\n", "unknown_key", "line 3", "no key 'when'"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_what_was_meant(text, code, place, says):
    """The error names file and line of the wrong key, and candidates where there are any."""
    with pytest.raises(InputError) as caught:
        read_segments(RULE + text, "shop/a.yaml")
    assert caught.value.code == code
    assert caught.value.place is not None and caught.value.place.startswith(f"shop/a.yaml, {place}")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "line", "says"),
    [
        ("needs: fast\n", "bad_need", 1, "list of needs"),
        ("needs:\n- fast\n", "bad_need", 1, "set of keys"),
        ("needs:\n- title: Fast\n", "bad_id", 2, "has no id"),
        ("needs:\n- id: fast\n  evidense: []\n", "unknown_key", 2, "did you mean evidence"),
        ("needs:\n- id: fast\n  evidence: some\n", "bad_need", 3, "is a list"),
        ("needs:\n- id: fast\n  evidence:\n  - source: help desk\n", "bad_need", 4, "a text, a source and a date"),
        ("needs:\n- id: fast\n  evidence:\n  - {text: Complaints, date: last week}\n", "bad_need", 4, "2026-03-12"),
        ("needs: []\nid2: fast\n", "unknown_key", 1, "no key 'id2'"),
    ],
)
def test_a_need_that_cannot_be_read_is_told_with_its_line(text, code, line, says):
    """The error names file and line, and what stands there in a good file."""
    with pytest.raises(InputError) as caught:
        read_definitions(text, "needs.yaml")
    assert caught.value.code == code
    assert (caught.value.place or "").startswith("needs.yaml") and (
        (code == "bad_need" and line == 1) or f"line {line}" in caught.value.place
    )
    assert says in str(caught.value)


UP = Goal("repeat_rate", Decimal(20), Decimal(30), dt.date(2026, 12, 31))
DOWN = Goal("members", Decimal(100), Decimal(50), dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("goal", "value", "counted", "ended", "expected"),
    [
        (UP, 30, 500, False, "met"),
        (UP, 31, 500, True, "met"),
        (UP, 29, 500, True, "missed"),
        (UP, 21, 500, False, "on_the_way"),
        (UP, 20, 500, False, "no_nearer"),
        (UP, 19, 500, False, "no_nearer"),
        (UP, 40, 29, False, "too_few"),
        (UP, 10, 29, True, "too_few"),
        (UP, 40, 30, False, "met"),
        (UP, None, 0, True, "unknown"),
        (DOWN, 50, None, False, "met"),
        (DOWN, 40, None, True, "met"),
        (DOWN, 60, None, False, "on_the_way"),
        (DOWN, 60, None, True, "missed"),
        (DOWN, 110, None, False, "no_nearer"),
        (DOWN, 0, None, False, "met"),
    ],
)
def test_a_goal_is_met_missed_on_the_way_or_cannot_be_told(goal, value, counted, ended, expected):
    """Goals go up or down; averages and shares of a few people, and values that are not known, decide nothing."""
    assert verdict(goal, None if value is None else Decimal(value), counted, ended=ended) == expected
