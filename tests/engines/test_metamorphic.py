"""What must stay the same when the question is put in another way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.layout import lent_store
from lohko.base.times import zone
from lohko.engine.duckdb import DuckEngine
from lohko.engine.person import Person
from lohko.engine.plan import evaluate
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, Condition, Moved, Not, OfAccount, Or, Ranked
from lohko.model.normal import normalise
from lohko.model.parse import parse
from lohko.model.sentence import sentence
from lohko.model.walk import everything
from strategies import AS_OF, SCHEMA, conditions, people, plain_conditions

UTC = zone("UTC")
CROWD = st.lists(people(), min_size=1, max_size=6)
FOUR_CENTURIES = 400
"""The calendar repeats itself after 400 years to the day of the week, and UTC has no other rules then."""


def members(crowd: Sequence[Person], rules: Sequence[Condition], base: Condition, as_of: dt.datetime = AS_OF) -> list[set[int]]:
    """Who DuckDB finds for each rule, by place in the crowd; rules may name the segment `base`, and `other`, which is everyone else."""
    catalogue = Catalogue(SCHEMA, {"base": base, "other": Not(base)})
    with lent_store(crowd, SCHEMA, UTC) as store:
        engine = DuckEngine(store, SCHEMA, as_of, UTC)
        return [set(evaluate(engine, catalogue, rule)) for rule in rules]


def later(value: Any) -> Any:
    """The same thing, everything in it 400 years later; the ends of time stay where they are."""
    if isinstance(value, dt.date) and 1000 < value.year < 9000:
        return value.replace(year=value.year + FOUR_CENTURIES)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: later(getattr(value, field.name)) for field in fields(value) if field.init})
    if isinstance(value, Mapping):
        return {later(key): later(item) for key, item in value.items()}
    return type(value)(map(later, value)) if isinstance(value, list | tuple) else value


@settings(max_examples=settings().max_examples // 2)
@given(CROWD, st.lists(conditions, min_size=1, max_size=4), plain_conditions)
def test_moving_everything_in_time_changes_nothing(crowd, rules, base):
    """People, rules and the instant 400 years later: the same members."""
    assert members(later(crowd), later(rules), later(base), later(AS_OF)) == members(crowd, rules, base)


@settings(max_examples=settings().max_examples // 2)
@given(CROWD, st.lists(conditions, min_size=1, max_size=4), plain_conditions, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(crowd, rules, base, random):
    """Events and intervals written in another order: the same members."""

    def shuffled(rows: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        return {name: random.sample(list(held), len(held)) for name, held in rows.items()}

    other = [
        Person(
            shuffled(person.attributes),
            shuffled(person.events),
            person.traits,
            person.past_traits,
            random.sample(list(person.consents), len(person.consents)),
            person.moves,  # the ledger's order means something: it is the order of its runs
            person.person_id,
        )
        for person in crowd
    ]
    assert members(other, rules, base) == members(crowd, rules, base)


@settings(max_examples=settings().max_examples // 2)
@given(CROWD, conditions, conditions, plain_conditions)
def test_algebra_is_that_of_sets(crowd, one, other, base):
    """p and not p part everyone; not (p and q) is not p or not q; p or q is everyone but neither."""
    rules = [one, Not(one), other, And((one, other)), Or((one, other)), Not(And((one, other))), Or((Not(one), Not(other)))]
    p, not_p, q, both, either, not_both, one_not = members(crowd, rules, base)
    everyone = set(range(1, len(crowd) + 1))
    assert (p | not_p, p & not_p) == (everyone, set())
    assert (both, either) == (p & q, p | q)
    assert not_both == one_not == everyone - both


@settings(max_examples=settings().max_examples // 2)
@given(CROWD, conditions, plain_conditions)
def test_how_a_rule_is_written_changes_nothing(crowd, rule, base):
    """The normal form, and the rule written as a sentence in either language and read back, find the same people."""
    forms = [rule, normalise(rule), parse(sentence(rule)).condition, parse(sentence(rule, "fi")).condition]
    found = members(crowd, forms, base)
    assert found == [found[0]] * len(forms)


@settings(max_examples=settings().max_examples // 2)
@given(CROWD, people(), conditions, plain_conditions)
def test_another_person_changes_nothing(crowd, stranger, rule, base):
    """Where a rule asks about a person's own data alone, someone else's never matter."""
    alone = not any(isinstance(node, Ranked | OfAccount | Moved) for part in (rule, base) for node in everything(part))
    if alone:
        (before,), (after,) = members(crowd, [rule], base), members([*crowd, stranger], [rule], base)
        assert after - {len(crowd) + 1} == before
