"""The reference decides; DuckDB must give the same people for every rule."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from engines.layout import store_of
from lohko.base.times import zone
from lohko.engine.compile import compile_leaf
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.reference import Reference
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, Not, Or, PropertyIs
from lohko.model.operators import OPERATORS
from strategies import AS_OF, SCHEMA, attribute_leaves, conditions, event_leaves, people, plain_conditions

ZONE = zone("Europe/Helsinki")
CROWD = st.lists(people(), min_size=1, max_size=6)


@given(CROWD, st.lists(conditions, min_size=1, max_size=6), plain_conditions)
def test_duckdb_finds_the_people_that_the_reference_finds(crowd, rules, base):
    """Every rule, over people of every shape, gives the same members in both engines, and not p is everyone else."""
    catalogue = Catalogue(SCHEMA, {"base": base})
    reference = Reference(SCHEMA, {"base": catalogue.resolve(base)}, AS_OF, ZONE)
    with store_of(crowd, SCHEMA) as store:
        engine = DuckEngine(store.cursor(), SCHEMA, AS_OF, ZONE)
        for rule in rules:
            resolved = catalogue.resolve(rule)
            wanted = {key for key, person in enumerate(crowd, start=1) if reference.holds(resolved, person)}
            assert set(evaluate(engine, catalogue, rule)) == wanted
            assert set(evaluate(engine, catalogue, Not(rule))) == set(range(1, len(crowd) + 1)) - wanted


@pytest.mark.slow
def test_every_operator_measure_and_node_is_drawn():
    """The random rules leave nothing out: each operator and each measure can be found among them."""
    for key in OPERATORS:
        find(attribute_leaves | event_leaves(), lambda leaf, key=key: _uses(leaf)[key] > 0, settings=settings(max_examples=20_000))
    for measure in ("count", "sum", "average", "min", "max", "distinct"):
        find(event_leaves(), lambda leaf, measure=measure: leaf.measure == measure)
    for kind in (And, Or, Not):
        find(conditions, lambda rule, kind=kind: isinstance(rule, kind))


def _uses(node: Condition) -> Counter[str]:
    match node:
        case And(parts) | Or(parts):
            return sum((_uses(part) for part in parts), Counter())
        case Not(part):
            return _uses(part)
        case AttributeIs(_, test) | PropertyIs(_, test):
            return Counter([test.op])
        case EventsAre():
            return Counter([node.test.op]) + (_uses(node.where) if node.where else Counter())
    return Counter()


@given(event_leaves() | attribute_leaves)
def test_the_sql_text_never_depends_on_a_value(leaf):
    """Values are bound: what a user types is never part of the SQL."""
    query = compile_leaf(leaf, SCHEMA, AS_OF, ZONE)
    for hostile in ("DROP", "Ada", "straße", "2026", "0.33"):
        assert hostile.casefold() not in query.sql.casefold()
