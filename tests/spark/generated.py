"""Generated conditions over generated people: Spark finds whom the reference finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engines.layout import empty_store
from engines.test_same_people import ZONES, crowds
from lohko.engine.plan import evaluate
from lohko.engine.reference import Reference
from lohko.engine.spark_copy import Tables
from lohko.engine.spark_session import Session
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Not
from spark.traits import TRAITS, GivenTraits, make_trait_tables, write_traits
from spark.worlds import Asked, Within, World, Worlds, found
from strategies import AS_OF, SCHEMA, conditions, people, plain_conditions

CROWDS, RULES, AT_ONCE = 10, 5, 2


@dataclass
class Crowd:
    """Generated people, conditions about them, and whom the reference finds."""

    world: World
    catalogue: Catalogue
    wanted: dict[str, set[int]] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)


def generated(worlds: Worlds) -> list[Crowd]:
    """The same ones in every run."""
    found: list[Crowd] = []

    @settings(
        max_examples=CROWDS,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.lists(conditions, min_size=RULES, max_size=RULES), plain_conditions, plain_conditions)
    def collect(data: Any, rules: list[Any], base: Any, other: Any) -> None:
        zone = ZONES[0]
        crowd, gone = data.draw(crowds(zone)), data.draw(st.lists(people(), max_size=1))
        world = worlds.add(crowd, gone)
        keyed = dict(enumerate(crowd, start=world.first))
        write_traits(worlds.store, keyed)
        catalogue = Catalogue(SCHEMA, {"base": base, "other": other})
        definitions = {name: catalogue.definition(name) for name in catalogue.segments}
        reference = Reference(SCHEMA, definitions, AS_OF, zone, population=keyed)
        item = Crowd(world, catalogue)
        for number, rule in enumerate(rules):
            members = set(reference.members(catalogue.resolve(rule)))
            item.rules |= {str(number): rule, f"not {number}": Not(rule)}
            item.wanted |= {str(number): members, f"not {number}": set(keyed) - members}
        found.append(item)

    collect()
    return found


def differences(remote: str, folder: Path) -> list[Any]:
    """Where Spark finds others than the reference: the condition, those found, those wanted."""
    store = empty_store(SCHEMA)
    make_trait_tables(store)
    worlds = Worlds(store, SCHEMA)
    made = generated(worlds)
    session = Session(remote)
    tables = worlds.copied(session, folder, also=TRAITS)
    asked = (_asked(crowd, session, tables) for crowd in made)
    wrong = []
    for crowd, answers in zip(made, found(session, asked, AT_ONCE), strict=True):
        wrong += [(crowd.rules[name], answers[name], who) for name, who in crowd.wanted.items() if answers[name] != who]
    session.close()
    return wrong


def _asked(crowd: Crowd, session: Session, tables: Tables) -> Asked:
    engine = GivenTraits(session, Within(tables, crowd.world), SCHEMA, AS_OF, ZONES[0], few=True)
    return Asked(engine, {name: evaluate(engine, crowd.catalogue, rule) for name, rule in crowd.rules.items()})
