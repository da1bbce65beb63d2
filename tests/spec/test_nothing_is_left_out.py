"""What the language has and no spec shows is a gap in the manual, so these tests fail."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from lohko.model import condition as tree
from lohko.model import walk, window
from lohko.model.condition import EventsAre, Measure, Place
from lohko.model.operand import Part, Unit
from lohko.model.operators import OPERATORS
from lohko.model.parse import parse
from lohko.model.schema import RFM_TRAITS
from lohko.model.walk import everything, figures, windows
from lohko.model.window import InLast
from spec import book

THEMES = book.themes()
RULES = [parse(rule).condition for rule in book.rules(THEMES)]
KINDS = {item.node for item in (*get_args(get_args(tree.Condition)[0]), *get_args(get_args(window.Window)[0]))}


ALL = [node for rule in RULES for node in everything(rule)]
FIGURES = [figure for node in ALL for figure in figures(node)]


@pytest.mark.parametrize("key", OPERATORS)
def test_every_operator_has_its_own_spec(key):
    """Each comparison has an example under its name, in which it is used."""
    rows = next(theme for theme in THEMES if theme.key == "operator_rows")
    own = [item for item in rows.specs if item.name == f"test_op_{key}"]
    assert own, f"tests/spec/test_operator_rows.py has no test_op_{key}"
    used = {
        walk.test_of(node).op
        for rule in book.rules([book.Theme("", "", "", tuple(own))])
        for node in everything(parse(rule).condition)
        if walk.test_of(node) is not None
    }
    assert key in used


def test_every_operator_stands_in_a_where():
    """Each comparison is also shown on the property of an event."""
    assert set(OPERATORS) - {node.test.op for node in ALL if node.node == "property"} == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_condition_and_window_has_a_spec(kind):
    """Attributes, events, segments, and, or, not, and each kind of window."""
    assert kind in {node.node for node in ALL} | {window.node for node in ALL for window in windows(node)}


@pytest.mark.parametrize("measure", get_args(Measure))
def test_every_measure_has_a_spec(measure):
    """Count, sum, average, min, max, distinct, each of nothing and of something, and each in a window or with where."""
    assert any(isinstance(node, EventsAre) and node.measure == measure for node in ALL)


@pytest.mark.parametrize("unit", get_args(Unit))
def test_every_unit_of_time_has_a_spec(unit):
    """Minutes, hours, days, weeks, months, years."""
    found = [window for node in ALL for window in windows(node)]
    assert any(isinstance(window, InLast) and window.span.unit == unit for window in found)


@pytest.mark.parametrize("part", get_args(Part))
def test_every_part_of_a_value_has_a_spec(part):
    """Weekday, month, day and hour, and how many items."""
    assert part in {getattr(node, "part", None) for node in ALL}


@pytest.mark.parametrize("place", get_args(Place))
def test_every_place_among_others_has_a_spec(place):
    """Top and bottom, quintile and decile, above and below the mean and the median."""
    assert place in {node.place for node in ALL if node.node == "ranked"}


@pytest.mark.parametrize("trait", [trait.name for trait in RFM_TRAITS])
def test_every_trait_has_a_spec(trait):
    """RFM values, scores and group can be asked about."""
    assert any(node.node == "attribute" and node.name.casefold() == trait for node in ALL)


def test_every_spec_is_in_the_manual():
    """Each spec file stands in the list of themes, and each of its tests that takes `spec` says something."""
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")} - {"nothing_is_left_out"}
    assert files == set(book.THEMES)
    for theme in THEMES:
        for item in theme.specs:
            assert item.entries, f"{item.name} shows nothing"
            assert item.sentence.endswith("."), f"the sentence of {item.name} is no sentence"
