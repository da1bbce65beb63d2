"""A rule is the same whether it is made of cards or written as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from any_trees import kinds
from builder.by_edits import SCOPE, by_edits
from lohko.base.errors import InputError
from lohko.model import edit
from lohko.model.blanks import Blank, blanks
from lohko.model.blanks_fill import changed, dropped
from lohko.model.blanks_new import fresh, offered
from lohko.model.condition import LEAVES, And, AttributeIs, Not, OfAccount, Or
from lohko.model.normal import normalise
from lohko.model.operators import OPERATORS
from lohko.model.parse import parse
from lohko.model.resolve import Resolver
from lohko.model.sentence import sentence
from strategies import SCHEMA, SEGMENTS, conditions


@given(conditions)
def test_cards_and_text_make_the_same_tree_and_sentence(rule):
    """Whatever can be written can be put together from nothing, blank by blank, and comes out as the same tree."""
    rule = normalise(rule)

    made = edit.closed(by_edits(rule))

    assert rule == made
    assert made is not None
    assert parse(sentence(made)).condition == made
    assert parse(sentence(made, "fi")).condition == made


@given(conditions)
def test_a_rule_that_is_opened_is_the_same_rule(rule):
    """Opening a rule as cards and closing it again changes nothing."""
    assert edit.closed(edit.opened(rule)) == normalise(rule)


def test_every_kind_of_condition_begins_as_a_card_that_can_be_asked():
    """A kind of condition that the language has and the cards have not makes this fail."""
    assert {kind.__dataclass_fields__["node"].default for kind in (*LEAVES, OfAccount)} == set(offered(SCOPE))
    for kind in offered(SCOPE):
        rule = edit.closed(edit.add(edit.EMPTY, (), fresh(kind, None, SCOPE)).draft)
        if kind == "account":
            assert rule is None  # nothing is asked of the contacts yet
            continue
        assert rule is not None
        Resolver(SCHEMA, SEGMENTS).condition(rule)


@pytest.mark.parametrize("key", OPERATORS)
def test_every_comparison_is_reached_from_an_empty_draft(key):
    """A new row in the table of comparisons is on the cards by itself, and can be asked as soon as it is chosen."""
    kind = sorted(OPERATORS[key].types)[0]
    card = changed(fresh("attribute", f"a_{kind}", SCOPE), ("test", "op"), key, SCOPE)

    rule = edit.closed(edit.add(edit.EMPTY, (), card).draft)

    assert isinstance(rule, AttributeIs)
    assert rule.test.op == key
    Resolver(SCHEMA, SEGMENTS).condition(rule)
    assert f"op {key}" in set(kinds(rule))


@given(conditions)
def test_choosing_anything_on_a_card_leaves_a_card(rule):
    """Every choice that a card offers can be taken; what no longer goes with it is mended, so that the card can still be said."""
    for place, item in edit.cards(edit.opened(rule))[:2]:
        node = item.part if isinstance(item, Not) else item
        if isinstance(node, And | Or | OfAccount):
            continue
        for blank in blanks(node, SCOPE):
            for choice in blank.choices[-2:] if isinstance(blank, Blank) else ():
                made = changed(node, blank.place, choice, SCOPE)
                assert sentence(edit.closed(edit.put(edit.opened(rule), place, made)))


def test_another_attribute_keeps_the_comparison_where_it_has_it():
    """Choosing another field does not throw away what was filled in when that still fits."""
    card = AttributeIs("a_integer", parse("a_integer > 5").condition.test)

    assert changed(card, ("name",), "a_money", SCOPE).test == card.test
    assert changed(card, ("name",), "a_boolean", SCOPE).test.op == "is"


def test_a_wrong_value_is_refused_in_words():
    """A blank says what it takes."""
    card = AttributeIs("a_integer", parse("a_integer > 5").condition.test)
    with pytest.raises(InputError, match="no number"):
        changed(card, ("test", "operands", 0, "value"), "plenty", SCOPE)
    with pytest.raises(InputError, match="no such blank"):
        changed(card, ("test", "operands", 1, "value"), "3", SCOPE)
    assert changed(card, ("test", "operands", 0, "value"), "1 500,50", SCOPE) == AttributeIs(
        "a_integer", parse("a_integer > 1500.5").condition.test
    )


def test_values_are_added_to_a_list_and_taken_from_it():
    """The value past the last is another one; the last that is left stays."""
    card = AttributeIs("a_text", parse('a_text is one of "x", "y"').condition.test)
    more = changed(card, ("test", "operands", 2, "value"), "z", SCOPE)
    assert sentence(more) == 'a_text is one of "x", "y", "z"'
    less = dropped(dropped(more, ("test", "operands", 0)), ("test", "operands", 0))
    assert sentence(less) == 'a_text is one of "z"'
    with pytest.raises(InputError, match="at least one"):
        dropped(less, ("test", "operands", 0))


@given(conditions, st.data())
def test_moving_there_and_back_changes_nothing(rule, data):
    """Up and then down, around and then out of it: the rule is as it was."""
    draft = edit.opened(rule)
    place, _ = data.draw(st.sampled_from(edit.cards(draft)))
    grouped = edit.group(draft, place)
    assert edit.ungroup(grouped.draft, place).draft == draft
    if place[-1] > 0:
        up = edit.move(draft, place, "up")
        assert edit.move(up.draft, up.at, "down") == edit.Edited(draft, place)
        assert edit.node_at(up.draft, up.at) == edit.node_at(draft, place)


@given(conditions, st.data())
def test_an_item_taken_out_is_the_only_one_missing(rule, data):
    """Leaving an item out and putting it back gives the same draft."""
    draft = edit.opened(rule)
    place, item = data.draw(st.sampled_from(edit.cards(draft)))
    less = edit.remove(draft, place)
    assert edit.add(less.draft, edit.read_place(edit.write_place(place[:-2])), item, place[-1]) == edit.Edited(draft, place)
