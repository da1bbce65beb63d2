"""The versions of a segment: who wrote each and when, what changed in words, how many people that moves, and going back to one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.engine.plan import evaluate_all
from lohko.model.condition import And, Condition
from lohko.model.segment import Segment, write_segment
from lohko.model.sentence import sentence
from lohko.model.walk import inner
from lohko.state import segments as kept
from lohko.state.drafts import authors
from lohko.steps.question import Question, ask
from lohko.steps.saying import check_language, said
from lohko.steps.segment_about import called
from lohko.steps.segments import apply
from lohko.steps.work import Progress, Work

MOST_VERSIONS = 50


def segment_versions(work: Work, progress: Progress, *, segment: str, language: str = "en") -> dict[str, Any]:
    """Every version of a segment, the newest first.

    `gone` and `new` are the conditions that one took out and put in; `added` and `lost` whom it moves against the version
    before it, both asked of the data and at the instant of now. None where one of them cannot be told.
    """
    check_language(language)
    question = ask(work)
    with work.state.connect() as connection:
        found = kept.all_versions(connection, segment)
        wrote = {number: called(connection, who) for number, who in authors(connection, segment).items()}
        names = list(kept.versions(connection))
    if not found:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, names))
    rows: list[dict[str, Any]] = []
    before: Segment | None = None
    people_before = None
    for number, created_at, definition in found[-MOST_VERSIONS - 1 :]:
        people = None if definition is None else _people(question, segment, definition)
        moved = None if people is None or people_before is None else question.engine.diff(people_before, people)
        rows.append(
            {
                "version": number,
                "at": created_at,
                "by": wrote.get(number),
                "sentence": None if definition is None else _said(work, question, definition.where, language),
                "size": None if people is None else len(people),
                "added": None if moved is None else len(moved[0]),
                "lost": None if moved is None else len(moved[1]),
                **_changes(work, question, before, definition, language),
            }
        )
        before, people_before = definition, people
    current = next((definition for _, _, definition in reversed(found) if definition is not None), None)
    return {
        **question.stamp(),
        "segment": segment,
        "title": {} if current is None else dict(current.title),
        "versions": rows[::-1][:MOST_VERSIONS],
        "more": max(0, len(found) - MOST_VERSIONS),
    }


def segment_restore(work: Work, progress: Progress, *, segment: str, version: int) -> dict[str, Any]:
    """An earlier version becomes the next one, whole: its condition and all that stood beside it."""
    with work.state.connect() as connection:
        found = kept.version(connection, segment, version)
    if found is None:
        raise InputError("unknown_version", f"Segment {segment!r} has no version {version}.")
    applied = apply(work, progress, files={f"{segment}.yaml": write_segment(found)})
    return {"segment": segment, "restored": version, "change": applied["plan"][0]["change"]}


def _people(question: Question, name: str, definition: Segment) -> Any:
    """Whom a version holds by the data of now; None when it cannot be told."""
    catalogue = replace(question.catalogue, segments={**question.catalogue.segments, name: definition.definition})
    try:
        answer = evaluate_all(question.engine, catalogue, [name])[name]
    except LohkoError:
        return None
    return None if isinstance(answer, LohkoError) else answer


def _changes(work: Work, question: Question, before: Segment | None, after: Segment | None, language: str) -> dict[str, Any]:
    """What a version changed: conditions taken out and put in as sentences, and the names of other settings that are new."""
    if before is None or after is None:
        return {"gone": [], "new": [], "settings": []}
    old, new = _parts(before.where), _parts(after.where)
    whole = type(before.where) is not type(after.where) and len(old) > 1 and len(new) > 1
    gone = [before.where] if whole else [part for part in old if part not in new]
    came = [after.where] if whole else [part for part in new if part not in old]
    names = ("title", "description", "owner", "tags", "parent", "group", "priority", "limit", "needs", "goal", "in_shop")
    return {
        "gone": [_said(work, question, part, language) for part in gone],
        "new": [_said(work, question, part, language) for part in came],
        "settings": [name for name in names if getattr(before, name) != getattr(after, name)],
    }


def _parts(node: Condition) -> tuple[Condition, ...]:
    return inner(node) if isinstance(node, And) or node.node == "or" else (node,)


def _said(work: Work, question: Question, node: Condition, language: str) -> str:
    try:
        return said(work, question.schema, node, language)
    except InputError:  # it names what is not there any more
        return sentence(node, language, work.settings.currency)
