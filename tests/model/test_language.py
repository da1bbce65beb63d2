"""Text to tree and back, and errors that point at the place."""

from __future__ import annotations

import pytest
from hypothesis import given

from lohko.base.errors import InputError
from lohko.model.catalogue import Catalogue
from lohko.model.codec import from_json, to_json
from lohko.model.condition import EventsAre, InSegment, Not
from lohko.model.dependencies import evaluation_order
from lohko.model.normal import normalise
from lohko.model.parse import parse
from lohko.model.segment import Segment, read_segments, write_segment
from lohko.model.sentence import sentence
from strategies import SCHEMA, conditions


@given(conditions)
def test_a_rule_written_out_reads_back_as_the_same_tree(rule):
    """Tree, sentence, tree is the identity, and so is tree, JSON, tree; a sentence is its own canonical form."""
    text = sentence(rule)
    again = parse(text).condition
    assert again == normalise(rule)
    assert sentence(again) == text
    assert from_json(to_json(rule)) == rule


@given(conditions)
def test_a_segment_file_reads_back_as_the_same_definition(rule):
    """Export then apply changes nothing."""
    segment = Segment("some-id", normalise(rule), {"en": "A: title", "fi": "Ääkköset"}, {"en": "why"}, "Maija", ("a", "b"))
    assert read_segments(write_segment(segment), "file.yaml")[0].segment == segment


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("did order in the last day", "did order in last 1 day"),
        ("did the order twice since 1.11.2026", "did order exactly 2 times since 2026-11-01"),
        ("a = 1 and b != 2 or not c is known", "(a is 1 and b is not 2) or not (c is known)"),
        ("did order in last 3 days where brand is X", 'did order where brand is "X" in last 3 days'),
        ("RFM group is one of Champions, Loyal", 'rfm_group is one of "Champions", "Loyal"'),
        ("is not in segment vip and NOT in segment vip", 'not (in segment "vip") and is not in segment vip'),
        ("total is over 5 €", "total > 5"),
    ],
)
def test_a_rule_may_be_written_in_several_ways(text, same_as):
    """What a marketer is likely to type means the same as the canonical text."""
    assert parse(text).condition == parse(same_as).condition


def test_where_takes_one_comparison_and_no_more():
    """After the one comparison of `where` the window belongs to the event again."""
    rule = parse('did order where brand is "X" in last 30 days and did not order').condition
    first, second = rule.parts
    assert isinstance(first, EventsAre) and first.window is not None
    assert isinstance(second, Not)


def test_and_beside_or_is_accepted_with_a_warning():
    """Mixed and/or binds and first, says so, and is printed with the parentheses."""
    parsed = parse("a is 1 or b is 2 and c is 3")
    assert [remark.code for remark in parsed.warnings] == ["mixed_and_or"]
    assert sentence(parsed.condition) == "a is 1 or (b is 2 and c is 3)"
    assert not parse("a is 1 or (b is 2 and c is 3)").warnings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("country is", "ends too early"),
        ('country is "Fin', "no end"),
        ("did order att least 2 times", "line 1, column 11"),
        ("last is 5", "backticks"),
        ("x = 31.2.2026", "not a day"),
        ("sum of total of order", "ends too early"),
        ("sum of total of order in last 3 days", "compared with nothing"),
        ("did order where a is 1 where b is 2", "more than one `where`"),
        ("(" * 40 + "a is 1" + ")" * 40, "nested"),
        ("not " * 400 + "a is 1", "nested"),
    ],
)
def test_a_wrong_rule_is_answered_with_what_and_where(text, says):
    """No rule, however wrong, ends otherwise than in a sentence."""
    with pytest.raises(InputError) as caught:
        parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("a_txt is x", "unknown_attribute", "a_text"),
        ("did visits2", "unknown_event", "visit"),
        ("did visit where p_texx is x", "unknown_property", "p_text"),
        ("in segment bas", "unknown_segment", "base"),
        ("a_text > 5", "wrong_type", "is a text"),
        ("a_integer is Ada", "wrong_type", "compared with a text"),
        ("sum of p_text of visit > 1", "wrong_type", "no sum"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_candidates(text, code, says):
    """Misspelt names and unfit comparisons are told before anything is asked."""
    with pytest.raises(InputError) as caught:
        Catalogue(SCHEMA, {"base": parse("did visit").condition}).resolve(parse(text).condition)
    assert caught.value.code == code
    assert says in str(caught.value)


def test_segments_that_name_each_other_in_a_circle_are_refused():
    """The error names the circle."""
    segments = {"a": InSegment("b"), "b": InSegment("c"), "c": InSegment("a")}
    with pytest.raises(InputError, match="circle") as caught:
        evaluation_order(Catalogue(SCHEMA, segments).segments)
    assert "a -> b -> c -> a" in (caught.value.place or "")


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("month > 2", "month"),
        ("city is Oulu and year is known", "year"),
        ("(count >= 3)", "count"),
        ('"last visit" is known', "last visit"),
    ],
)
def test_a_field_named_by_a_word_of_the_language_or_in_quotes_is_told_to_stand_in_backticks(rule: str, name: str) -> None:
    with pytest.raises(InputError) as error:
        parse(rule)
    assert f"`{name}`" in str(error.value.hint)
