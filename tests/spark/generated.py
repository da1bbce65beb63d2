"""Generated conditions over generated people: Spark finds whom the reference finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.test_asked_of_accounts import ACCOUNTS, OF_ACCOUNT, known, with_tables_of_accounts, write
from engines.layout import HELSINKI, empty_store
from engines.test_same_people import ZONES, crowds
from lohko.base.text import fold
from lohko.engine.plan import evaluate
from lohko.engine.reference import Reference
from lohko.engine.spark_copy import Tables
from lohko.engine.spark_session import Session
from lohko.model.account import borne
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Not
from spark.traits import TRAITS, GivenTraits, make_trait_tables, write_traits
from spark.worlds import Asked, Within, World, Worlds, found
from strategies import AS_OF, SCHEMA, conditions, people, plain_conditions

CROWDS, RULES, AT_ONCE = 10, 5, 2
FIRMS, RULES_OF_FIRMS = 3, 2


@dataclass
class Crowd:
    """Generated people, conditions about them, and whom the reference finds."""

    world: World
    catalogue: Catalogue
    wanted: dict[str, set[int]] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)

    def ask(self, reference: Reference, rules: list[Any], everyone: set[int]) -> None:
        """Whom the reference finds for each rule, and for its opposite."""
        for number, rule in enumerate(rules):
            members = set(reference.members(self.catalogue.resolve(rule)))
            self.rules |= {str(number): rule, f"not {number}": Not(rule)}
            self.wanted |= {str(number): members, f"not {number}": everyone - members}


def drawn(examples: int) -> settings:
    """So many, and the same ones in every run."""
    return settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def generated(worlds: Worlds) -> list[Crowd]:
    """The same ones in every run."""
    found: list[Crowd] = []

    @drawn(CROWDS)
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
        item.ask(reference, rules, set(keyed))
        found.append(item)

    collect()
    return found


def of_firms(worlds: Worlds) -> list[Crowd]:
    """The same of people and their accounts, with conditions about what accounts and their contacts have."""
    found: list[Crowd] = []

    @drawn(FIRMS)
    @given(st.data(), st.lists(OF_ACCOUNT, min_size=RULES_OF_FIRMS, max_size=RULES_OF_FIRMS), plain_conditions, plain_conditions, ACCOUNTS)
    def collect(data: Any, rules: list[Any], base: Any, other: Any, accounts: Any) -> None:
        crowd = data.draw(crowds(HELSINKI))
        first = 1 + max((crowd.world.accounts[1] for crowd in found), default=0)
        world = replace(worlds.add(crowd), accounts=(first, first + len(accounts) - 1))
        write(worlds.store, accounts, first)
        keyed = dict(enumerate(crowd, start=world.first))
        write_traits(worlds.store, keyed)
        catalogue = Catalogue(SCHEMA, {"base": base, "other": other})
        definitions = {name: catalogue.definition(name) for name in catalogue.segments}
        called = borne(*(((key, fold(text)) for key, item in enumerate(accounts, first) for text in item[which]) for which in (1, 2)))
        known_ones = {key: known(account) for key, (account, *_) in enumerate(accounts, first)}
        reference = Reference(SCHEMA, definitions, AS_OF, HELSINKI, population=keyed, accounts=known_ones, borne=called)
        item = Crowd(world, catalogue)
        item.ask(reference, rules, set(keyed))
        found.append(item)

    collect()
    return found


def differences(remote: str, folder: Path, made_of: Callable[[Worlds], list[Crowd]] = generated) -> list[Any]:
    """Where Spark finds others than the reference: the condition, those found, those wanted."""
    store = empty_store(SCHEMA) if made_of is generated else with_tables_of_accounts(empty_store(SCHEMA))
    make_trait_tables(store)
    worlds = Worlds(store, SCHEMA)
    made = made_of(worlds)
    session = Session(remote)
    tables = worlds.copied(session, folder, also=TRAITS)
    asked = (_asked(crowd, session, tables) for crowd in made)
    wrong = []
    for crowd, answers in zip(made, found(session, asked, AT_ONCE), strict=True):
        wrong += [(crowd.rules[name], answers[name], who) for name, who in crowd.wanted.items() if answers[name] != who]
    session.close()
    return wrong


def _asked(crowd: Crowd, session: Session, tables: Tables) -> Asked:
    engine = GivenTraits(
        session, Within(tables, crowd.world), SCHEMA, AS_OF, ZONES[0], few=True, knows_accounts=crowd.world.accounts[1] > 0
    )
    return Asked(engine, {name: evaluate(engine, crowd.catalogue, rule) for name, rule in crowd.rules.items()})
