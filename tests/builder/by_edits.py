"""A rule made from nothing by edits, one blank after another, as somebody would at the cards."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from lohko.model import edit
from lohko.model.blanks import Blank, Inside, Scope, blanks
from lohko.model.blanks_fill import changed
from lohko.model.blanks_new import fresh
from lohko.model.condition import And, Condition, Not, OfAccount, Or
from lohko.model.edit import EMPTY, Place
from strategies import SCHEMA, SEGMENTS

SCOPE = Scope(SCHEMA, SEGMENTS, dt.date(2026, 3, 29))


def by_edits(rule: Condition, scope: Scope = SCOPE) -> Condition:
    """The draft that edits from an empty one lead to when somebody wants that rule."""
    draft, goal = EMPTY, edit.opened(rule)
    if isinstance(goal, Not):
        draft = edit.turn(draft, (), edit.kind_of_group(goal) or "").draft
    elif isinstance(goal, Or):
        draft = edit.turn(draft, (), "any").draft
    return _fill(draft, (), goal, scope)


def _fill(draft: Condition, group: Place, goal: Condition, scope: Scope) -> Condition:
    """The parts of a group, one after another."""
    for part in edit.node_at(goal, edit.list_of(goal, ())):
        draft = _item(draft, group, part, scope)
    return draft


def _item(draft: Condition, group: Place, goal: Condition, scope: Scope) -> Condition:
    kind = edit.kind_of_group(goal)
    if kind is not None:
        done = edit.add(draft, group, And(()))
        draft = edit.turn(done.draft, done.at, kind).draft
        return _fill(draft, done.at, goal, scope)
    negated, goal = isinstance(goal, Not), goal.part if isinstance(goal, Not) else goal
    inside = replace(scope, event=edit.event_around(draft, group))
    done = edit.add(draft, group, fresh(goal.node, None, inside))
    draft, item = done.draft, done.at
    if isinstance(goal, OfAccount):
        draft = _card(draft, item, replace(goal, part=And(())), inside)
        draft = _fill(draft, (*item, "part"), _turned(goal.part), inside)
    else:
        draft = _card(draft, item, goal, inside)
    return edit.turn(draft, item, "not").draft if negated else draft


def _turned(part: Condition) -> Condition:
    return part if isinstance(part, And) else And((part,))


def _card(draft: Condition, item: Place, goal: Any, scope: Scope) -> Condition:
    """Blank by blank, those that differ; then what stands inside."""
    for part in blanks(goal, scope):
        if isinstance(part, Blank) and _shown(edit.node_at(draft, item), part.place, scope) != part.value:
            draft = edit.put(draft, item, changed(edit.node_at(draft, item), part.place, part.value, scope))
    for part in blanks(goal, scope):
        if isinstance(part, Inside) and part.filled:
            draft = _inside(draft, (*item, *part.place), edit.node_at(goal, part.place), scope)
    return draft


def _shown(node: Condition, place: Place, scope: Scope) -> str | None:
    return next((part.value for part in blanks(node, scope) if isinstance(part, Blank) and part.place == place), None)


def _inside(draft: Condition, place: Place, goal: Condition, scope: Scope) -> Condition:
    """What single events are asked: where there is something already, it makes way when the rest is there."""
    there = edit.node_at(draft, place)
    begun = 0 if there is None else len(edit.node_at(draft, edit.list_of(draft, place)))
    for part in edit.node_at(_turned(goal), ("parts",)):
        draft = _item(draft, place, part, scope)
    for _ in range(begun):
        draft = edit.remove(draft, (*edit.list_of(draft, place), 0)).draft
    return draft
