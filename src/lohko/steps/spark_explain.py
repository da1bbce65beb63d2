"""Why a customer is in a segment, told on a Spark cluster: one person's rows come here, and the reference engine says what decided.

What depends on others (a rank, a limit, an account) is decided there, over everyone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lohko.engine.plan import evaluate
from lohko.engine.profiles import load_people, past_traits
from lohko.engine.reference import Person
from lohko.engine.spark_person import brought_here, find_there
from lohko.engine.spark_sets import People
from lohko.model.catalogue import Special
from lohko.model.condition import AttributeFigure, Condition
from lohko.model.definition import Definition
from lohko.model.dependencies import traits_of
from lohko.model.walk import attribute_names
from lohko.state.workspace import note
from lohko.steps.decided import OneOfMany, definitions_of, events_of, past_moments
from lohko.steps.explain import Explained
from lohko.steps.saying import check_language
from lohko.steps.spark_there import There, asked_there
from lohko.steps.work import Progress, Work


@dataclass(frozen=True)
class _OneThere(OneOfMany):
    """The reference engine for one person of the copy; what depends on others is asked of the cluster."""

    there: There | None = field(default=None, compare=False, repr=False)

    def _is_alone(self) -> bool:
        return self.there is None

    def _is_in(self, name: str) -> bool:
        assert self.there is not None
        return self._is_among(self.there.people(name))

    def _holds(self, node: Condition) -> bool:
        assert self.there is not None
        return self._is_among(evaluate(self.there.engine, replace(self.there.catalogue, special=Special()), node))

    def _is_among(self, people: People) -> bool:
        assert self.there is not None
        return self.there.engine.has(people, self.key)


def spark_explain(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    customer: str,
    remote: str,
    location: str,
    as_of: str | None = None,
    language: str = "en",
) -> dict[str, Any]:
    """What `explain` tells of a customer, by label, public id or e-mail address, of the copy on the cluster."""
    check_language(language)
    with asked_there(work, remote, location, as_of) as there:
        engine, catalogue = there.engine, there.catalogue
        definitions = definitions_of(catalogue, [there.segment(segment)])
        key, label, person_id = find_there(engine, customer)
        with work.state.begin() as connection:
            note(connection, "person_seen", {"what": "explanation", "segment": segment}, [person_id])
        person = _person(there, definitions, key)
        reference = _OneThere(engine.schema, definitions, engine.as_of, engine.zone, language, key=key, there=there)
        return {
            "segment": segment,
            "title": dict(there.segments[segment].title),
            "customer": label,
            "person_id": person_id,
            "timezone": work.settings.timezone,
            **there.stamp(),
            **Explained(work, reference, catalogue, definitions, person).of(segment),
        }


def _person(there: There, definitions: Mapping[str, Definition], key: int) -> Person:
    engine, catalogue = there.engine, there.catalogue
    events = {event for definition in definitions.values() for event in events_of(definition)}
    scored = any(traits_of(engine.schema, catalogue.segments, name) for name in definitions)
    moments: set[dt.datetime] | None = past_moments(engine.schema, engine.as_of, engine.zone, definitions) if scored else None
    with brought_here(engine, key, _attributes(definitions), events, moments) as store:
        person = load_people(store, engine.schema, [key], events, traits=scored)[key]
        return replace(person, past_traits=past_traits(store, [key]).get(key, {})) if moments else person


def _attributes(definitions: Mapping[str, Definition]) -> set[str]:
    found = {name for definition in definitions.values() for name in attribute_names(definition.where)}
    limits = [definition.limit.by for definition in definitions.values() if definition.limit is not None]
    return found | {by.name for by in limits if isinstance(by, AttributeFigure)}
