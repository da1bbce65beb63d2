"""What is said about a rule when it is written: parts that exclude each other, parts that always hold, windows the data cannot fill.

None of it is forbidden. What is called a contradiction is one for certain, for
everybody and at every instant (docs: meaning); what is not found may still be one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from lohko.base.errors import LohkoError
from lohko.base.times import local_day, midnight
from lohko.model.condition import (
    Against,
    And,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    Not,
    Periods,
    RandomShare,
    Ranked,
    Tied,
)
from lohko.model.definition import Definition, before_in_group
from lohko.model.edges import window_range
from lohko.model.emptiness import Proof
from lohko.model.included import holds_none
from lohko.model.labels import labelled
from lohko.model.operand import Day, Number, Span, Test
from lohko.model.operators import positive
from lohko.model.schema import Schema
from lohko.model.sentence import sentence
from lohko.model.walk import about_events, everything, figures, inner, rebuilt, test_of, windows
from lohko.model.window import InLast, Latest, Window


@dataclass(frozen=True)
class Check:
    """Something that should be said about a rule: a stable code, a sentence, where in the rule, and what to do."""

    code: str
    message: str
    place: str
    hint: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """As steps give it."""
        return {"code": self.code, "message": self.message, "place": self.place, "hint": self.hint}


@dataclass(frozen=True)
class DataSpan:
    """When the data begins, and the instant and zone in which windows are asked."""

    first: dt.date
    as_of: dt.datetime
    zone: ZoneInfo


Nobody = Callable[[Condition], bool]
"""Whether a condition holds of a person of whom nothing is known."""


def checks(
    condition: Condition,
    schema: Schema,
    segments: Mapping[str, Definition] | None = None,
    *,
    data: DataSpan | None = None,
    nobody: Nobody | None = None,
) -> tuple[Check, ...]:
    """Everything to be said about a resolved condition, in the order it is read. `segments` are resolved too."""
    proof = Proof(schema, segments or {})
    certain = tuple(_certain(condition, proof, proof.never(condition)))
    found = [*certain, *(_windows(condition, data, schema) if data else ())]
    if nobody is not None and not certain and all(nobody(_with_chance(condition, percent)) for percent in (0, 100)):
        found.append(
            Check(
                "true_without_data",
                "This also holds of people of whom nothing is known.",
                _said(condition, schema),
                "when only people with data are meant, add what they have, such as `did order`.",
            )
        )
    return tuple(dict.fromkeys(found))


def checks_of(
    name: str, schema: Schema, segments: Mapping[str, Definition], *, data: DataSpan | None = None, nobody: Nobody | None = None
) -> tuple[Check, ...]:
    """Everything to be said about a segment of these (all resolved): its condition, and whether anyone fits with what stands beside it."""
    definition = segments[name]
    found = checks(definition.where, schema, segments, data=data, nobody=nobody)
    proof = Proof(schema, segments)
    if proof.never(definition.where):
        return found
    if definition.parent is not None and proof.never(And((definition.where, InSegment(definition.parent)))):
        place = _said(definition.where, schema)
        said = f"Nobody can be in it: its parent {definition.parent!r} holds nobody who fits its rule."
        return (*found, Check("cannot_fit_parent", said, place, "change the rule, or the parent."))
    earlier = before_in_group(segments, name)
    if earlier and proof.never(And((definition.where, *(Not(InSegment(item)) for item in earlier)))):
        said = f"Nobody can be in it: segments before it in group {definition.group!r} take everyone who fits its rule."
        return (*found, Check("taken_by_group", said, _said(definition.where, schema), f"give it a smaller priority than {earlier[-1]!r}."))
    return found


# --- what never holds, and what always does ----------------------------------------------


def _certain(node: Condition, proof: Proof, whole: bool) -> Iterator[Check]:
    """The smallest parts that never hold, the largest that always do. `whole`: the rule itself never holds."""
    backwards, nothing = _backwards(node, proof), _nothing(node, proof)
    if backwards or nothing:
        yield from backwards or nothing
        return
    if proof.never(node):
        yield from _never(node, proof, whole)
    elif proof.always(node):
        yield Check(
            "always_true", "This always holds, so it asks nothing.", _said(node, proof.schema), "leave it out, or say what is meant."
        )
    else:
        for part in inner(node):
            yield from _certain(part, proof, whole)


def _never(node: Condition, proof: Proof, whole: bool) -> Iterator[Check]:
    guilty = [part for part in inner(node) if not isinstance(node, Not) and proof.never(part)]
    if guilty:
        for part in guilty:
            yield from _certain(part, proof, whole)
        return
    said = {
        And: "These parts exclude each other: nobody can be in.",
        Not: "What is negated always holds: nobody can be in.",
        InSegment: "That segment can hold nobody.",
    }.get(type(node), "This can hold of nobody.")
    yield Check(
        "contradiction", said, _said(node, proof.schema), "so the whole rule holds of nobody." if whole else "this part never holds."
    )


def _backwards(node: Condition, proof: Proof) -> list[Check]:
    """Ranges whose end lies before their beginning, also inside `where`."""
    found = []
    for part in _own(_asked(node)):
        test = test_of(part)
        if test is not None and _is_backwards(test):
            said = "The range ends before it begins, so nothing lies in it."
            found.append(Check("backwards", said, _said(node, proof.schema), "the smaller value stands first."))
    return found


def _asked(node: Condition) -> Condition:
    """The leaf that a negation is of: `did not order` is said in one."""
    return node.part if isinstance(node, Not) and not inner(node.part) else node


def _own(node: Condition) -> Iterator[Condition]:
    """The node itself and what it asks of single events."""
    if inner(node):
        return
    yield node
    for part in about_events(node):
        yield from everything(part)


def _is_backwards(test: Test) -> bool:
    match positive(test)[0]:
        case Test("between", (Number(low), Number(high))):
            return low > high
        case Test("between", (Day(first), Day(last))):
            return first > last
    return False


def _nothing(node: Condition, proof: Proof) -> list[Check]:
    """Leaves that count events of which there can be none."""
    asked: list[tuple[str, Condition | None]] = []
    match _asked(node):
        case EventsAre(event=event, where=where) | Periods(event=event, where=where):
            asked = [(event, where)]
        case EdgeEvent(event=event, where=where, has=has):
            asked = [(event, where), (event, has if where is None else And((where, has)))]
        case Followed(event=event, where=where, then=then):
            asked = [(event, where), *((step.event, step.where) for step in then)]
        case Tied(event=event, where=where, other=other, other_where=other_where):
            asked = [(event, where), (other, other_where)]
        case Against() | Ranked():
            asked = [(item.event, item.where) for item in figures(_asked(node)) if isinstance(item, EventsFigure)]
    place = _said(node, proof.schema)
    if any(holds_none(window) for window in windows(_asked(node))):
        return [Check("empty_window", "The window ends where it begins: no event lies in it.", place)]
    empty = [event for event, where in asked if proof.no_event(event, where)]
    said = "What the events must pass excludes itself: no {} is ever counted."
    return [Check("nothing_counted", said.format(event), place, "look at what stands after `where`.") for event in dict.fromkeys(empty)]


# --- windows and the data ------------------------------------------------------------------


def _windows(condition: Condition, data: DataSpan, schema: Schema) -> Iterator[Check]:
    start = midnight(data.first, data.zone)
    days = (local_day(data.as_of, data.zone) - data.first).days
    for node in everything(condition):
        for window in windows(node):
            yield from _window(node, window, start, days, data, schema)
        if isinstance(node, Periods):
            yield from _window(node, InLast(Span(node.n, node.unit)), start, days, data, schema)


def _window(node: Condition, window: Window, start: dt.datetime, days: int, data: DataSpan, schema: Schema) -> Iterator[Check]:
    if isinstance(window, Latest):
        return
    place, since = _said(node, schema), f"the data begins on {data.first.isoformat()}"
    try:
        low, high = window_range(window, data.as_of, data.zone)
    except LohkoError:  # it begins before the first year
        low, high = dt.datetime.min.replace(tzinfo=dt.UTC), data.as_of
    if low is not None and low >= data.as_of:
        yield Check("window_not_begun", "The window has not begun yet.", place)
    elif high <= start:
        yield Check("before_the_data", f"The window ends before there is any data: {since}.", place)
    elif low is not None and low < start:
        hint = f"there are {days:,} days of data." if days > 0 else None
        yield Check("window_longer_than_data", f"The window is longer than the data: {since}.", place, hint)


def _with_chance(node: Condition, percent: int) -> Condition:
    """The condition with every random share made all, or none: nobody without data is in it but by chance."""
    if isinstance(node, RandomShare):
        return RandomShare(Decimal(percent), node.seed)
    return rebuilt(node, lambda part: _with_chance(part, percent), lambda part, event: part)


def _said(node: Condition, schema: Schema) -> str:
    return sentence(labelled(node, schema, "en"))
