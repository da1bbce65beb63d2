"""What stands beside every web criterion: which part of what happened is known to be somebody's."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from lohko.engine.tracking import tracked as counted
from lohko.model.walk import event_names
from lohko.steps.work import Work

if TYPE_CHECKING:
    from lohko.model.condition import Condition
    from lohko.steps.question import Question


def tracked(work: Work, question: Question, names: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Per event (all, or these) of which some is nobody's known: how many events and sessions join a known customer. Counted once per data version."""
    found = []
    for event in question.schema.events.values():
        if names is not None and event.name not in names:
            continue
        key = question.data_version, event.name
        if key not in work.tracked:
            work.tracked[key] = counted(question.engine.cursor, event)
        if not work.tracked[key].wholly:
            found.append(work.tracked[key].as_json())
    return found


def not_all_tracked(work: Work, question: Question, rule: Condition) -> list[dict[str, Any]]:
    """A note for each event that a resolved rule asks about and that was not tracked for everybody."""
    names = {question.schema.event(name).name for name in event_names(rule)}
    return [
        {
            "code": "not_all_tracked",
            "message": f"{item['share']:.0%} of the {'sessions' if item['sessions'] else 'events'} with {item['event']} join a known customer.",
            "place": item["event"],
            "hint": "the others did it too, but it is not known who they are: for them this asks what was not tracked.",
        }
        for item in (tracked(work, question, names) if names else [])
    ]
