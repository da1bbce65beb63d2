"""Going through a condition and making it anew, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lohko.model.condition import (
    Against,
    And,
    AttributeFigure,
    AttributeIs,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Figure,
    Followed,
    InSegment,
    Leaf,
    MomentIs,
    Moved,
    Not,
    OfAccount,
    Or,
    Periods,
    PropertyIs,
    Ranked,
    Tied,
)
from lohko.model.operand import Test
from lohko.model.window import Window

OnPart = Callable[[Condition], Condition]
OnWhere = Callable[[Condition, str], Condition]
"""Called with a condition on single events and the name of their type."""


def inner(node: Condition) -> tuple[Condition, ...]:
    """The conditions that a condition is made of (not those inside `where`)."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part) | OfAccount(part=part):
            return (part,)
    return ()


def about_events(node: Condition) -> tuple[Condition, ...]:
    """The conditions on single events that a leaf holds: `where`, `has`, and those of its steps and figures."""
    found: list[Condition | None] = []
    match node:
        case EventsAre(where=where, has=has) | Ranked(figure=EventsFigure(where=where, has=has)):
            found = [where, has]
        case EdgeEvent(where=where, has=has):
            found = [where, has]
        case Followed(where=where, then=then):
            found = [where, *(step.where for step in then)]
        case Tied(where=where, other_where=other):
            found = [where, other]
        case Periods(where=where):
            found = [where]
        case Against(left=left, right=right):
            for figure in (left, right):
                if isinstance(figure, EventsFigure):
                    found += [figure.where, figure.has]
    return tuple(part for part in found if part is not None)


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """The distinct leaves of a condition, in the order they are read (not those inside `where`)."""
    found: dict[Leaf, None] = {}

    def visit(node: Condition) -> None:
        match node:
            case And() | Or() | Not() | OfAccount():
                for part in inner(node):
                    visit(part)
            case PropertyIs() | MomentIs():
                raise ValueError("a property stands only inside `where`")
            case _:
                found[node] = None

    visit(condition)
    return tuple(found)


def rebuilt(node: Condition, on_part: OnPart, on_where: OnWhere) -> Condition:
    """The node with its parts, and the conditions on single events that it holds, replaced by what the functions make of them."""

    def where(part: Condition | None, event: str) -> Condition | None:
        return None if part is None else on_where(part, event)

    match node:
        case And(parts):
            return And(tuple(map(on_part, parts)))
        case Or(parts):
            return Or(tuple(map(on_part, parts)))
        case Not(part):
            return Not(on_part(part))
        case OfAccount(part=part):
            return replace(node, part=on_part(part))
        case EventsAre(event=event):
            return replace(node, where=where(node.where, event), has=where(node.has, event))
        case EdgeEvent(event=event):
            return replace(node, where=where(node.where, event), has=on_where(node.has, event))
        case Followed(event=event):
            then = tuple(replace(step, where=where(step.where, step.event)) for step in node.then)
            return replace(node, where=where(node.where, event), then=then)
        case Tied(event=event, other=other):
            return replace(node, where=where(node.where, event), other_where=where(node.other_where, other))
        case Periods(event=event):
            return replace(node, where=where(node.where, event))
        case Against():
            return replace(node, left=rebuilt_figure(node.left, on_where), right=rebuilt_figure(node.right, on_where))
        case Ranked():
            return replace(node, figure=rebuilt_figure(node.figure, on_where))
    return node


def rebuilt_figure(figure: Figure, on_where: OnWhere) -> Figure:
    """The figure with the conditions on single events that it holds replaced."""
    if isinstance(figure, AttributeFigure):
        return figure
    where = None if figure.where is None else on_where(figure.where, figure.event)
    has = None if figure.has is None else on_where(figure.has, figure.event)
    return replace(figure, where=where, has=has)


def figures(node: Condition) -> tuple[Figure, ...]:
    """The numbers that a leaf compares with others."""
    match node:
        case Against(left=left, right=right):
            return left, right
        case Ranked(figure=figure):
            return (figure,)
    return ()


def test_of(node: Condition) -> Test | None:
    """The comparison that a node makes itself."""
    match node:
        case (
            AttributeIs(test=test)
            | PropertyIs(test=test)
            | MomentIs(test=test)
            | EventsAre(test=test)
            | Tied(test=test)
            | Periods(test=test)
        ):
            return test
    return None


def windows(node: Condition) -> tuple[Window, ...]:
    """The windows of time that a leaf names."""
    found: list[Window | None] = []
    match node:
        case EventsAre(window=window) | EdgeEvent(window=window) | Followed(window=window) | Tied(window=window) | Moved(window=window):
            found = [window]
        case Against() | Ranked():
            found = [figure.window for figure in figures(node) if isinstance(figure, EventsFigure)]
    return tuple(window for window in found if window is not None)


def everything(node: Condition) -> Iterator[Condition]:
    """The node and every condition in it, also those inside `where`."""
    yield node
    for part in (*inner(node), *about_events(node)):
        yield from everything(part)


def event_names(node: Condition) -> set[str]:
    """The types of events that a condition asks about."""
    found: set[str] = set()
    for part in everything(node):
        match part:
            case EventsAre(event=event) | EdgeEvent(event=event) | Periods(event=event):
                found.add(event)
            case Followed(event=event, then=then):
                found |= {event, *(step.event for step in then)}
            case Tied(event=event, other=other):
                found |= {event, other}
            case Against() | Ranked():
                found |= {figure.event for figure in figures(part) if isinstance(figure, EventsFigure)}
    return found


def attribute_names(node: Condition) -> set[str]:
    """The attributes and traits that a condition names."""
    found: set[str] = set()
    for part in everything(node):
        if isinstance(part, AttributeIs):
            found.add(part.name)
        found |= {figure.name for figure in figures(part) if isinstance(figure, AttributeFigure)}
    return found


def segment_names(node: Condition) -> set[str]:
    """The segments that a condition names: whose members it asks for, now or then, or among whom it ranks."""
    found: set[str] = set()
    for part in everything(node):
        match part:
            case InSegment(segment=segment) | Moved(segment=segment) | Ranked(among=str(segment)):
                found.add(segment)
    return found
