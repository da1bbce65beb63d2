"""Why a customer is in a segment, or is not: every condition with true or false and the value that decided it.

The reference engine decides here, so an explanation is also a second opinion on membership.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lohko.base.errors import LohkoError
from lohko.engine.profiles import find, load_people
from lohko.engine.reference import Person, Reference, Trace
from lohko.model.condition import Condition, EventsAre, leaves
from lohko.model.dependencies import needed, traits_of
from lohko.steps.question import Question, ask
from lohko.steps.saying import check_language, said
from lohko.steps.work import Progress, Work


def explain(
    work: Work, progress: Progress, *, segment: str, customer: str, as_of: str | None = None, language: str = "en"
) -> dict[str, Any]:
    """Whether a customer (number, e-mail or public id) is in a segment at an instant, and why; in English or Finnish."""
    check_language(language)
    question = ask(work, as_of)
    found = question.segment(segment)
    key, label, person_id = find(question.engine.cursor, question.schema, customer)
    rules = _rules(question, [segment])
    person = _people(question, rules, [key])[key]
    trace = _reference(work, question, rules, language).trace(rules[segment], person)
    return {
        "segment": segment,
        "title": dict(found.title),
        "customer": label,
        "person_id": person_id,
        "holds": trace.holds,
        **question.stamp(),
        "trace": as_json(trace, lambda node: said(work, question.schema, node, language)),
    }


def explain_all(work: Work, progress: Progress, *, customer: str, as_of: str | None = None, language: str = "en") -> dict[str, Any]:
    """The same for every segment; one that cannot be told says why."""
    check_language(language)
    question = ask(work, as_of)
    key, label, person_id = find(question.engine.cursor, question.schema, customer)
    rules: dict[str, Condition] = {}
    errors: dict[str, dict[str, Any]] = {}
    for name in question.segments:
        try:
            rules |= _rules(question, [name])
        except LohkoError as error:
            errors[name] = error.as_json()
    person = _people(question, rules, [key])[key]
    reference = _reference(work, question, rules, language)
    rows = []
    for name, found in question.segments.items():
        trace = None if name in errors else reference.trace(rules[name], person)
        rows.append(
            {
                "id": name,
                "title": dict(found.title),
                "holds": trace.holds if trace else None,
                "trace": as_json(trace, lambda node: said(work, question.schema, node, language)) if trace else None,
                "error": errors.get(name),
            }
        )
    return {"customer": label, "person_id": person_id, **question.stamp(), "segments": rows}


def members_by_reference(work: Work, question: Question, names: list[str]) -> dict[str, set[int]]:
    """Everyone who is in each segment as the reference decides it: slow, for checking the engine against."""
    rules = _rules(question, names)
    people = _people(question, rules, question.engine.everyone())
    reference = _reference(work, question, rules)
    return {name: {key for key, person in people.items() if reference.holds(rules[name], person)} for name in names}


def _rules(question: Question, names: list[str]) -> dict[str, Condition]:
    """The resolved rules of segments and of all that they refer to."""
    rules = question.catalogue.segments
    return {name: question.catalogue.definition(name).where for name in needed(rules, names)}


def _people(question: Question, rules: dict[str, Condition], keys: Any) -> dict[int, Person]:
    events = {leaf.event for rule in rules.values() for leaf in leaves(rule) if isinstance(leaf, EventsAre)}
    scored = any(traits_of(question.schema, question.catalogue.segments, name) for name in rules)
    if scored:  # of everyone, to know one: so only when a rule asks
        question.engine.need_traits()
    return load_people(question.engine.cursor, question.schema, keys, events, traits=scored)


def _reference(work: Work, question: Question, rules: dict[str, Condition], language: str = "en") -> Reference:
    return Reference(question.schema, rules, question.as_of, work.settings.zone, language)


def as_json(trace: Trace, say: Callable[[Condition], str]) -> dict[str, Any]:
    """A trace as plain JSON values, its conditions in the words of `say`."""
    text = trace.text if trace.node is None or trace.text in ("and", "or") else say(trace.node)
    return {"text": text, "holds": trace.holds, "value": trace.value, "parts": [as_json(part, say) for part in trace.parts]}
