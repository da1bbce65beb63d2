"""Segments decided for single people by the reference engine, from what the store holds.

Where a person's answer depends on others (a rank, an account, a limit), one person alone
cannot be decided: there the embedded engine is asked, over everyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lohko.engine.plan import evaluate
from lohko.engine.profiles import load_people, past_traits
from lohko.engine.reference import Person, Reference, Trace, spoken
from lohko.model.catalogue import Catalogue, Special
from lohko.model.condition import AttributeIs, Condition, EventsFigure, OfAccount, Ranked
from lohko.model.definition import Definition
from lohko.model.dependencies import needed, traits_of
from lohko.model.edges import moment_of
from lohko.model.walk import event_names, everything

if TYPE_CHECKING:
    import datetime as dt
    from zoneinfo import ZoneInfo

    from lohko.engine.told import Row
    from lohko.model.schema import Schema
    from lohko.steps.question import Question
    from lohko.steps.work import Work


@dataclass(frozen=True)
class OneOfMany(Reference):
    """The reference engine for one person of the store; what depends on others is asked of the embedded engine."""

    question: Question | None = None
    key: int = 0

    def in_segment(self, name: str, person: Person) -> bool:
        """Among the best is told by the engine, which sees everyone."""
        if self._definitions()[name].limit is None or self._is_alone():
            return super().in_segment(name, person)
        return bool(self._once(("is in", name), lambda: self._is_in(name)))

    def _ranked(self, node: Ranked, person: Person) -> tuple[bool, str | None, list[Row]]:
        return self._by_engine(node), spoken(self._base_value(node.figure, person)), []

    def _account(self, node: OfAccount, person: Person) -> Trace:
        return Trace(self._said(node), self._by_engine(node), None, (), node=node)

    def _by_engine(self, node: Condition) -> bool:
        return bool(self._once(("holds", node), lambda: self._holds(node)))

    def _is_alone(self) -> bool:
        """Whether there is nobody to ask about others."""
        return self.question is None

    def _is_in(self, name: str) -> bool:
        return self.key in self._asked().people(name)

    def _holds(self, node: Condition) -> bool:
        asked = self._asked()
        let_in = replace(asked.catalogue, special=Special())  # it is a part of a definition, and those were asked for by name
        return self.key in evaluate(asked.engine, let_in, node)

    def _asked(self) -> Question:
        assert self.question is not None
        return self.question


def definitions_of(catalogue: Catalogue, names: Iterable[str]) -> dict[str, Definition]:
    """The resolved definitions of segments and of all behind them."""
    return {name: catalogue.definition(name) for name in sorted(needed(catalogue.segments, names))}


def people_of(work: Work, question: Question, definitions: Mapping[str, Definition], keys: Iterable[int]) -> dict[int, Person]:
    """These people with what the definitions ask about."""
    events = {event for definition in definitions.values() for event in events_of(definition)}
    scored = any(traits_of(question.schema, question.catalogue.segments, name) for name in definitions)
    if scored:  # of everyone, to know one: so only when a rule asks
        question.engine.need_traits()
    found = load_people(question.engine.cursor, question.schema, keys, events, traits=scored)
    moments = past_moments(question.schema, question.as_of, work.settings.zone, definitions) if scored else set()
    for moment in moments:
        question.engine.need_past_traits(moment)
    if moments:
        past = past_traits(question.engine.cursor, found)
        found = {key: replace(person, past_traits=past.get(key, {})) for key, person in found.items()}
    return found


def events_of(definition: Definition) -> set[str]:
    """The kinds of events that a definition asks about, also for its limit."""
    by = definition.limit.by if definition.limit is not None else None
    return event_names(definition.where) | ({by.event} if isinstance(by, EventsFigure) else set())


def past_moments(schema: Schema, as_of: dt.datetime, zone: ZoneInfo, definitions: Mapping[str, Definition]) -> set[dt.datetime]:
    """The earlier instants whose traits the rules ask about."""
    nodes: list[Any] = [node for definition in definitions.values() for node in everything(definition.where)]
    asked = [node for node in nodes if isinstance(node, AttributeIs) and schema.attribute(node.name).trait]
    return {moment_of(node.at, as_of, zone) for node in asked} - {as_of}
