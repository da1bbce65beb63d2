"""What the language has and no spec shows is a gap in the manual, so these tests fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from lohko.model import condition as tree
from lohko.model.condition import And, Condition, EventsAre, InLast, Measure, Not, Or, Unit
from lohko.model.operators import OPERATORS
from lohko.model.parse import parse
from lohko.model.schema import RFM_TRAITS
from spec import book

THEMES = book.themes()
RULES = [parse(rule).condition for rule in book.rules(THEMES)]
KINDS = {item.node for item in (*get_args(get_args(tree.Condition)[0]), *get_args(get_args(tree.Window)[0]))}


def nodes(node: Condition) -> Iterator[Condition]:
    """A condition and all that is inside it."""
    yield node
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from nodes(part)
        case Not(part):
            yield from nodes(part)
        case EventsAre(where=where) if where is not None:
            yield from nodes(where)


ALL = [node for rule in RULES for node in nodes(rule)]


@pytest.mark.parametrize("key", OPERATORS)
def test_every_operator_has_its_own_spec(key):
    """Each comparison has an example under its name, in which it is used."""
    rows = next(theme for theme in THEMES if theme.key == "operator_rows")
    own = [item for item in rows.specs if item.name == f"test_op_{key}"]
    assert own, f"tests/spec/test_operator_rows.py has no test_op_{key}"
    used = {
        node.test.op
        for rule in book.rules([book.Theme("", "", "", tuple(own))])
        for node in nodes(parse(rule).condition)
        if hasattr(node, "test")
    }
    assert key in used


def test_every_operator_stands_in_a_where():
    """Each comparison is also shown on the property of an event."""
    assert set(OPERATORS) - {node.test.op for node in ALL if node.node == "property"} == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_condition_and_window_has_a_spec(kind):
    """Attributes, events, segments, and, or, not, and each kind of window."""
    found = {node.node for node in ALL} | {node.window.node for node in ALL if isinstance(node, EventsAre) and node.window}
    assert kind in found


@pytest.mark.parametrize("measure", get_args(Measure))
def test_every_measure_has_a_spec(measure):
    """Count, sum, average, min, max, distinct, each of nothing and of something, and each in a window or with where."""
    assert any(isinstance(node, EventsAre) and node.measure == measure for node in ALL)


@pytest.mark.parametrize("unit", get_args(Unit))
def test_every_unit_of_time_has_a_spec(unit):
    """Minutes, hours, days, weeks, months, years."""
    windows = [node.window for node in ALL if isinstance(node, EventsAre)]
    assert any(isinstance(window, InLast) and window.span.unit == unit for window in windows)


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
