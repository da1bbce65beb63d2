"""Leaves that were compiled at another instant, and leaves that are asked together: the same text, the same people."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.layout import lent_store
from lohko.base.errors import InputError
from lohko.base.times import zone
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_together import answers, together
from lohko.engine.duckdb import DuckEngine
from lohko.model.catalogue import Catalogue
from lohko.model.condition import InSegment, Leaf, Not, Or, Ranked
from lohko.model.walk import attribute_names, leaves
from strategies import AS_OF, SCHEMA, attributes, event_leaves, own_leaves, people

HELSINKI = zone("Europe/Helsinki")
OTHERS = [AS_OF + dt.timedelta(hours=hours) for hours in (-24 * 400, -1, 0, 5, 24 * 31)]


def plain_leaves(rules: list[Any]) -> list[Leaf]:
    """The different leaves of rules that a query of their own answers, about no trait."""
    nobody = Not(Or(()))
    catalogue, found = Catalogue(SCHEMA, {"base": nobody, "other": nobody}), dict[Leaf, None]()
    for rule in rules:
        for leaf in leaves(catalogue.resolve(rule)):
            traits = any(SCHEMA.attribute(name).trait for name in attribute_names(leaf))
            if not (traits or isinstance(leaf, Ranked) or (isinstance(leaf, InSegment) and leaf.at is None)):
                found[leaf] = None
    return list(found)


@settings(max_examples=max(10, settings().max_examples // 2))
@given(st.lists(event_leaves() | event_leaves() | attributes() | own_leaves, min_size=4, max_size=16), st.sampled_from(OTHERS), st.data())
def test_compiled_then_and_asked_together_they_are_what_they_are_alone_and_now(rules, then, data):
    """The text depends on no instant, the edges are those of the instant asked about, and one statement finds whom each leaf finds alone."""
    asked = plain_leaves(rules)
    for leaf in asked:
        now = compile_leaf(leaf, SCHEMA, AS_OF, HELSINKI)
        try:
            assert compile_leaf(leaf, SCHEMA, then, HELSINKI).at(AS_OF) == now
        except InputError as error:
            assert error.code == "window_too_long"
    made = together(asked, SCHEMA, then, HELSINKI)
    crowd, gone = data.draw(st.lists(people(), min_size=1, max_size=5)), data.draw(st.lists(people(), max_size=1))
    with lent_store(crowd, SCHEMA, HELSINKI, gone) as store:
        engine = DuckEngine(store, SCHEMA, AS_OF, HELSINKI)
        for item in made:
            found = answers(store, item, AS_OF, engine.everyone())
            assert set(found) == set(item.leaves)
            for leaf, who in found.items():
                assert (leaf, set(who)) == (leaf, set(engine.ask(leaf)))
