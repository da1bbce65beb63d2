"""Every spec, asked of Spark: each rule and its opposite, and every table of scores."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.layout import empty_store
from lohko.base.times import parse_as_of
from lohko.engine.plan import evaluate
from lohko.engine.spark import SparkEngine
from lohko.engine.spark_copy import Tables
from lohko.engine.spark_session import Session
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Not
from lohko.model.operand import Span
from lohko.model.parse import parse
from lohko.state.rfm_rules import RfmRules
from spark.traits import TRAITS, GivenTraits, make_trait_tables, write_traits
from spark.worlds import Asked, Within, World, Worlds, found, together
from spec import book
from spec.book import Example, Scores
from spec.check import _SPOKEN
from spec.shop import SCHEMA, ZONE, people_of, value, with_past, with_rfm

AT_ONCE = 15
"""Examples in one job."""


def examples() -> Iterator[tuple[str, Example]]:
    for theme in book.themes():
        for item in theme.specs:
            for entry in item.entries:
                if isinstance(entry, Example):
                    yield f"{theme.key}: {item.name}", entry


def scores() -> Iterator[tuple[str, Scores]]:
    for theme in book.themes():
        for item in theme.specs:
            yield from ((item.name, entry) for entry in item.entries if isinstance(entry, Scores))


def differences(remote: str, folder: Path) -> list[Any]:
    """Where Spark finds others than the specs say: the spec, the rule, those found, those wanted."""
    entries = list(examples())
    store = empty_store(SCHEMA)
    make_trait_tables(store)
    worlds = Worlds(store, SCHEMA)
    placed = []
    for _, example in entries:
        as_of = parse_as_of(example.as_of, ZONE)
        people = people_of(example.names, example.people, example.events, example.consents, example.moves)
        placed.append(worlds.add(list(people.values())))
        rules = [parse(rule).condition for rule in (*example.members, *example.segments.values())]
        living = {name: person for name, person in people.items() if name not in example.gone}
        scored = with_rfm(with_past(living, rules, as_of), as_of)
        write_traits(store, {placed[-1].first + example.names.index(name): person for name, person in scored.items()})
        for place, name in enumerate(example.names):
            if name in example.gone:
                worlds.store.execute("UPDATE person SET living = false WHERE person = ?", [placed[-1].first + place])
    session = Session(remote)
    tables = worlds.copied(session, folder, also=TRAITS)
    asked = (_asked(example, world, session, tables) for (_, example), world in zip(entries, placed, strict=True))
    wrong = []
    for (spec, example), world, answers in zip(entries, placed, found(session, asked, AT_ONCE), strict=True):
        living = set(example.names) - set(example.gone)
        for rule, who in example.members.items():
            for text, wanted in ((rule, set(who)), (f"not ({rule})", living - set(who))):
                there = {example.names[key - world.first] for key in answers[text]}
                if there != wanted:
                    wrong.append((spec, text, sorted(there), sorted(wanted)))
    session.close()
    return wrong


def _asked(example: Example, world: World, session: Session, tables: Tables) -> Asked:
    catalogue = Catalogue(SCHEMA, {name: parse(rule).condition for name, rule in example.segments.items()})
    engine = GivenTraits(session, Within(tables, world), SCHEMA, parse_as_of(example.as_of, ZONE), ZONE, few=True)
    rules = {rule: catalogue.resolve(parse(rule).condition) for rule in example.members}
    sets = {rule: evaluate(engine, catalogue, condition) for rule, condition in rules.items()}
    return Asked(engine, sets | {f"not ({rule})": evaluate(engine, catalogue, Not(condition)) for rule, condition in rules.items()})


_SHOWN = ("recency_days", "frequency", "monetary", "rfm_r", "rfm_f", "rfm_m", "rfm_group")


def differences_of_scores(remote: str, folder: Path) -> list[Any]:
    """Where RFM on Spark is other than the specs say: the spec, the person, what was found, what was wanted. One job for all of them."""
    worlds, entries = Worlds(empty_store(SCHEMA), SCHEMA), list(scores())
    crowds = [people_of(entry.scores.people, None, entry.events) for _, entry in entries]
    placed = [worlds.add(list(people.values())) for people in crowds]
    session = Session(remote)
    tables = worlds.copied(session, folder)
    statements = []
    for (_, entry), world in zip(entries, placed, strict=True):
        rules = RfmRules(entry.refunds, Span(entry.days, "day") if entry.days else None, entry.cuts)
        engine = SparkEngine(
            session,
            Within(tables, world),
            SCHEMA,
            parse_as_of(entry.as_of, ZONE),
            ZONE,
            rules,
            few=True,
            keeping=lambda what, statement: tables._place.keep(what, statement, uuid.uuid4().hex),
        )
        statements.append(engine.statement(engine.rfm()))
    rows = {row["person"]: row for row in session.rows(together(statements))}
    session.close()
    wrong = []
    for (spec, entry), world in zip(entries, placed, strict=True):
        for row in entry.scores.rows:
            there = rows[world.first + entry.scores.people.index(row.person)]
            for trait in _SHOWN:
                cell = row.cells.get(_SPOKEN.get(trait, trait))
                if cell is not None and there[trait] != value(cell, SCHEMA.attribute(trait).type):
                    wrong.append((spec, row.person, trait, there[trait], cell))
    return wrong
