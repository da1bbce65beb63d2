"""The blanks of a card: what can be filled in on a condition, read from the types of its fields.

A card is a leaf of a rule, or the contacts of an account. Nothing here is written per operator: what a comparison takes is its row in
`operators.py`, and what a leaf has are its fields, so that a new operator or a new field has its blank by itself. What is
special is what a type cannot say: which names a text stands for, and which fields go with each other.

`blanks_fill.py` fills one in, `blanks_new.py` makes new cards.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin

from lohko.base.errors import InputError
from lohko.model import condition as conditions
from lohko.model.condition import (
    OF_PROPERTY,
    AttributeFigure,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    MomentIs,
    Moved,
    OfAccount,
    Periods,
    PropertyIs,
    Ranked,
    Step,
    Tied,
)
from lohko.model.edit import Place
from lohko.model.fit import Kind
from lohko.model.operand import Day, Number, Period, Test, Text, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.resolve import kind_of, kind_of_figure, link_of
from lohko.model.schema import NUMERIC, PURPOSES, Codes, Schema

Form = Literal["choice", "name", "number", "text", "day", "operator", "steps"]
"""What is filled in.

choice     one of a few words of the language: `of` says which list of words
name       one of the names that the data has: attributes, events, properties, segments
number, text, day   a value
operator   the comparison: the key of its row
steps      how many steps a chain has
"""


@dataclass(frozen=True)
class Blank:
    """One thing that can be filled in.

    place     from the card
    of        what it is: the name of the field; for a value its place among the operands
    choices   what can be chosen, when that is a closed list; "" means none
    codes     the list whose labels a text is shown by
    many      it is one of a list of values, to which others can be added at `place` with the next number
    """

    place: Place
    form: Form
    of: str
    value: str
    choices: tuple[str, ...] = ()
    codes: Codes | None = None
    many: bool = False


@dataclass(frozen=True)
class Inside:
    """A group of conditions on single events that a card holds, or has room for: `where`, `has`."""

    place: Place
    of: str
    event: str
    filled: bool


Part = Blank | Inside
MOST_STEPS = 5
"""How many steps a chain of cards has after its first event."""


@dataclass(frozen=True)
class Scope:
    """What names there are: the schema, the segments, and the day from which dates are proposed. `event` inside `where`."""

    schema: Schema
    segments: Collection[str]
    today: dt.date
    event: str | None = None


# --- the blanks of a node ----------------------------------------------------------------


def blanks(node: Condition, scope: Scope) -> tuple[Part, ...]:
    """Everything that can be filled in on a card, in the order of the tree."""
    return tuple(_parts(node, (), scope))


def _parts(owner: Any, place: Place, scope: Scope) -> list[Part]:
    found: list[Part] = []
    hints = hints_of(cast(Hashable, type(owner)))
    for name in _in_order(owner):
        found += _field(owner, name, hints[name], (*place, name), scope)
    return found


_BEFORE_THE_TEST = frozenset({"name", "part", "event", "other", "measure", "property", "n", "unit"})


def _in_order(owner: Any) -> list[str]:
    """The fields that are filled in: a comparison after all that decides what it compares."""
    names = [field.name for field in fields(owner) if field.name != "node" and not (isinstance(owner, OfAccount) and field.name == "part")]
    if "test" in names:
        names.remove("test")
        names.insert(1 + max(n for n, name in enumerate(names) if name in _BEFORE_THE_TEST), "test")
    return names


def tag_of(kind: Any) -> str:
    """The word by which a tree tells a kind of node."""
    return str(kind.__dataclass_fields__["node"].default)


def number_text(value: int | Decimal) -> str:
    """A number as it stands in a blank."""
    return format(Decimal(value), "f")


@cache
def hints_of(kind: Hashable) -> Mapping[str, Any]:
    """The types of a node's fields."""
    return typing.get_type_hints(kind)


def _field(owner: Any, name: str, hint: Any, place: Place, scope: Scope) -> list[Part]:
    value, optional, kinds = getattr(owner, name), *taken(hint)
    if name in ("where", "has", "other_where"):
        event = owner.other if name == "other_where" else owner.event
        return [Inside(place, name, event, value is not None)] if name != "has" or value is not None else []
    if kinds == (Test,):
        return _test_parts(value, place, left_of(owner, scope))
    if kinds == (tuple,):
        steps = [Blank(place, "steps", name, str(len(value)), tuple(map(str, range(1, MOST_STEPS + 1))))]
        return [*steps, *(part for n, step in enumerate(value) for part in _parts(step, (*place, n), scope))]
    if is_dataclass(kinds[0]):
        return _one_of(value, optional, cast(tuple[type, ...], kinds), name, place, scope)
    return _plain(owner, name, value, optional, kinds, place, scope)


def taken(hint: Any) -> tuple[bool, tuple[Any, ...]]:
    """Whether a field can be empty, and the types that it takes; a tuple of steps, and each list of words, is one of them."""
    if get_origin(hint) in (typing.Union, types.UnionType):
        given = [item for item in get_args(hint) if item is not type(None)]
        return len(given) < len(get_args(hint)), tuple(kind for item in given for kind in taken(item)[1])
    return False, (tuple,) if get_origin(hint) is tuple else (hint,)


def _one_of(value: Any, optional: bool, kinds: tuple[type, ...], name: str, place: Place, scope: Scope) -> list[Part]:
    """A thing that can be of several forms, or none: which, and then its own blanks."""
    found: list[Part] = []
    if optional or len(kinds) > 1:
        tags = tuple(map(tag_of, kinds))
        chosen = "" if value is None else value.node
        found.append(Blank((*place, "node"), "choice", name, chosen, ("", *tags) if optional else tags))
    return found if value is None else [*found, *_parts(value, place, scope)]


def _plain(owner: Any, name: str, value: Any, optional: bool, kinds: tuple[Any, ...], place: Place, scope: Scope) -> list[Part]:
    kind = kinds[0]
    if kind is bool:
        return [Blank(place, "choice", name, "yes" if value else "no", ("yes", "no"))]
    if get_origin(kind) is Literal:
        return _words(owner, name, value, optional, get_args(kind), place, scope)
    if kind in (int, Decimal):
        return [] if value is None else [Blank(place, "number", name, number_text(value))]
    if kind is dt.date:
        return [Blank(place, "day", name, value.isoformat())]
    if (type(owner), name) not in _NAMES:
        return [Blank(place, "text", name, value)]
    if value is None and not optional:
        return []
    if name == "property" and value is None:
        return []
    choices = tuple(_NAMES[type(owner), name](owner, scope))
    return [Blank(place, "name", name, value or "", ("", *choices) if optional and name != "property" else choices)]


def _words(owner: Any, name: str, value: Any, optional: bool, words: tuple[str, ...], place: Place, scope: Scope) -> list[Part]:
    if isinstance(owner, AttributeIs | PropertyIs) and name == "part":
        words = tuple(word for word in words if has_part(owner, word, scope))
        if not words and value is None:
            return []
    if name == "measure":
        words = _measures(owner, scope)
    if name == "which" and "next" in words and not isinstance(owner, Period):
        words = tuple(word for word in words if word != "next")
    return [Blank(place, "choice", name, value or "", ("", *words) if optional else words)]


def _test_parts(test: Test, place: Place, kind: Kind | None) -> list[Part]:
    keys = [row.key for row in OPERATORS.values() if kind is None or kind.type in row.types]
    found: list[Part] = [Blank((*place, "op"), "operator", "op", test.op, tuple(keys))]
    codes, many = None if kind is None else kind.codes, OPERATORS[test.op].operands == "many"
    for n, operand in enumerate(test.operands):
        at = (*place, "operands", n)
        for field in fields(operand):
            if field.name != "node":
                found.append(_operand_blank(operand, field.name, (*at, field.name), codes, many=many))
    return found


def _operand_blank(operand: Any, name: str, place: Place, codes: Codes | None, *, many: bool) -> Blank:
    value = getattr(operand, name)
    match operand:
        case Text():
            return Blank(place, "text", "value", value, codes=codes, many=many)
        case YesNo():
            return Blank(place, "choice", "yes_no", "yes" if value else "no", ("yes", "no"))
        case Day():
            return Blank(place, "day", "value", value.isoformat(), many=many)
        case Number():
            return Blank(place, "number", "value", number_text(value), many=many)
    if name == "n":
        return Blank(place, "number", "n", str(value))
    return Blank(place, "choice", name, value, get_args(hints_of(cast(Hashable, type(operand)))[name]))


def left_of(owner: Any, scope: Scope) -> Kind | None:
    """What a comparison has on its left; None when that is not known, because a name is not."""
    try:
        match owner:
            case AttributeIs(name, part=part):
                return kind_of(scope.schema.attribute(name), part, owner)
            case PropertyIs(name, part=part):
                return kind_of(scope.schema.event(scope.event or "").property(name), part, owner)
            case MomentIs(part):
                return Kind("text", part) if part in ("weekday", "month") else Kind("integer")
            case EventsAre():
                return kind_of_figure(scope.schema, owner.figure, None)
    except InputError:
        return None
    return Kind("integer")


def has_part(owner: AttributeIs | PropertyIs, word: str, scope: Scope) -> bool:
    """Whether a value has that part: a weekday, an hour, a number of items."""
    return left_of(replace(owner, part=cast(Any, word)), scope) is not None


def _measures(owner: EventsAre | EventsFigure, scope: Scope) -> tuple[str, ...]:
    """The measures that these events have: those of a property need one that fits; a figure is a number."""
    return tuple(word for word in get_args(conditions.Measure) if word not in OF_PROPERTY or measured(owner, word, scope))


def measured(owner: EventsAre | EventsFigure, measure: str, scope: Scope) -> tuple[str, ...]:
    """The properties of the events that can be measured so."""
    numeric = isinstance(owner, EventsFigure)
    if numeric and measure == "most_frequent":
        return ()
    try:
        event = scope.schema.event(owner.event)
    except InputError:
        return ()
    found = []
    for item in event.properties.values():
        try:
            kind = kind_of_figure(scope.schema, EventsFigure(event.name, cast(Any, measure), item.name), None)
        except InputError:
            continue
        if not numeric or kind.type in NUMERIC:
            found.append(item.name)
    return tuple(found)


# --- names -----------------------------------------------------------------------------

_Names = Callable[[Any, Scope], Collection[str]]


def attributes(_owner: Any, scope: Scope) -> list[str]:
    """The names of attributes and traits."""
    return [item.name for item in scope.schema.attributes.values()]


def numbers(_owner: Any, scope: Scope) -> list[str]:
    """Those of them that are numbers."""
    return [item.name for item in scope.schema.attributes.values() if item.type in NUMERIC]


def events(_owner: Any, scope: Scope) -> list[str]:
    """The names of events."""
    return [item.name for item in scope.schema.events.values()]


def properties(_owner: Any, scope: Scope) -> list[str]:
    """The names of what events of the kind in question carry."""
    return [item.name for item in scope.schema.event(scope.event or "").properties.values()]


def _segments(_owner: Any, scope: Scope) -> Collection[str]:
    return scope.segments


def _tied_by(owner: Tied, scope: Scope) -> list[str]:
    """The properties by which events of the two kinds can be tied."""
    try:
        names = [item.name for item in scope.schema.event(owner.event).properties.values()]
    except InputError:
        return []
    return [name for name in names if is_linked(replace(owner, by=name), scope)]


def is_linked(node: Tied, scope: Scope) -> bool:
    """Whether events of two kinds are tied by something that both have."""
    try:
        link_of(scope.schema, node)
    except InputError:
        return False
    return True


def tied_to(owner: Tied, scope: Scope) -> list[str]:
    """The events that have something in common with those that are counted."""
    return [item.name for item in scope.schema.events.values() if is_linked(replace(owner, other=item.name, by=None), scope)]


_NAMES: dict[tuple[type, str], _Names] = {
    (AttributeIs, "name"): attributes,
    (AttributeFigure, "name"): numbers,
    (PropertyIs, "name"): properties,
    (InSegment, "segment"): _segments,
    (Moved, "segment"): _segments,
    (Ranked, "among"): _segments,
    (Consent, "purpose"): lambda _owner, _scope: PURPOSES,
    (Tied, "by"): _tied_by,
    (Tied, "other"): tied_to,
    (EventsAre, "property"): lambda owner, scope: measured(owner, owner.measure, scope),
    (EventsFigure, "property"): lambda owner, scope: measured(owner, owner.measure, scope),
    **{(kind, "event"): events for kind in (EventsAre, EventsFigure, EdgeEvent, Followed, Step, Tied, Periods)},
}
"""The names that a text stands for; any other text is free."""


COUNTED = Test("at_least", (Number(Decimal(1)),))


def first_of(names: Collection[str], what: str) -> str:
    """The first name; InputError when there is none."""
    for name in names:
        return name
    raise InputError("nothing_to_ask", f"There is no {what} here yet.", hint="bring data in first.")


def first_event(scope: Scope) -> str:
    """The events that a new card is about: orders, where there are any."""
    return "order" if "order" in scope.schema.events else first_of(events(None, scope), "event")


def first_property(event: str, scope: Scope) -> Condition:
    """A condition on an event of that kind: on its first property, or on when it happened."""
    try:
        names = [item.name for item in scope.schema.event(event).properties.values()]
    except InputError:
        names = []
    return PropertyIs(names[0], Test("known")) if names else MomentIs("weekday", Test("is", (Text("monday"),)))
