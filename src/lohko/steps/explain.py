"""Why a customer is in a segment, or is not: every condition with true or false and the value that decided it.

The reference engine decides here, so an explanation is also a second opinion on membership.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lohko.base.errors import LohkoError
from lohko.engine.person import Person
from lohko.engine.profiles import find
from lohko.engine.reference import Trace
from lohko.engine.told import Row
from lohko.engine.turning import Silent, Turning
from lohko.engine.ways import Change, Ways
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Condition, InSegment
from lohko.model.definition import Definition
from lohko.model.dependencies import needed, reaches_everyone
from lohko.model.relied import relied_on
from lohko.model.walk import attribute_names
from lohko.state.workspace import note
from lohko.steps.decided import OneOfMany, definitions_of, people_of
from lohko.steps.question import Question, ask, iso
from lohko.steps.saying import check_language, said
from lohko.steps.tracking import tracked
from lohko.steps.work import Progress, Work

MOST_ROWS = 20
"""Of the rows behind a condition, so many of the latest are shown; how many there are more is said."""


def explain(
    work: Work, progress: Progress, *, segment: str, customer: str, as_of: str | None = None, language: str = "en"
) -> dict[str, Any]:
    """Whether a customer (number, e-mail or public id) is in a segment at an instant, and why; in English or Finnish.

    `ways` are what would bring them in or take them out: each is enough by itself, and all of its conditions have to turn.
    `turns_at` is the first later instant at which that happens by itself; None with `turns` `never`, or `others` when it
    depends on what others do.
    """
    check_language(language)
    question = ask(work, as_of)
    found = question.segment(segment)
    key, label, person_id = find(question.engine.cursor, question.schema, customer)
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": "explanation", "segment": segment}, [person_id])
    definitions = definitions_of(question.catalogue, [segment])
    person = people_of(work, question, definitions, [key])[key]
    told = Explained(work, _reference(work, question, definitions, key, language), question.catalogue, definitions, person)
    return {
        "segment": segment,
        "title": dict(found.title),
        "customer": label,
        "person_id": person_id,
        "timezone": work.settings.timezone,
        **question.stamp(),
        **told.of(segment),
        "tracked": tracked(work, question, relied_on(question.schema, question.catalogue.segments, segment).events),
    }


def explain_all(work: Work, progress: Progress, *, customer: str, as_of: str | None = None, language: str = "en") -> dict[str, Any]:
    """The same for every segment; one that cannot be told says why."""
    told = explanations(work, customer=customer, as_of=as_of, language=language)
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": "explanations"}, [told["person_id"]])
    return told


def explanations(work: Work, *, customer: str, as_of: str | None = None, language: str = "en") -> dict[str, Any]:
    """What `explain_all` tells, for a step that notes by itself whom it showed."""
    check_language(language)
    question = ask(work, as_of)
    key, label, person_id = find(question.engine.cursor, question.schema, customer)
    definitions: dict[str, Definition] = {}
    errors: dict[str, dict[str, Any]] = {}
    for name in question.segments:
        try:
            definitions |= definitions_of(question.catalogue, [name])
        except LohkoError as error:
            errors[name] = error.as_json()
    person = people_of(work, question, definitions, [key])[key]
    told = Explained(work, _reference(work, question, definitions, key, language), question.catalogue, definitions, person)
    nothing: dict[str, Any] = {"holds": None, "trace": None, "ways": [], "turns": None, "turns_at": None}
    rows = []
    for name, found in question.segments.items():
        why = nothing if name in errors else told.of(name)
        rows.append({"id": name, "title": dict(found.title), **why, "error": errors.get(name)})
    return {"customer": label, "person_id": person_id, "timezone": work.settings.timezone, **question.stamp(), "segments": rows}


def members_by_reference(work: Work, question: Question, names: list[str]) -> dict[str, set[int]]:
    """Everyone who is in each segment as the reference decides it: slow, for checking the engine against."""
    definitions = definitions_of(question.catalogue, names)
    people = people_of(work, question, definitions, question.engine.everyone())
    reference = Silent(question.schema, definitions, question.as_of, work.settings.zone, population=people)
    return {name: reference.members_of(name) for name in names}


def _reference(work: Work, question: Question, definitions: Mapping[str, Definition], key: int, language: str) -> OneOfMany:
    return OneOfMany(question.schema, definitions, question.as_of, work.settings.zone, language, question=question, key=key)


@dataclass(frozen=True)
class Explained:
    """One person as the reference engine sees them, and the segments that they are in or not."""

    work: Work
    reference: OneOfMany
    catalogue: Catalogue
    definitions: Mapping[str, Definition]
    person: Person

    def of(self, name: str) -> dict[str, Any]:
        """Whether, why, what would change it, and when that happens by itself."""
        reference = self.reference
        whole = reference.trace(InSegment(name), self.person)
        trace = whole.parts[0] if len(whole.parts) == 1 else Trace("and", whole.holds, None, whole.parts)
        ways = Ways(reference.schema, reference.as_of, reference.zone).to(trace, not trace.holds)
        return {
            "holds": trace.holds,
            "trace": as_json(trace, self._say),
            "ways": [[self._change(change) for change in way] for way in ways],
            **self._turns(name),
        }

    def _turns(self, name: str) -> dict[str, Any]:
        schema = self.reference.schema
        if reaches_everyone(schema, self.catalogue.segments, name):
            return {"turns": "others", "turns_at": None}
        behind = {item: self.definitions[item] for item in needed(self.definitions, [name])}
        at = Turning(schema, behind, self.reference.zone, self.person).of_segment(name, self.reference.as_of)
        return {"turns": "never" if at is None else "time", "turns_at": None if at is None else iso(at)}

    def _say(self, node: Condition) -> str:
        return said(self.work, self.reference.schema, node, self.reference.language)

    def _change(self, change: Change) -> dict[str, Any]:
        return {
            "kind": change.kind,
            "becomes": change.text if change.becomes is None else self._say(change.becomes),
            "n": None if change.n is None else format(change.n, "f"),
            "event": change.event,
            "of": change.of,
            "now": change.now,
            "about": [] if change.becomes is None else sorted(attribute_names(change.becomes)),
        }


def as_json(trace: Trace, say: Callable[[Condition], str]) -> dict[str, Any]:
    """A trace as plain JSON values, its conditions in the words of `say`."""
    text = trace.text if trace.node is None or trace.text in ("and", "or") else say(trace.node)
    shown = sorted(trace.rows, key=lambda row: row.at)[-MOST_ROWS:]
    return {
        "text": text,
        "about": [] if trace.node is None or trace.parts else sorted(attribute_names(trace.node)),
        "holds": trace.holds,
        "value": trace.value,
        "rows": [_row(row) for row in shown],
        "more_rows": len(trace.rows) - len(shown),
        "parts": [as_json(part, say) for part in trace.parts],
    }


def _row(row: Row) -> dict[str, Any]:
    """A row as JSON; when it has always been so there is no time."""
    says = {name: text for name, text in row.says.items() if name != "assumed"}
    return {"what": row.kind, "at": iso(row.at) if row.at.year > 1 else None, "says": says, "assumed": "assumed" in row.says}
